#include "filters/inspect/inspect_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace firebreak::filters {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kInjection[] = "1' UNION SELECT name, password FROM users-- ";

std::string Gzip(std::string text) {
  z_stream zlib{};
  EXPECT_EQ(deflateInit2(&zlib, 9, Z_DEFLATED, MAX_WBITS + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&zlib, text.size()) + 64, '\0');
  zlib.next_in = reinterpret_cast<Bytef*>(text.data());
  zlib.avail_in = static_cast<uInt>(text.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&zlib, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - zlib.avail_out);
  deflateEnd(&zlib);
  return out;
}

// One request to a listener with that mode.
class Inspected {
 public:
  explicit Inspected(InspectionMode mode)
      : filter_({{}, {.mode = mode, .paranoia = 1}}), exchange_(connection_) {
    connection_.listener = 1;
    exchange_.request.method = "POST";
    exchange_.request.path = "/v1/charges";
    exchange_.request.headers.Add("content-type", "application/json");
    exchange_.request.has_body = true;
    filter_.set_slot(0);
  }
  http::Request& request() { return exchange_.request; }
  Step Headers() {
    exchange_.states.push_back(filter_.NewState(exchange_));
    return filter_.OnRequest(exchange_);
  }
  Step Body(absl::string_view bytes) {
    return filter_.OnBody(exchange_, Towards::kUpstream, bytes);
  }
  Step End() { return filter_.OnBodyEnd(exchange_, Towards::kUpstream); }
  // BodyAtOnce is all of a request with this body.
  Step BodyAtOnce(absl::string_view bytes) {
    if (Headers() == Step::kClose || Body(bytes) == Step::kClose) return Step::kClose;
    return End();
  }
  const flows::Record& Record() {
    filter_.OnEnd(exchange_);
    return exchange_.record;
  }
  HttpExchange& exchange() { return exchange_; }
  InspectFilter& filter() { return filter_; }

 private:
  InspectFilter filter_;
  Connection connection_;
  HttpExchange exchange_;
};

TEST(InspectFilter, BlocksAnInjectionInTheQueryBeforeAnythingIsSentOn) {
  Inspected inspected(InspectionMode::kBlock);
  inspected.request().has_body = false;
  inspected.request().has_query = true;
  inspected.request().query = "id=1%27+UNION+SELECT+name,+password+FROM+users--+";
  EXPECT_EQ(inspected.Headers(), Step::kClose);
  const flows::Record& record = inspected.Record();
  EXPECT_EQ(record.verdict, Verdict::kDropped);
  EXPECT_EQ(record.reason, Reason::kInspection);
  EXPECT_EQ(inspected.exchange().refusal_status, 403);
  EXPECT_THAT(*record.detail, StartsWith("FBI-SQL-"));
  EXPECT_THAT(*record.detail, HasSubstr(" in query:id"));
  ASSERT_NE(record.inspection, nullptr);
  EXPECT_TRUE(record.inspection->blocked);
  EXPECT_GE(record.inspection->score, 5u);
  EXPECT_EQ(record.inspection->matches.front().field, "query:id");
  EXPECT_EQ(record.inspection->matches.front().category, "sql");
}

TEST(InspectFilter, OnlyWritesDownWhereItIsToDetect) {
  Inspected inspected(InspectionMode::kDetect);
  EXPECT_EQ(inspected.BodyAtOnce(absl::StrCat(R"({"user":{"id":")", kInjection, R"("}})")),
            Step::kContinue);
  const flows::Record& record = inspected.Record();
  EXPECT_FALSE(inspected.exchange().refused());
  ASSERT_NE(record.inspection, nullptr);
  EXPECT_FALSE(record.inspection->blocked);
  EXPECT_EQ(record.inspection->matches.front().field, "json:$.user.id");
}

