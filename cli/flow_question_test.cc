#include "cli/flow_question.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "cli/testing.h"
#include "cli/testing_flows.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Three records, of source ports 1 to 3.
class FlowQuestionTest : public testing::Test {
 protected:
  FlowQuestionTest() {
    std::ofstream(log_) << Numbered(1) << Numbered(2) << Numbered(3);
    EXPECT_EQ(RunForTest({"flows", "import", log_, "--store", store_}).exit_code, kExitYes);
  }
  CommandRun Ask(std::vector<std::string> command, const std::vector<std::string>& filters) const {
    command.insert(command.begin(), "flows");
    command.insert(command.end(), filters.begin(), filters.end());
    return RunForTest(std::move(command));
  }
  // Why is what `observe` says when nothing was printed.
  std::string Why(const std::vector<std::string>& filters) const {
    const CommandRun run = Ask({"observe", log_}, filters);
    EXPECT_EQ(run.exit_code, kExitYes);
    EXPECT_EQ(run.out, "");
    return run.err;
  }
  std::vector<std::vector<std::string>> Commands() const {
    return {{"observe", log_},
            {"observe", "--store", store_},
            {"observe", log_, "-o", "json"},
            {"top", log_},
            {"top", "--store", store_},
            {"map", log_},
            {"export", "--store", store_}};
  }

  const tests::TempFolder folder_;
  const std::string log_ = folder_.Path("flows.jsonl");
  const std::string store_ = folder_.Path("store");
};

TEST_F(FlowQuestionTest, EveryCommandSaysThatNothingMatched) {
  for (const auto& command : Commands()) {
    const CommandRun run = Ask(command, {"--from-port", "7"});
    EXPECT_EQ(run.exit_code, kExitYes);
    EXPECT_EQ(run.err,
              "firebreak: nothing matched, of 3 records: --from-port 7 matches none of them\n")
        << command.front();
  }
}

TEST_F(FlowQuestionTest, SaysNothingWhereSomethingMatchedOrNobodyFiltered) {
  for (const auto& command : Commands()) {
    EXPECT_EQ(Ask(command, {"--from-port", "3"}).err, "") << command.front();
    EXPECT_EQ(Ask(command, {}).err, "") << command.front();
  }
  EXPECT_EQ(Ask({"observe", log_}, {"--first", "0", "--from-port", "7"}).err, "");
}

TEST_F(FlowQuestionTest, NamesTheFiltersThatNothingPassesByItself) {
  EXPECT_THAT(Why({"--from-port", "1", "--from-port", "2", "--verdict", "ERROR"}),
              HasSubstr(" --verdict ERROR matches none of them\n"));
  EXPECT_THAT(Why({"--from-port", "7", "--from-port", "8-9", "--http-status", "4xx"}),
              HasSubstr(" --from-port 7 --from-port 8-9 and --http-status 4xx each match none"));
  EXPECT_THAT(Why({"--from-ip", "10.0.0.1", "--not", "--verdict", "FORWARDED"}),
              HasSubstr(" --not --verdict FORWARDED matches none"));
  EXPECT_THAT(Why({"--since", "2027-02-01"}), HasSubstr(" the time asked for matches none"));
}

TEST_F(FlowQuestionTest, FiltersThatEachMatchSomeAreNotBlamed) {
  std::ofstream(log_, std::ios::app)
      << R"({"time":"2027-01-15T09:00:00Z","event":"CLOSE","verdict":"DROPPED","source":{"port":4}})"
      << "\n";
  EXPECT_THAT(Why({"--verdict", "DROPPED", "--from-port", "1"}),
              HasSubstr("of 4 records: each filter matches some of them, and all together none"));
}

TEST_F(FlowQuestionTest, OptionsThatNameAlternativesAreOneFilter) {
  EXPECT_THAT(Why({"-6", "--from-port", "7"}),
              HasSubstr(" --ipv6 and --from-port 7 each match none"));
  EXPECT_THAT(Why({"-6", "-4", "--from-port", "7"}), HasSubstr(": --from-port 7 matches none"));
}

TEST_F(FlowQuestionTest, AnEmptyLogHasNothingToMatch) {
  std::ofstream(log_, std::ios::trunc).flush();
  EXPECT_EQ(Why({"--verdict", "ERROR"}), "firebreak: nothing matched: there are no records\n");
  EXPECT_EQ(Why({}), "");
}

TEST_F(FlowQuestionTest, AStoreWithoutRecordsOfThatTimeSaysSo) {
  EXPECT_THAT(Ask({"top", "--store", store_}, {"--since", "2027-02-01"}).err,
              HasSubstr("there are no records of that time"));
}

TEST_F(FlowQuestionTest, ALogThatIsNoneIsAnErrorAndNoFiltersFault) {
  std::ofstream(log_, std::ios::trunc) << "nonsense\n";
  const CommandRun run = Ask({"observe", log_}, {"--verdict", "ERROR"});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, Not(HasSubstr("nothing matched")));
}

TEST_F(FlowQuestionTest, WhatIsLostIsNoMatch) {
  std::ofstream(log_, std::ios::app)
      << R"({"time":"2027-01-15T09:00:01Z","event":"LOST","lost":{"count":3,"cause":"RING_FULL"}})"
      << "\n";
  const CommandRun run = Ask({"observe", log_}, {"--from-port", "7"});
  EXPECT_NE(run.out, "");
  EXPECT_THAT(run.err, HasSubstr("nothing matched, of 3 records"));
}

TEST_F(FlowQuestionTest, RangesOfPortsHoldForEveryCommand) {
  for (const char* range : {"1-3", "2-2", "3-65535"}) {
    for (const auto& command : Commands()) {
      const CommandRun run = Ask(command, {"--from-port", range});
      EXPECT_EQ(run.err, "") << range;
      EXPECT_THAT(run.out, HasSubstr("10.0.0.1")) << range << " " << command.front();
    }
  }
}

}  // namespace
}  // namespace firebreak::cli
