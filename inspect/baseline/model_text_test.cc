#include "inspect/baseline/model_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "base/simulated_clock.h"
#include "inspect/baseline/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::inspect {
namespace {

using ::testing::HasSubstr;

class ModelTextTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Observation observation;
    for (int i = 0; i < 300; ++i) {
      Observe({.path = absl::StrCat("/v1/charges/", i),
               .parameters = {{"amount", absl::StrCat(i)}, {"odd \"%\xff\n", "a'\\b"}}},
              observation);
      baseline_.Learn(observation);
    }
  }
  std::string ErrorsOf(absl::string_view text) {
    config::Diagnostics diagnostics;
    Baseline other({}, clock_);
    EXPECT_FALSE(ReadBaseline("baseline.yaml", text, other, &diagnostics));
    EXPECT_EQ(other.samples(), 0U);
    return diagnostics.Format(/*color=*/false);
  }

  SimulatedClock clock_;
  Baseline baseline_{{}, clock_};
};

TEST_F(ModelTextTest, ReadsBackWhatItWrote) {
  const std::string text = BaselineText(baseline_);
  config::Diagnostics diagnostics;
  Baseline other({}, clock_);
  ASSERT_TRUE(ReadBaseline("baseline.yaml", text, other, &diagnostics))
      << diagnostics.Format(false);
  EXPECT_EQ(BaselineText(other), text);
  Observation observation;
  Observe({.path = "/v1/charges/7", .parameters = {{"amount", "1' or 1=1"}}}, observation);
  const Judgement before = baseline_.Judge(observation);
  const Judgement after = other.Judge(observation);
  EXPECT_TRUE(after.deviant());
  EXPECT_EQ(before.score, after.score);
}

TEST_F(ModelTextTest, GoesOnLearningWhereItStopped) {
  config::Diagnostics diagnostics;
  Baseline other({}, clock_);
  ASSERT_TRUE(ReadBaseline("b", BaselineText(baseline_), other, &diagnostics));
  Observation observation;
  for (Baseline* baseline : {&baseline_, &other}) {
    Observe({.path = "/v1/charges/9", .parameters = {{"amount", "12"}}}, observation);
    baseline->Learn(observation);
  }
  EXPECT_EQ(BaselineText(other), BaselineText(baseline_));
}

TEST_F(ModelTextTest, RefusesWhatIsCutShortOrMadeUp) {
  const std::string text = BaselineText(baseline_);
  EXPECT_THAT(ErrorsOf(text.substr(0, text.rfind("complete"))), HasSubstr("cut short"));
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(text, {{"state: LEARN", "state: SLEEP"}})),
              HasSubstr("baseline.yaml:1:8"));
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(text, {{"others:", "other:"}})),
              HasSubstr("unknown field"));
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(text, {{"text: \"digits\"", "text: \"numbers\""}})),
              HasSubstr("no such name"));
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(text, {{"%FF", "%F"}})), HasSubstr("two hex digits"));
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(text, {{"buckets: [0", "buckets: [1"}})),
              HasSubstr("do not add up"));
  EXPECT_THAT(ErrorsOf(absl::StrReplaceAll(text, {{"\n  judged: 300", "\n  judged: 1"},
                                                  {"\n  deviant: 0", "\n  deviant: 2"}})),
              HasSubstr("more requests deviated than were judged"));
  EXPECT_THAT(ErrorsOf(""), HasSubstr("error"));
}

TEST_F(ModelTextTest, SavesWholeFilesForItsOwnerAlone) {
  const tests::TempFolder folder;
  const std::string path = absl::StrCat(folder.path(), "/baseline.yaml");
  ASSERT_TRUE(SaveBaseline(path, baseline_).ok());
  ASSERT_TRUE(SaveBaseline(path, baseline_).ok());
  Baseline other({}, clock_);
  config::Diagnostics diagnostics;
  EXPECT_TRUE(LoadBaseline(path, other, &diagnostics));
  EXPECT_EQ(BaselineText(other), BaselineText(baseline_));
  EXPECT_FALSE(SaveBaseline(absl::StrCat(folder.path(), "/none/b.yaml"), baseline_).ok());
  EXPECT_FALSE(LoadBaseline(absl::StrCat(folder.path(), "/none"), other, &diagnostics));
}

}  // namespace
}  // namespace firebreak::inspect
