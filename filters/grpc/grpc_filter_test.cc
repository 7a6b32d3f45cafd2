#include "filters/grpc/grpc_filter.h"

#include <gtest/gtest.h>

#include <string>

namespace firebreak::filters {
namespace {

using std::string_literals::operator""s;  // NOLINT(misc-unused-using-decls): literals below

const std::string kMessage = "\0\0\0\0\2hi"s;
const std::string kCompressed = "\1\0\0\0\2hi"s;

class GrpcFilterTest : public testing::Test {
 protected:
  GrpcFilterTest() {
    exchange_.request.grpc = true;
    exchange_.request.headers.Add("content-type", "application/grpc");
  }

  void Begin() { exchange_.states.push_back(filter_.NewState(exchange_)); }
  // What the upstream answers with.
  void Answer(absl::string_view content_type, absl::string_view encoding = "") {
    exchange_.response.headers.Add("content-type", content_type);
    if (!encoding.empty()) exchange_.response.headers.Add("grpc-encoding", encoding);
    EXPECT_EQ(filter_.OnResponse(exchange_), Step::kContinue);
  }
  void ExpectRefused(Step step, Reason reason, int status, absl::string_view detail) {
    EXPECT_EQ(step, Step::kClose);
    EXPECT_EQ(exchange_.record.verdict, Verdict::kDropped);
    EXPECT_EQ(exchange_.record.reason, reason);
    EXPECT_EQ(exchange_.refusal_status, status);
    ASSERT_NE(exchange_.record.detail, nullptr);
    EXPECT_EQ(*exchange_.record.detail, detail);
  }

  Limits limits_;
  GrpcFilter filter_{limits_};
  Connection connection_;
  HttpExchange exchange_{connection_};
};

TEST_F(GrpcFilterTest, I_06_ClampsADeadlineAndLeavesShorterOnesAlone) {
  Begin();
  EXPECT_EQ(filter_.OnRequest(exchange_), Step::kContinue);
  EXPECT_FALSE(exchange_.request.headers.Has("grpc-timeout"));
  exchange_.request.headers.Add("grpc-timeout", "24H");
  EXPECT_EQ(filter_.OnRequest(exchange_), Step::kContinue);
  EXPECT_EQ(exchange_.request.headers.Get("grpc-timeout"), "24H");
  exchange_.request.headers.Set("grpc-timeout", "99999999H");
  EXPECT_EQ(filter_.OnRequest(exchange_), Step::kContinue);
  EXPECT_EQ(exchange_.request.headers.Get("grpc-timeout"), "86400000m");
}

TEST_F(GrpcFilterTest, I_06_RefusesADeadlineThatIsNone) {
  exchange_.request.headers.Add("grpc-timeout", "-1S");
  Begin();
  ExpectRefused(filter_.OnRequest(exchange_), Reason::kMalformed, 400, "grpc_timeout");
}

TEST_F(GrpcFilterTest, I_06_RefusesTwoDeadlines) {
  exchange_.request.headers.Add("grpc-timeout", "1S");
  exchange_.request.headers.Add("grpc-timeout", "1S");
  Begin();
  ExpectRefused(filter_.OnRequest(exchange_), Reason::kMalformed, 400, "grpc_timeout");
}

TEST_F(GrpcFilterTest, I_05_WholeMessagesPassBothWays) {
  Begin();
  EXPECT_EQ(filter_.OnBody(exchange_, Towards::kUpstream, kMessage), Step::kContinue);
  EXPECT_EQ(filter_.OnBodyEnd(exchange_, Towards::kUpstream), Step::kContinue);
  Answer("application/grpc+proto");
  EXPECT_EQ(filter_.OnBody(exchange_, Towards::kDownstream, kMessage + kMessage), Step::kContinue);
  EXPECT_EQ(filter_.OnBodyEnd(exchange_, Towards::kDownstream), Step::kContinue);
}

TEST_F(GrpcFilterTest, I_05_CompressionNeedsAnEncodingOfItsOwnDirection) {
  exchange_.request.headers.Add("grpc-encoding", "gzip");
  Begin();
  EXPECT_EQ(filter_.OnBody(exchange_, Towards::kUpstream, kCompressed), Step::kContinue);
  Answer("application/grpc");
  ExpectRefused(filter_.OnBody(exchange_, Towards::kDownstream, kCompressed), Reason::kMalformed,
                502, "grpc_compression_undeclared");
}

TEST_F(GrpcFilterTest, I_05_IdentityIsNoCompression) {
  exchange_.request.headers.Add("grpc-encoding", "identity");
  Begin();
  Answer("application/grpc", "gzip");
  EXPECT_EQ(filter_.OnBody(exchange_, Towards::kDownstream, kCompressed), Step::kContinue);
  ExpectRefused(filter_.OnBody(exchange_, Towards::kUpstream, kCompressed), Reason::kMalformed, 400,
                "grpc_compression_undeclared");
}

TEST_F(GrpcFilterTest, I_05_AFourGigabyteLengthIsOverTheLimit) {
  Begin();
  ExpectRefused(filter_.OnBody(exchange_, Towards::kUpstream, "\0\xff\xff\xff\xff"s),
                Reason::kLimit, 413, "max_grpc_message_bytes");
}

TEST_F(GrpcFilterTest, I_05_AFloodOfEmptyMessagesIsOverTheLimit) {
  limits_.max_grpc_empty_messages = 100;
  Begin();
  const std::string empty(5, '\0');
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(filter_.OnBody(exchange_, Towards::kUpstream, empty), Step::kContinue);
  }
  ExpectRefused(filter_.OnBody(exchange_, Towards::kUpstream, empty), Reason::kLimit, 413,
                "max_grpc_empty_messages");
}

TEST_F(GrpcFilterTest, I_05_ABodyThatEndsWithinAMessageIsRefused) {
  Begin();
  EXPECT_EQ(filter_.OnBody(exchange_, Towards::kUpstream, kMessage.substr(0, 6)), Step::kContinue);
  ExpectRefused(filter_.OnBodyEnd(exchange_, Towards::kUpstream), Reason::kMalformed, 400,
                "grpc_message_truncated");
}

TEST_F(GrpcFilterTest, AnErrorPageInsteadOfAnAnswerPasses) {
  Begin();
  Answer("text/html");
  EXPECT_EQ(filter_.OnBody(exchange_, Towards::kDownstream, "<html>"), Step::kContinue);
  EXPECT_EQ(filter_.OnBodyEnd(exchange_, Towards::kDownstream), Step::kContinue);
}

TEST_F(GrpcFilterTest, OtherRequestsPassUntouched) {
  exchange_.request.grpc = false;
  exchange_.request.headers.Add("grpc-timeout", "nonsense");
  Begin();
  EXPECT_EQ(filter_.OnRequest(exchange_), Step::kContinue);
  EXPECT_EQ(filter_.OnBody(exchange_, Towards::kUpstream, "not a message"), Step::kContinue);
  EXPECT_EQ(filter_.OnBodyEnd(exchange_, Towards::kUpstream), Step::kContinue);
  Answer("application/grpc");
  EXPECT_EQ(filter_.OnBody(exchange_, Towards::kDownstream, "nor this"), Step::kContinue);
}

}  // namespace
}  // namespace firebreak::filters
