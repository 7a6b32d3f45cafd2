#include "flows/flow_json.h"

#include <gtest/gtest.h>

#include "flows/json_encoder.h"
#include "flows/json_reader.h"
#include "flows/testing.h"

namespace firebreak::flows {
namespace {

std::string Again(const std::string& line) {
  const auto flow = ParseFlowLine(line);
  EXPECT_TRUE(flow.ok()) << flow.status();
  std::string text;
  if (flow.ok()) AppendFlowJson(*flow, &text);
  return text;
}

TEST(FlowJson, SaysAllThatTheLineSaid) {
  for (const Event event : {Event::kOpen, Event::kRequest, Event::kPeriodic, Event::kClose}) {
    Record record = FullRecord();
    record.event = event;
    JsonEncoder encoder(TestReporter());
    std::string line;
    encoder.AppendRecord(record, {.sequence = 7}, 1, &line);
    const std::string once = Again(line);
    EXPECT_EQ(Again(once), once) << "reading and writing comes to rest";
    for (const char* text :
         {"shop.example/ns/shop/sa/orders", "\"sequence\":7", "TLS_AES_128_GCM_SHA256",
          "\"category\":\"sqli\"", "FBI-XSS-002", "\"status\":7", "payments-0", "SHOP-7",
          "fedcba9876543210", "{id}", "2027-01-15T08:00:00.123456Z"}) {
      EXPECT_EQ(once.find(text) == std::string::npos, line.find(text) == std::string::npos)
          << EventName(event) << ": " << text << " in " << once;
    }
  }
}

TEST(FlowJson, LeavesOutWhatIsAbsentAndKeepsZerosThatCount) {
  EXPECT_EQ(Again(R"({"time":"2027-01-15T08:00:00Z","event":"CLOSE"})"),
            R"({"time":"2027-01-15T08:00:00.000000Z","event":"CLOSE","bytes_sent":0,)"
            R"("bytes_received":0,"duration_us":0})");
  EXPECT_EQ(Again(R"({"time":"2027-01-15T08:00:00Z","event":"OPEN","grpc":{"status":0}})"),
            R"({"time":"2027-01-15T08:00:00.000000Z","event":"OPEN","grpc":{"status":0}})");
}

TEST(FlowJson, TakesNothingForMatchesFromWhatIsNoList) {
  for (const char* text : {"", "{}", "7", "[1", "[]}}{", R"([{"id":7}])"}) {
    Flow flow;
    flow.inspection.matches.resize(1);
    ReadMatches(text, flow);
    EXPECT_TRUE(flow.inspection.matches.empty()) << text;
  }
}

}  // namespace
}  // namespace firebreak::flows
