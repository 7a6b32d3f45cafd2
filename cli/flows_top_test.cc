#include "cli/flows_top.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "cli/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

std::string Request(const std::string& source, const std::string& destination,
                    const std::string& verdict, int bytes) {
  return absl::StrCat(
      R"({"time":"2027-01-15T08:00:00Z","event":"REQUEST","direction":"INBOUND","verdict":")",
      verdict, R"(","source":{"principal":"d/ns/shop/sa/)", source,
      R"("},"destination":{"principal":"d/ns/shop/sa/)", destination,
      R"("},"protocol":"HTTP1","http":{"method":"GET","path":"/x/1","path_template":"/x/{id}",)",
      R"("status":200,"request_bytes":0,"response_bytes":)", bytes, R"(},"duration_us":)", bytes,
      "}");
}

class EdgesTest : public testing::Test {
 protected:
  EdgesTest() {
    std::ofstream file(path_);
    for (const std::string& line :
         {Request("web", "orders", "FORWARDED", 100), Request("web", "orders", "FORWARDED", 300),
          Request("orders", "ledger", "FORWARDED", 9'000), Request("web", "ledger", "DROPPED", 0),
          Request("\\u001b[31m\\\"x", "ledger", "DROPPED", 0), std::string("garbage")}) {
      file << line << "\n";
    }
  }
  CommandRun Run(const std::string& command, std::vector<std::string> args) {
    args.insert(args.begin(), {"flows", command, path_});
    return RunForTest(std::move(args));
  }
  Json First(std::vector<std::string> args) {
    args.insert(args.end(), {"-o", "json"});
    const std::string out = Run("top", std::move(args)).out;
    return Json::parse(out.substr(0, out.find('\n')));
  }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("flows.jsonl");
};

TEST_F(EdgesTest, TopTellsTheLargestFirst) {
  Json row = First({});
  EXPECT_EQ(row["source"], "d/ns/shop/sa/web");
  EXPECT_EQ(row["destination"], "d/ns/shop/sa/orders");
  EXPECT_EQ(row["requests"], 2);
  EXPECT_EQ(row["bytes_received"], 400);
  EXPECT_EQ(row["first"], "2027-01-15T08:00:00.000000Z");
  EXPECT_EQ(First({"--sort", "bytes"})["source"], "d/ns/shop/sa/orders");
  EXPECT_EQ(First({"--sort", "latency"})["source"], "d/ns/shop/sa/orders");
  EXPECT_EQ(First({"--sort", "denied"})["destination"], "d/ns/shop/sa/ledger");
}

TEST_F(EdgesTest, TopCountsByWhatIsAsked) {
  const Json source = First({"--by", "source"});
  EXPECT_EQ(source["source"], "d/ns/shop/sa/web");
  EXPECT_EQ(source["requests"], 3);
  EXPECT_FALSE(source.contains("destination"));
  EXPECT_EQ(First({"--by", "destination"})["requests"], 3);
  EXPECT_EQ(First({"--by", "route"})["route"], "GET /x/{id}");
}

TEST_F(EdgesTest, TopCountsOnlyWhatPassesTheFilter) {
  EXPECT_EQ(First({"--verdict", "DROPPED", "--from-workload", "web"})["denied"], 1);
  EXPECT_EQ(First({"--not", "--to-workload", "orders", "--by", "source"})["requests"], 1);
}

TEST_F(EdgesTest, TopSaysWhatItDoesNotShow) {
  const CommandRun run = Run("top", {"-n", "1"});
  EXPECT_THAT(run.err, HasSubstr(path_ + ":6: not valid JSON"));
  EXPECT_THAT(run.err, HasSubstr("no flow records: 1\n"));
  EXPECT_THAT(run.err, HasSubstr("the first 1 of 4"));
  EXPECT_THAT(run.out, HasSubstr("shop/orders"));
  EXPECT_THAT(run.out, Not(HasSubstr("ledger")));
  EXPECT_EQ(Run("top", {"-n", "-1"}).exit_code, kExitUsage);
}

TEST_F(EdgesTest, PartiesOfOtherTrustDomainsAreNotTakenForOurs) {
  std::string foreign = Request("web", "orders", "DROPPED", 7);
  foreign.replace(foreign.find("d/ns/shop/sa/web"), 1, "evil.example");
  std::ofstream(path_) << Request("web", "orders", "FORWARDED", 100) << "\n" << foreign << "\n";
  const std::string rows = Run("top", {"-o", "json"}).out;
  EXPECT_THAT(rows, HasSubstr(R"("source":"d/ns/shop/sa/web")"));
  EXPECT_THAT(rows, HasSubstr(R"("source":"evil.example/ns/shop/sa/web")"));
  const Json map = Json::parse(Run("map", {"-o", "json"}).out);
  EXPECT_EQ(map["nodes"].size(), 3);
  EXPECT_EQ(map["edges"].size(), 2);
  // On a screen those of the sidecars' own domain are short, and only those.
  for (const char* command : {"top", "map", "observe"}) {
    const std::string table = Run(command, {}).out;
    EXPECT_THAT(table, HasSubstr("shop/orders")) << command;
    EXPECT_THAT(table, HasSubstr("evil.example/ns/shop/sa/web")) << command;
    EXPECT_THAT(table, Not(HasSubstr("d/ns/shop/sa/"))) << command;
  }
}

TEST_F(EdgesTest, MapIsAGraphInEachForm) {
  EXPECT_THAT(Run("map", {}).out, HasSubstr("shop/web"));
  const Json map = Json::parse(Run("map", {"-o", "json"}).out);
  EXPECT_EQ(map["nodes"].size(), 4);
  EXPECT_EQ(map["edges"].size(), 4);
  const std::string dot = Run("map", {"-o", "dot"}).out;
  EXPECT_THAT(dot, StartsWith("digraph flows {"));
  EXPECT_THAT(dot, HasSubstr("n3 -> n2 [label=\"2 requests, 400B\"];"));
  EXPECT_THAT(dot, HasSubstr("n3 -> n1 [label=\"1 request, 1 denied, 0B\", color=\"#c62828\""));
  const std::string mermaid = Run("map", {"-o", "mermaid"}).out;
  EXPECT_THAT(mermaid, StartsWith("flowchart LR\n"));
  EXPECT_THAT(mermaid, HasSubstr("  n3 -.->|\"1 request, 1 denied, 0B\"| n1\n"));
}

TEST_F(EdgesTest, NamesFromLogsCannotLeaveTheirQuotes) {
  for (const char* form : {"table", "dot", "mermaid", "json"}) {
    EXPECT_THAT(Run("map", {"-o", form}).out, Not(HasSubstr("\x1b"))) << form;
  }
  EXPECT_THAT(Run("map", {"-o", "dot"}).out, HasSubstr(R"(label="shop/\\x1b[31m\"x")"));
  EXPECT_THAT(Run("map", {"-o", "mermaid"}).out, HasSubstr("[\"shop/#92;x1b[31m#34;x\"]"));
}

TEST_F(EdgesTest, JsonShowsNothingRawThatATerminalObeys) {
  std::ofstream(path_) << Request("a\u202eb", "ledger", "FORWARDED", 0) << "\n";
  for (const char* command : {"top", "map"}) {
    const std::string out = Run(command, {"-o", "json"}).out;
    EXPECT_THAT(out, Not(HasSubstr("\u202e"))) << command;
    EXPECT_THAT(out, HasSubstr("\\u202e")) << command;
    EXPECT_THAT(Json::parse(out).dump(), HasSubstr("\u202e")) << "and says the same";
  }
  const CommandRun run = Run("reconcile", {"-o", "json"});
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, Not(HasSubstr("\u202e")));
  EXPECT_THAT(run.out, HasSubstr("\\u202e"));
}

TEST_F(EdgesTest, AnEdgeIsAllRefusedOnlyWhereAllOfItWas) {
  const auto connection = [](const std::string& verdict) {
    return absl::StrCat(
        R"({"time":"2027-01-15T08:00:00Z","event":"CLOSE","direction":"INBOUND","verdict":")",
        verdict, R"(","source":{"principal":"d/ns/shop/sa/web"},"destination":{"principal":)",
        R"("d/ns/shop/sa/orders"},"protocol":"TCP"})");
  };
  std::ofstream(path_) << Request("web", "orders", "FORWARDED", 0) << "\n"
                       << connection("DROPPED") << "\n";
  EXPECT_THAT(Run("map", {"-o", "dot"}).out,
              HasSubstr("[label=\"2 flows, 1 denied, 0B\", color=\"#ef6c00\"];"));
  std::ofstream(path_) << Request("web", "orders", "DROPPED", 0) << "\n"
                       << connection("DROPPED") << "\n";
  EXPECT_THAT(Run("map", {"-o", "dot"}).out, HasSubstr("style=dashed"));
}

TEST_F(EdgesTest, ALogThatCannotBeReadToItsEndIsAnError) {
  for (const char* command : {"top", "map", "observe", "reconcile"}) {
    const CommandRun run = RunForTest({"flows", command, "/proc/self/mem"});
    EXPECT_EQ(run.exit_code, kExitUsage) << command;
    EXPECT_THAT(run.err, HasSubstr("/proc/self/mem")) << command;
  }
}

TEST_F(EdgesTest, NeedALog) {
  for (const char* command : {"top", "map"}) {
    EXPECT_EQ(RunForTest({"flows", command}).exit_code, kExitUsage);
    EXPECT_EQ(RunForTest({"flows", command, path_ + ".absent"}).exit_code, kExitUsage);
  }
}

}  // namespace
}  // namespace firebreak::cli
