#include "filters/inspect/declared_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "filters/inspect/testing.h"

namespace firebreak::filters {
namespace {

using ::testing::StartsWith;

std::shared_ptr<const RuleRef> Declaring(absl::string_view protocol) {
  RuleRef rule;
  rule.inspection.protocol = std::string(protocol);
  return std::make_shared<const RuleRef>(std::move(rule));
}

bool Wrong(absl::string_view declared, flows::Protocol seen,
           http::Upgrade upgrade = http::Upgrade::kNone) {
  Connection connection;
  HttpExchange exchange(connection);
  exchange.record.protocol = seen;
  exchange.record.rule = Declaring(declared);
  exchange.request.upgrade = upgrade;
  return NotAsDeclared(exchange).has_value();
}

TEST(DeclaredProtocol, ARequestIsOfTheHttpThatIsDeclaredOrMadeOfIt) {
  using flows::Protocol;
  EXPECT_FALSE(Wrong("", Protocol::kHttp1));
  EXPECT_FALSE(Wrong("http1", Protocol::kHttp1));
  EXPECT_FALSE(Wrong("http1", Protocol::kHttp1, http::Upgrade::kWebsocket));
  EXPECT_FALSE(Wrong("websocket", Protocol::kHttp1, http::Upgrade::kWebsocket));
  EXPECT_FALSE(Wrong("http2", Protocol::kGrpc));
  EXPECT_FALSE(Wrong("docker", Protocol::kHttp1));
  EXPECT_TRUE(Wrong("postgresql", Protocol::kHttp1));
  EXPECT_TRUE(Wrong("http1", Protocol::kHttp2));
  EXPECT_TRUE(Wrong("grpc", Protocol::kHttp2));
  EXPECT_TRUE(Wrong("websocket", Protocol::kHttp1));
  EXPECT_TRUE(Wrong("docker", Protocol::kHttp2));
}

TEST(DeclaredProtocol, ARequestWhereAnotherProtocolBelongsIsRefusedOrWrittenDown) {
  for (const InspectionMode mode : {InspectionMode::kBlock, InspectionMode::kDetect}) {
    Inspected inspected(RequestsOnly(mode));
    inspected.exchange().record.protocol = flows::Protocol::kHttp1;
    inspected.exchange().record.rule = Declaring("postgresql");
    const bool blocks = mode == InspectionMode::kBlock;
    EXPECT_EQ(inspected.Headers(), blocks ? Step::kClose : Step::kContinue);
    const flows::Record& record = inspected.Record();
    ASSERT_NE(record.inspection, nullptr);
    EXPECT_EQ(record.inspection->blocked, blocks);
    EXPECT_EQ(record.inspection->matches.at(0).id, "FBI-PROTO-001");
    EXPECT_EQ(inspected.exchange().refusal_status, blocks ? 403 : 0);
    EXPECT_EQ(record.detail != nullptr, blocks);
    if (!blocks) continue;
    EXPECT_THAT(*record.detail, StartsWith("FBI-PROTO-001: declared postgresql"));
  }
}

}  // namespace
}  // namespace firebreak::filters
