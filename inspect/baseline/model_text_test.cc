#include "inspect/baseline/model_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
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
    for (int i = 0; i < 412; ++i) {
      baseline_.Learn(SpokenSample{.edge = Edge(5432),
                                   .protocol = i < 400   ? Protocol::kPostgresql
                                               : i < 410 ? Protocol::kTls
                                                         : Protocol::kUnknown});
    }
    baseline_.Learn(SpokenSample{.edge = Edge(22), .protocol = Protocol::kSsh});
  }
  static inspect::Edge Edge(uint16_t port) {
    return {.source = "odd \"%\xff\n", .destination = "shop/ns/web/sa/payments", .port = port};
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

TEST_F(ModelTextTest, ReadsBackWhichProtocolsAreSpoken) {
  const std::string text = BaselineText(baseline_);
  EXPECT_THAT(text, HasSubstr("port: 5432\n  connections: 412\n  protocols: ["
                              "{text: \"unknown\", count: 2}, {text: \"tls\", count: 10}, "
                              "{text: \"postgresql\", count: 400}]\n"));
  config::Diagnostics diagnostics;
  Baseline other({}, clock_);
  ASSERT_TRUE(ReadBaseline("baseline.yaml", text, other, &diagnostics));
  EXPECT_EQ(other.protocols().samples(), 413U);
  EXPECT_EQ(other.protocols().Judge({.edge = Edge(5432), .protocol = Protocol::kSsh}),
            "`postgresql` on this edge in 400 of 412 connections, now `ssh`");
}

TEST_F(ModelTextTest, RefusesProtocolsThatDoNotAddUp) {
  const std::string text = BaselineText(baseline_);
  const auto errors = [&](absl::string_view from, absl::string_view to) {
    const std::string changed = absl::StrReplaceAll(text, {{from, to}});
    EXPECT_NE(changed, text);
    return ErrorsOf(changed);
  };
  constexpr absl::string_view kTls = "{text: \"tls\", count: 10}";
  constexpr absl::string_view kDoNotAddUp = "the protocols do not add up to the connections";
  EXPECT_THAT(errors("  connections: 412", "  connections: 411"), HasSubstr(kDoNotAddUp));
  EXPECT_THAT(errors(kTls, "{text: \"tls\", count: 9}"), HasSubstr(kDoNotAddUp));
  EXPECT_THAT(errors(kTls, "{text: \"tls\", count: 10}, {text: \"ssh\", count: 0}"),
              HasSubstr(kDoNotAddUp));
  EXPECT_THAT(errors(kTls,
                     "{text: \"tls\", count: 18446744073709551615}, "
                     "{text: \"ssh\", count: 11}"),
              HasSubstr(kDoNotAddUp));
  EXPECT_THAT(errors(kTls, "{text: \"tls\", count: 5}, {text: \"tls\", count: 5}"),
              HasSubstr("a protocol is there twice"));
  EXPECT_THAT(errors("\"postgresql\"", "\"postgres\""), HasSubstr("no such protocol"));
  EXPECT_THAT(errors("port: 5432", "port: 70000"), HasSubstr("no port"));
  EXPECT_THAT(errors("port: 5432", "port: 22"), HasSubstr("an edge is there twice"));
  EXPECT_THAT(errors("\nconnections: 413", "\nconnections: 412"),
              HasSubstr("edges have more connections than there were"));
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
