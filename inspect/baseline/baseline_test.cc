#include "inspect/baseline/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "inspect/baseline/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class BaselineTest : public ::testing::Test {
 protected:
  bool Learn(const Ask& ask) {
    Observe(ask, observation_);
    return baseline_.Learn(observation_);
  }
  Judgement Judge(const Ask& ask) {
    Observe(ask, observation_);
    return baseline_.Judge(observation_);
  }
  // Charges of any amount in one of three currencies, to any mail address.
  static Ask Charge(int i) {
    constexpr absl::string_view kCurrencies[] = {"EUR", "USD", "GBP"};
    return {.parameters = {{"amount", absl::StrCat(1 + i * 7 % 9000)},
                           {"currency", std::string(kCurrencies[i % 3])},
                           {"to", absl::StrCat("user", i * 31 % 997, "@shop.example")}}};
  }
  void LearnCharges(int count) {
    for (int i = 0; i < count; ++i) Learn(Charge(i));
  }
  Ask ChargeWith(absl::string_view name, absl::string_view value) {
    Ask ask = Charge(5);
    for (auto& [key, old] : ask.parameters) {
      if (key == name) old = std::string(value);
    }
    return ask;
  }

  SimulatedClock clock_;
  Baseline baseline_{{}, clock_};
  Observation observation_;
};

TEST_F(BaselineTest, LetsThroughWhatItLearned) {
  LearnCharges(1000);
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(Judge(Charge(i * 13 + 1)).deviant());
}

TEST_F(BaselineTest, ExplainsANewClassAndALength) {
  LearnCharges(1000);
  const Judgement judgement = Judge(ChargeWith("amount", "1' or '1'='1"));
  EXPECT_TRUE(judgement.deviant());
  EXPECT_THAT(judgement.Explain(), HasSubstr("`amount`: new class letters"));
  EXPECT_THAT(judgement.Explain(), HasSubstr("new class `'`"));
  EXPECT_THAT(judgement.Explain(), HasSubstr("length 12, never above 4"));
  EXPECT_THAT(judgement.Explain(), HasSubstr("(1000 samples)"));
}

TEST_F(BaselineTest, KnowsEnumerationsTypesNamesAndSets) {
  LearnCharges(1000);
  EXPECT_THAT(Judge(ChargeWith("currency", "JPY")).Explain(), HasSubstr("new value `JPY`"));
  EXPECT_THAT(Judge(ChargeWith("to", "user7@@shop.example")).Explain(), HasSubstr("no email"));
  Ask extra = Charge(1);
  extra.parameters.emplace_back("debug", "1");
  EXPECT_THAT(Judge(extra).Explain(), HasSubstr("`debug`: unknown parameter"));
  Ask missing = Charge(1);
  missing.parameters.pop_back();
  EXPECT_THAT(Judge(missing).Explain(), HasSubstr("without `parameter/to`"));
  for (const Ask& ask : {ChargeWith("currency", "JPY"), ChargeWith("to", "a@@b"), extra, missing}) {
    EXPECT_TRUE(Judge(ask).deviant());
  }
}

TEST_F(BaselineTest, ExplainsNoMoreThanIsAskedFor) {
  LearnCharges(1000);
  Ask ask = Charge(1);
  for (int i = 0; i < 250; ++i) ask.parameters.emplace_back(absl::StrCat("field", i), "'");
  const Judgement judgement = Judge(ask);
  EXPECT_GT(judgement.Explain().size(), 250U * 20);
  const std::string text = judgement.Explain(256);
  EXPECT_GE(text.size(), 256U);
  EXPECT_LT(text.size(), 256U + 100);
  EXPECT_THAT(text, HasSubstr("(1000 samples)"));
}

TEST_F(BaselineTest, ANearNameIsNoneWhereTheKnownOneCameToo) {
  LearnCharges(1000);
  Ask both = Charge(1);
  both.path = "/v1/refunds";
  both.parameters.emplace_back("amounts", "5");
  EXPECT_THAT(Judge(both).Explain(), Not(HasSubstr("one character from")));
}

TEST_F(BaselineTest, BlocksNothingAfterAFewSamples) {
  LearnCharges(20);
  EXPECT_FALSE(Judge(ChargeWith("currency", "JPY")).deviant());
}

TEST_F(BaselineTest, BlocksNoRouteForBeingNew) {
  LearnCharges(1000);
  Ask ask = Charge(1);
  ask.path = "/v1/refunds";
  const Judgement judgement = Judge(ask);
  EXPECT_FALSE(judgement.deviant()) << judgement.Explain();
  EXPECT_THAT(judgement.Explain(), HasSubstr("route never called"));
}

