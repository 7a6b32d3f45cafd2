#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "base/simulated_clock.h"
#include "cli/testing.h"
#include "inspect/baseline/model_text.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class InspectBaseline : public ::testing::Test {
 protected:
  void SetUp() override {
    SimulatedClock clock;
    inspect::Baseline baseline({}, clock);
    inspect::Observation observation;
    for (int i = 0; i < 300; ++i) {
      observation.Begin({.source = "shop/ns/web/sa/orders",
                         .destination = "shop/ns/web/sa/payments",
                         .method = "POST",
                         .path = "/v1/charges"});
      for (const auto& [name, value] :
           {std::pair<std::string, std::string>{"amount", absl::StrCat(100 + i)},
            {"currency", i % 2 == 0 ? "EUR" : "USD"}}) {
        observation.BeginField(inspect::Place::kForm, name, /*is_name=*/false);
        observation.FieldBytes(value);
        observation.EndField();
      }
      baseline.Learn(observation);
    }
    for (int i = 0; i < 412; ++i) {
      baseline.Learn(inspect::SpokenSample{
          .edge = {.source = "shop/ns/web/sa/orders",
                   .destination = "shop/ns/web/sa/db",
                   .port = 5432},
          .protocol = i < 400 ? inspect::Protocol::kPostgresql : inspect::Protocol::kUnknown});
    }
    ASSERT_TRUE(inspect::SaveBaseline(file_, baseline).ok());
  }
  static std::string Read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

  const tests::TempFolder folder_;
  const std::string file_ = folder_.Path("state.yaml");
};

TEST_F(InspectBaseline, ShowsRoutesAndParameters) {
  const CommandRun routes = RunForTest({"inspect", "baseline", "show", file_});
  EXPECT_EQ(routes.exit_code, kExitYes) << routes.err;
  EXPECT_THAT(routes.out, HasSubstr("LEARN, 300 requests and 412 connections since "));
  EXPECT_THAT(routes.out, ContainsRegex("/v1/charges +300 "));
  const CommandRun parameters = RunForTest({"inspect", "baseline", "show", "--parameters", file_});
  EXPECT_THAT(parameters.out, HasSubstr("parameter/amount"));
  EXPECT_THAT(parameters.out, HasSubstr("EUR USD"));
  EXPECT_THAT(RunForTest({"inspect", "baseline", "show", "-o", "json", file_}).out,
              HasSubstr(R"("name":"parameter/amount","samples":300,"least_length":3)"));
}

TEST_F(InspectBaseline, ShowsWhichProtocolsAreSpoken) {
  EXPECT_THAT(
      RunForTest({"inspect", "baseline", "show", file_}).out,
      ContainsRegex("/sa/db +5432 +shop/ns/web/sa/orders +412 +unknown 12, postgresql 400"));
  EXPECT_THAT(RunForTest({"inspect", "baseline", "show", "-o", "json", file_}).out,
              HasSubstr(R"("protocols":{"unknown":12,"postgresql":400})"));
}

TEST_F(InspectBaseline, ExportsAndImportsTheSame) {
  const CommandRun text = RunForTest({"inspect", "baseline", "export", file_});
  EXPECT_EQ(text.exit_code, kExitYes);
  const std::string copy = folder_.Write("export.yaml", text.out);
  const std::string target = folder_.Path("other.yaml");
  EXPECT_EQ(RunForTest({"inspect", "baseline", "import", copy, target}).exit_code, kExitYes);
  EXPECT_EQ(Read(target), Read(file_));
}

TEST_F(InspectBaseline, FreezesInPlace) {
  EXPECT_EQ(RunForTest({"inspect", "baseline", "freeze", file_}).exit_code, kExitYes);
  EXPECT_THAT(RunForTest({"inspect", "baseline", "show", file_}).out, HasSubstr("FREEZE, 300"));
}

TEST_F(InspectBaseline, RefusesWhatDoesNotAddUpAndLeavesTheTargetAlone) {
  const std::string broken = folder_.Write(
      "broken.yaml",
      absl::StrReplaceAll(Read(file_), {{"samples: 300, least", "samples: 299, least"}}));
  const std::string before = Read(file_);
  const CommandRun run = RunForTest({"inspect", "baseline", "import", broken, file_});
  EXPECT_EQ(run.exit_code, kExitUsage);
  EXPECT_THAT(run.err, HasSubstr("do not add up"));
  EXPECT_EQ(Read(file_), before);
  EXPECT_EQ(RunForTest({"inspect", "baseline", "show", "/no/such/file"}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace firebreak::cli
