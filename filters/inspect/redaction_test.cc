#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "filters/inspect/testing.h"
#include "flows/json_encoder.h"
#include "inspect/websocket/testing.h"

namespace firebreak::filters {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::string_view kCard = "4539578763621486";

std::string LineOf(const flows::Record& record) {
  std::string line;
  flows::JsonEncoder(flows::Reporter{}).AppendRecord(record, {}, 1, &line);
  return line;
}

// A request that leaves, and attacks that are looked for in it as well.
class Redaction : public ::testing::Test {
 protected:
  static ListenerPlan Both() {
    ListenerPlan plan = RequestsOnly(InspectionMode::kDetect);
    plan.orders.data_loss = InspectionMode::kDetect;
    return plan;
  }
  explicit Redaction(const ListenerPlan& plan = Both()) : inspected_(plan) {
    inspected_.exchange().record.direction = Direction::kOutbound;
    inspected_.request().has_body = false;
  }
  void Query(absl::string_view query) {
    inspected_.request().has_query = true;
    inspected_.request().query = std::string(query);
  }
  // The line that is logged of a request with this path and user agent.
  std::string Logged(absl::string_view path = "/put", absl::string_view agent = "curl") {
    inspected_.request().path = inspected_.exchange().record.http->path = std::string(path);
    inspected_.request().headers.Add("user-agent", agent);
    inspected_.exchange().record.http->user_agent = std::string(agent);
    inspected_.Headers();
    inspected_.End();
    return LineOf(inspected_.Record());
  }

  Inspected inspected_;
};

class RedactionOfRefusals : public Redaction {
 protected:
  static ListenerPlan Blocking() {
    ListenerPlan plan = Both();
    plan.orders.requests = InspectionMode::kBlock;
    return plan;
  }
  RedactionOfRefusals() : Redaction(Blocking()) {}
};

TEST_F(Redaction, LeavesASecretOutThatIsTheNameOfAParameter) {
  Query(absl::StrCat(kToken, "=1"));
  const std::string line = Logged();
  EXPECT_THAT(line, HasSubstr("ending in 2ePq"));
  EXPECT_THAT(line, HasSubstr(R"("field":"query:{redacted}")"));
  EXPECT_THAT(line, Not(HasSubstr(kToken)));
}

TEST_F(Redaction, LeavesItOutWhereTheValueIsASecretToo) {
  Query(absl::StrCat(kToken, "=", kAwsKey));
  const std::string line = Logged();
  EXPECT_THAT(line, HasSubstr("ending in 5RWD"));
  EXPECT_THAT(line, Not(HasSubstr(kToken)));
}

TEST_F(Redaction, LeavesOutATokenThatACookieMayBeNamedAfter) {
  inspected_.request().headers.Add("cookie", absl::StrCat(kToken, "=", kCard));
  const std::string line = Logged();
  EXPECT_THAT(line, HasSubstr(R"("field":"cookie:{redacted}")"));
  EXPECT_THAT(line, Not(HasSubstr(kToken)));
}

TEST_F(Redaction, LeavesOutTheNameOfAHeader) {
  inspected_.request().headers.Add(kCard, "1");
  const std::string line = Logged();
  EXPECT_THAT(line, HasSubstr("ending in 1486"));
  EXPECT_THAT(line, Not(HasSubstr(kCard)));
}

TEST_F(Redaction, KeepsNamesThatAreNoSecret) {
  Query(absl::StrCat("k=", kAwsKey));
  EXPECT_THAT(Logged(), HasSubstr(R"("field":"query:k")"));
}

TEST_F(Redaction, LeavesOutAPathThatHoldsASecret) {
  const std::string line = Logged(absl::StrCat("/put/", kCard, "/on"), "curl/8");
  EXPECT_THAT(line, HasSubstr(R"("path":"/{redacted}")"));
  EXPECT_THAT(line, HasSubstr(R"("user_agent":"curl/8")"));
  EXPECT_THAT(line, Not(HasSubstr(kCard)));
}

TEST_F(Redaction, LeavesOutAUserAgentThatHoldsOne) {
  const std::string line = Logged("/put/it", absl::StrCat("curl ", kToken));
  EXPECT_THAT(line, HasSubstr(R"("path":"/put/it")"));
  EXPECT_THAT(line, HasSubstr(R"("user_agent":"{redacted}")"));
  EXPECT_THAT(line, Not(HasSubstr(kToken)));
}

TEST_F(Redaction, LeavesThemOutWhileTheRequestLives) {
  inspected_.request().path = inspected_.exchange().record.http->path =
      absl::StrCat("/put/", kCard);
  inspected_.Headers();
  EXPECT_THAT(LineOf(inspected_.exchange().record), Not(HasSubstr(kCard)));
}

TEST_F(Redaction, KeepsTheUserAgentWhereAParameterHasItsName) {
  Query(absl::StrCat("user-agent=", kAwsKey));
  EXPECT_THAT(Logged(), HasSubstr(R"("user_agent":"curl")"));
}

TEST_F(RedactionOfRefusals, NameNoFieldOfAnAttackBesideASecret) {
  Query(absl::StrCat(kToken, "=1%27+UNION+SELECT+name,+password+FROM+users--+"));
  const std::string line = Logged();
  EXPECT_THAT(*inspected_.exchange().record.detail, HasSubstr(" in query:{redacted}"));
  EXPECT_THAT(line, HasSubstr(R"("category":"sql","field":"query:{redacted}")"));
  EXPECT_THAT(line, Not(HasSubstr(kToken)));
}

TEST_F(RedactionOfRefusals, NameNoneInAMessageOfAWebSocketEither) {
  inspected_.request().upgrade = http::Upgrade::kWebsocket;
  EXPECT_EQ(inspected_.Headers(), Step::kContinue);
  inspected_.response().status = 101;
  EXPECT_EQ(inspected_.filter().OnResponse(inspected_.exchange()), Step::kContinue);
  const std::string message =
      absl::StrCat("{\"", kToken, "\": \"1' UNION SELECT name, password FROM users-- \"}");
  EXPECT_EQ(inspected_.filter().OnBody(inspected_.exchange(), Towards::kUpstream,
                                       inspect::Frame(0x81, message)),
            Step::kClose);
  EXPECT_THAT(LineOf(inspected_.Record()), Not(HasSubstr(kToken)));
}

}  // namespace
}  // namespace firebreak::filters