TEST_F(BaselineTest, JudgesNewRoutesByTheNamesOfOthers) {
  LearnCharges(1000);
  Ask ask = ChargeWith("to", "x' union select 1");
  ask.path = "/v1/refunds";
  EXPECT_TRUE(Judge(ask).deviant());
  Ask renamed = Charge(1);
  renamed.path = "/v1/refunds";
  renamed.parameters[0].first = "amounts";
  EXPECT_THAT(Judge(renamed).Explain(), HasSubstr("one character from `parameter/amount`"));
  Ask probe{.method = "GET", .path = "/v1/charges.bak", .parameters = {}};
  EXPECT_TRUE(Judge(probe).deviant());
}

TEST_F(BaselineTest, JudgesANewSourceByWhatOthersDo) {
  LearnCharges(1000);
  Ask ask = Charge(1);
  ask.source = "shop/ns/web/sa/other";
  EXPECT_FALSE(Judge(ask).deviant());
  ask = ChargeWith("amount", "1; drop table t");
  ask.source = "shop/ns/web/sa/other";
  EXPECT_TRUE(Judge(ask).deviant());
}

TEST_F(BaselineTest, JudgesSegmentsThatStandForIds) {
  for (int i = 0; i < 500; ++i) {
    Learn({.method = "GET", .path = absl::StrCat("/v1/charges/", 1000 + i), .parameters = {}});
  }
  EXPECT_FALSE(Judge({.method = "GET", .path = "/v1/charges/1234", .parameters = {}}).deviant());
}

TEST_F(BaselineTest, SaysNothingOfADestinationItNeverSaw) {
  const Judgement judgement = Judge(Charge(1));
  EXPECT_EQ(judgement.samples, 0U);
  EXPECT_FALSE(judgement.deviant());
  EXPECT_EQ(judgement.Explain(), "");
}

TEST_F(BaselineTest, DoesNotLearnAttacksAmongTheSamples) {
  LearnCharges(1000);
  const Ask attack = ChargeWith("amount", "1' union select password from users --");
  for (int i = 0; i < 9; ++i) EXPECT_FALSE(Learn(attack));
  LearnCharges(1000);
  EXPECT_EQ(baseline_.held(), 9U);
  EXPECT_TRUE(Judge(attack).deviant());
}

TEST_F(BaselineTest, LearnsWhatBecomesUsual) {
  LearnCharges(500);
  const Ask fresh = ChargeWith("currency", "CHF");
  for (int i = 0; i < 200; ++i) {
    Learn(fresh);
    Learn(Charge(i));
  }
  EXPECT_FALSE(Judge(fresh).deviant());
}

TEST_F(BaselineTest, LearnsWhatSeveralSourcesSend) {
  LearnCharges(1000);
  Ask ask = ChargeWith("amount", "1' union select password from users --");
  for (int i = 0; i < 30; ++i) {
    ask.source = absl::StrCat("shop/ns/web/sa/s", i % 3);
    Learn(ask);
  }
  EXPECT_GT(baseline_.samples(), 1000U);
}

TEST_F(BaselineTest, IsNotEnforcedBelowItsFloors) {
  LearnCharges(999);
  clock_.Advance(absl::Hours(48));
  EXPECT_EQ(baseline_.SetState(BaselineState::kEnforce).code(),
            absl::StatusCode::kFailedPrecondition);
  LearnCharges(1);
  EXPECT_TRUE(baseline_.SetState(BaselineState::kEnforce).ok());
  Baseline young({}, clock_);
  for (int i = 0; i < 2000; ++i) {
    Observe(Charge(i), observation_);
    young.Learn(observation_);
  }
  EXPECT_THAT(std::string(young.SetState(BaselineState::kEnforce).message()), HasSubstr("24h"));
}

TEST_F(BaselineTest, LearnsNothingOnceFrozen) {
  LearnCharges(100);
  ASSERT_TRUE(baseline_.SetState(BaselineState::kFreeze).ok());
  EXPECT_FALSE(Learn(Charge(1)));
  EXPECT_EQ(baseline_.samples(), 100U);
}

TEST_F(BaselineTest, KeepsWithinItsMemory) {
  Baseline small({.max_parameters = 100}, clock_);
  for (int i = 0; i < 20'000; ++i) {
    Ask ask = Charge(i);
    ask.path = absl::StrCat("/v1/", std::string(1 + i % 60, 'a'), "/", std::string(1 + i % 7, 'b'));
    Observe(ask, observation_);
    small.Learn(observation_);
  }
  size_t parameters = 0;
  for (const auto& [name, model] : small.destinations()) parameters += model.parameters();
  EXPECT_LE(parameters, 100U);
  EXPECT_LT(small.bytes(), 512U << 10);
}

TEST_F(BaselineTest, TakesARequestOfAnyShape) {
  LearnCharges(500);
  Ask ask = Charge(1);
  for (int i = 0; i < 2000; ++i) ask.parameters.emplace_back(absl::StrCat("p", i), "v");
  ask.parameters.emplace_back(std::string(256, 'n'), std::string(1 << 20, '\xff'));
  EXPECT_TRUE(Judge(ask).deviant());
  Learn(ask);
}

}  // namespace
}  // namespace firebreak::inspect