TEST(InspectFilter, LeavesAnOrdinaryRequestAloneAndItsRecordToo) {
  Inspected inspected(InspectionMode::kBlock);
  EXPECT_EQ(inspected.BodyAtOnce(R"({"amount": 12.5, "note": "O'Brien & sons, union select"})"),
            Step::kContinue);
  EXPECT_EQ(inspected.Record().inspection, nullptr);
}

TEST(InspectFilter, BlocksWithTheLastByteOfAnAnnouncedBodyAndNotAfterIt) {
  const std::string body = absl::StrCat(R"({"id":")", kInjection, R"("})");
  Inspected inspected(InspectionMode::kBlock);
  inspected.request().content_length = body.size();
  EXPECT_EQ(inspected.Headers(), Step::kContinue);
  Step step = Step::kContinue;
  size_t passed = 0;
  for (; passed < body.size() && step == Step::kContinue; ++passed) {
    step = inspected.Body(absl::string_view(body).substr(passed, 1));
  }
  EXPECT_EQ(step, Step::kClose);
  EXPECT_LE(passed, body.size());
}

TEST(InspectFilter, SeesThroughGzip) {
  const std::string body = Gzip(absl::StrCat(R"({"id":")", kInjection, R"("})"));
  for (const bool coded : {true, false}) {
    Inspected inspected(InspectionMode::kBlock);
    if (coded) inspected.request().headers.Add("content-encoding", "gzip");
    EXPECT_EQ(inspected.BodyAtOnce(body), coded ? Step::kClose : Step::kContinue);
    if (!coded) continue;
    EXPECT_EQ(inspected.Record().inspection->matches.front().field, "json:$.id");
  }
}

TEST(InspectFilter, RefusesABodyThatItCannotReadWhereItIsToBlock) {
  struct {
    absl::string_view coding;
    std::string body;
    int status;
    absl::string_view id;
  } const cases[] = {{"br", "x", 415, "FBI-ENC-001"},
                     {"gzip, gzip", "x", 415, "FBI-ENC-001"},
                     {"gzip", "not gzip", 400, "FBI-ENC-002"},
                     {"gzip", Gzip("cut").substr(0, 12), 400, "FBI-ENC-002"},
                     {"gzip", Gzip(std::string(32 << 20, 'x')), 400, "FBI-ENC-003"}};
  for (const auto& refused : cases) {
    for (const InspectionMode mode : {InspectionMode::kBlock, InspectionMode::kDetect}) {
      const bool block = mode == InspectionMode::kBlock;
      Inspected inspected(mode);
      inspected.request().headers.Add("content-encoding", refused.coding);
      EXPECT_EQ(inspected.BodyAtOnce(refused.body), block ? Step::kClose : Step::kContinue);
      EXPECT_EQ(inspected.exchange().refusal_status, block ? refused.status : 0);
      EXPECT_EQ(inspected.Record().inspection->matches.front().id, refused.id);
    }
  }
}

TEST(InspectFilter, RefusesCompressedGrpcMessagesWhoseInsideIsHidden) {
  Inspected inspected(InspectionMode::kBlock);
  inspected.request().headers.Set("content-type", "application/grpc");
  EXPECT_EQ(inspected.BodyAtOnce(std::string("\1\0\0\0\2hi", 7)), Step::kClose);
  EXPECT_EQ(inspected.exchange().refusal_status, 415);
  EXPECT_EQ(inspected.Record().inspection->matches.front().id, "FBI-ENC-004");
}

TEST(InspectFilter, KeepsCredentialsOutOfItsExcerpts) {
  Inspected inspected(InspectionMode::kDetect);
  inspected.request().headers.Add("cookie", absl::StrCat("session=", "1' OR '1'='1"));
  inspected.BodyAtOnce("{}");
  const flows::Record& record = inspected.Record();
  ASSERT_NE(record.inspection, nullptr);
  EXPECT_EQ(record.inspection->matches.front().field, "cookie:session");
  EXPECT_EQ(record.inspection->matches.front().excerpt, "{redacted}");
}

TEST(InspectFilter, LooksNeitherAtResponsesNorBehindAnUpgrade) {
  Inspected inspected(InspectionMode::kBlock);
  EXPECT_EQ(inspected.Headers(), Step::kContinue);
  EXPECT_EQ(inspected.filter().OnBody(inspected.exchange(), Towards::kDownstream, kInjection),
            Step::kContinue);
  inspected.exchange().response.status = 101;
  EXPECT_EQ(inspected.Body(kInjection), Step::kContinue);
  EXPECT_EQ(inspected.End(), Step::kContinue);
}

TEST(InspectFilter, CostsAListenerWithoutInspectionNothing) {
  InspectFilter filter(std::vector<config::InspectionConfig>(1));
  Connection connection;
  HttpExchange exchange(connection);
  exchange.states.push_back(filter.NewState(exchange));
  EXPECT_EQ(exchange.states[0], nullptr);
  EXPECT_EQ(filter.OnRequest(exchange), Step::kContinue);
  filter.OnEnd(exchange);
  EXPECT_EQ(exchange.record.inspection, nullptr);
}

}  // namespace
}  // namespace firebreak::filters
