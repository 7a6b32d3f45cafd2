#include "flows/otlp.h"

#include <gtest/gtest.h>

#include "flows/json_reader.h"
#include "flows/otlp_sink.h"
#include "flows/testing.h"
#include "tests/support/http_test_server.h"

namespace firebreak::flows {
namespace {

using tests::HttpAnswer;
using tests::TestServer;

// The whole request is read with another protobuf in tests/integration/test_flow_sinks.py.
TEST(OtlpLogs, CarriesTheLineAndItsFields) {
  const std::string text = TestBatch(7).text;
  const absl::string_view line = absl::string_view(text).substr(0, text.size() - 1);
  OtlpLogs logs;
  logs.Add(ParseFlowLine(line).value(), line);
  const std::string request = logs.Finish();
  for (const std::string& part :
       {std::string(line), std::string("service.name"), std::string("payments"),
        std::string("firebreak.flow.close"), std::string("destination.port"),
        std::string("\x4b\xf9\x2f\x35", 4)}) {
    EXPECT_NE(request.find(part), std::string::npos) << part;
  }
}

TEST(ParseOtlpResponse, ReadsPartialSuccess) {
  EXPECT_EQ(ParseOtlpResponse("")->rejected, 0U);
  // partial_success {rejected_log_records: 300, error_message: "no"}
  const auto partial = ParseOtlpResponse(std::string("\x0a\x07\x08\xac\x02\x12\x02no", 9));
  ASSERT_TRUE(partial.ok());
  EXPECT_EQ(partial->rejected, 300U);
  EXPECT_EQ(partial->message, "no");
}

TEST(ParseOtlpResponse, RefusesWhatIsCutShort) {
  const std::string whole("\x0a\x07\x08\xac\x02\x12\x02no", 9);
  for (size_t cut = 1; cut < whole.size(); ++cut) {
    EXPECT_FALSE(ParseOtlpResponse(whole.substr(0, cut)).ok()) << cut;
  }
  EXPECT_FALSE(ParseOtlpResponse(std::string(12, '\xff')).ok());
}

TEST(OtlpVerdict, FollowsTheSpecification) {
  using Fate = Delivery::Fate;
  for (const int status : {400, 413, 422}) {
    EXPECT_EQ(OtlpVerdict({.status = status}).fate, Fate::kRefused) << status;
  }
  for (const int status : {401, 404, 429, 500, 502, 503, 504}) {
    const Delivery later = OtlpVerdict({.status = status, .retry_after = absl::Seconds(3)});
    EXPECT_EQ(later.fate, Fate::kLater) << status;
    EXPECT_EQ(later.wait, absl::Seconds(3));
  }
  const Delivery partial =
      OtlpVerdict({.status = 200, .body = std::string("\x0a\x07\x08\xac\x02\x12\x02no", 9)});
  EXPECT_EQ(partial.fate, Fate::kTaken);
  EXPECT_EQ(partial.refused_lines, 300U);
  EXPECT_EQ(OtlpVerdict({.status = 200, .body = "nonsense"}).fate, Fate::kTaken);
}

TEST(OtlpSink, PostsProtobufToItsTarget) {
  TestServer server({{HttpAnswer(200, "")}});
  OtlpSink sink({.host = "127.0.0.1", .port = server.port(), .target = "/v1/logs"}, Clock::Real());
  EXPECT_EQ(sink.Deliver(TestBatch(1, 3)).fate, Delivery::Fate::kTaken);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].first.substr(0, 23), "POST /v1/logs HTTP/1.1\r");
  EXPECT_NE(requests[0].first.find("Content-Type: application/x-protobuf"), std::string::npos);
}

}  // namespace
}  // namespace firebreak::flows
