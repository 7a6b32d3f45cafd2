#include "flows/line_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/simulated_clock.h"
#include "flows/json_reader.h"
#include "flows/testing.h"

namespace firebreak::flows {
namespace {

LineChainOptions Options() {
  return {.reporter = TestReporter(),
          .seal = TestSeal(),
          .last_line = "",
          .head_records = 3,
          .head_interval = absl::Seconds(10)};
}

std::vector<std::string> LinesOf(const SharedBatch& batch) {
  return absl::StrSplit(batch->text, '\n', absl::SkipEmpty());
}

TEST(LineChain, GoesOnFromTheLineThatIsThere) {
  SimulatedClock clock;
  LineChainOptions options = Options();
  options.last_line = R"({"time":"2026-)";
  LineChain chain(std::move(options), clock);
  ASSERT_TRUE(chain.AppendHead(/*last=*/false).ok());
  const auto lines = LinesOf(chain.Take());
  const Flow head = ParseFlowLine(lines[0]).value();
  EXPECT_EQ(head.sequence, 1U);
  EXPECT_EQ(head.previous_hash, TestHashHex(R"({"time":"2026-)"));
}

TEST(LineChain, SignsTheLineUpToItsSignature) {
  SimulatedClock clock;
  LineChain chain(Options(), clock);
  chain.AppendRecord(FullRecord(), 1);
  ASSERT_TRUE(chain.AppendHead(/*last=*/true).ok());
  const SharedBatch batch = chain.Take();
  EXPECT_EQ(batch->lines, 2U);
  EXPECT_EQ(batch->first_sequence, 1U);
  EXPECT_EQ(batch->last_sequence, 2U);
  const std::string line = LinesOf(batch)[1];
  const Flow head = ParseFlowLine(line).value();
  EXPECT_TRUE(head.head.last);
  EXPECT_EQ(head.head.records, 1U);
  const size_t end = line.rfind(",\"signature\":");
  ASSERT_NE(end, std::string::npos);
  std::string signature;
  ASSERT_TRUE(absl::Base64Unescape(head.signature, &signature));
  EXPECT_EQ(signature, "signed " + TestHashHex(absl::StrCat(kHeadContext, line.substr(0, end))));
}

// What is hashed once for many lines is part of the hash of each: lines that begin alike, in whole
// or in part, in turn, and each more than once.
TEST(LineChain, HashesEachLineWholeWhateverItBeginsWith) {
  SimulatedClock clock;
  LineChain chain(Options(), clock);
  std::vector<Record> records(4, FullRecord());
  records[1].http->path = "/shop.ledger.v1.Ledger/Close";
  records[2].flow_id_low = 7;
  records[3].event = Event::kRequest;
  records[3].http->path += "/";
  for (int first = 0; first < 4; ++first) {
    for (const int second : {first, first, 0, 1, 2, 3}) {
      chain.AppendRecord(records[first], 1);
      chain.AppendRecord(records[second], 1);
    }
    ASSERT_TRUE(chain.AppendHead(/*last=*/false).ok());
  }
  const auto lines = LinesOf(chain.Take());
  ASSERT_EQ(lines.size(), 4U * 13);
  for (size_t i = 1; i < lines.size(); ++i) {
    EXPECT_EQ(ParseFlowLine(lines[i])->previous_hash, TestHashHex(lines[i - 1])) << i;
  }
}

TEST(LineChain, HashesOnceWhatTheLinesOfARouteHaveInCommon) {
  SimulatedClock clock;
  LineChainOptions options = Options();
  size_t hashed = 0;
  options.seal.end_sha256 = [&hashed](const Sha256State& begun, absl::string_view rest) {
    hashed = rest.size();
    return TestEnd(begun, rest);
  };
  LineChain chain(std::move(options), clock);
  Record record = FullRecord();
  record.http->grpc = false;
  for (int i = 0; i < 4; ++i) {
    record.http->path = absl::StrCat("/v1/charges/", i);  // one route, whatever the id
    chain.AppendRecord(record, 1);
  }
  const auto lines = LinesOf(chain.Take());
  const size_t policy = lines[3].find("\"policy\":");
  const size_t numbers = lines[3].find("\"status\":200");
  ASSERT_NE(numbers, std::string::npos);
  EXPECT_LE(hashed, lines[3].size() - numbers + kSha256Block);
  Record another = record;
  another.http->path = "/v1/refunds";
  chain.AppendRecord(another, 1);
  const auto line = LinesOf(chain.Take())[0];
  EXPECT_LE(hashed, line.size() - line.find("\"event\":") + kSha256Block);
  EXPECT_GT(hashed, line.size() - policy) << "what it has of its own is hashed";
}

TEST(LineChain, AHeadIsDueByCountAndByTime) {
  SimulatedClock clock;
  LineChain chain(Options(), clock);
  EXPECT_FALSE(chain.HeadDue());
  EXPECT_EQ(chain.UntilHead(), absl::InfiniteDuration());
  chain.AppendRecord(FullRecord(), 1);
  clock.Advance(absl::Seconds(4));
  EXPECT_FALSE(chain.HeadDue());
  EXPECT_EQ(chain.UntilHead(), absl::Seconds(6));
  clock.Advance(absl::Seconds(6));
  EXPECT_TRUE(chain.HeadDue());
  ASSERT_TRUE(chain.AppendHead(/*last=*/false).ok());
  EXPECT_FALSE(chain.HeadDue());
  for (int i = 0; i < 3; ++i) chain.AppendRecord(FullRecord(), 1);
  EXPECT_TRUE(chain.HeadDue());
}

TEST(LineChain, ABatchSaysWhetherSomebodyMayWaitForALineOfIt) {
  SimulatedClock clock;
  LineChain chain(Options(), clock);
  Record ordinary;
  ordinary.verdict = Verdict::kForwarded;
  Record refused = ordinary;
  refused.verdict = Verdict::kDropped;
  refused.reason = Reason::kNoRule;
  Record found = ordinary;
  found.inspection = std::make_shared<const InspectionInfo>();
  Record would_be_refused = ordinary;
  would_be_refused.would_be_verdict = Verdict::kDropped;

  chain.AppendRecord(ordinary, 1);
  ASSERT_TRUE(chain.AppendHead(/*last=*/false).ok());
  EXPECT_FALSE(chain.Take()->awaited);
  for (const Record& record : {refused, found, would_be_refused}) {
    chain.AppendRecord(record, 1);
    chain.AppendRecord(ordinary, 1);
    EXPECT_TRUE(chain.Take()->awaited);
    chain.AppendRecord(ordinary, 1);
    EXPECT_FALSE(chain.Take()->awaited) << "the next one is another";
  }
  chain.AppendLost({.count = 1, .cause = LostCause::kRingFull});
  EXPECT_TRUE(chain.Take()->awaited);
}

TEST(LineChain, AKeyThatFailsLeavesTheHeadDueAndTheChainWhole) {
  SimulatedClock clock;
  LineChainOptions options = Options();
  options.seal.key = [] {
    return std::make_shared<const HeadKey>(
        HeadKey{.algorithm = "a",
                .certificate_chain = "c",
                .sign = [](absl::string_view) -> absl::StatusOr<std::string> {
                  return absl::InternalError("no");
                }});
  };
  LineChain chain(std::move(options), clock);
  for (int i = 0; i < 3; ++i) chain.AppendRecord(FullRecord(), 1);
  EXPECT_FALSE(chain.AppendHead(/*last=*/false).ok());
  EXPECT_TRUE(chain.HeadDue());
  chain.AppendLost({.count = 1, .cause = LostCause::kRefused, .sink = "otlp"});
  const auto lines = LinesOf(chain.Take());
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(ParseFlowLine(lines[3])->sequence, 4U);
  EXPECT_EQ(ParseFlowLine(lines[3])->previous_hash, TestHashHex(lines[2]));
  EXPECT_EQ(chain.Take(), nullptr);
}

}  // namespace
}  // namespace firebreak::flows
