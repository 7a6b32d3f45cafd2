// A training that has attacks in it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "inspect/baseline/baseline.h"
#include "inspect/baseline/model_text.h"
#include "inspect/baseline/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::HasSubstr;

// A twentieth of the training is attacks of several kinds.
class PoisoningTest : public ::testing::Test {
 protected:
  static constexpr int kRequests = 4000;
  static constexpr int kPoisonEvery = 20;

  static Ask Charge(int i) {
    constexpr absl::string_view kCurrencies[] = {"EUR", "USD", "GBP"};
    return {.parameters = {{"amount", absl::StrCat(1 + i * 7 % 9000)},
                           {"currency", std::string(kCurrencies[i % 3])},
                           {"to", absl::StrCat("user", i * 31 % 997, "@shop.example")},
                           {"note", absl::StrCat("thanks for order ", i * 13 % 5000)}}};
  }
  static Ask ChargeWith(int i, absl::string_view name, absl::string_view value) {
    Ask ask = Charge(i);
    for (auto& [key, old] : ask.parameters) {
      if (key == name) old = std::string(value);
    }
    return ask;
  }
  static Ask Attack(int i) {
    constexpr absl::string_view kSigns = "'\"<>;|()%$";
    const std::string sign(kSigns.substr(static_cast<size_t>(i) % kSigns.size(), 1));
    switch (i % 12) {
      case 0:
        return ChargeWith(i, "currency", absl::StrCat("EUR", sign));
      case 1: {
        Ask ask = Charge(i);
        ask.parameters[0].first = absl::StrCat("amount", i % 3);
        return ask;
      }
      case 2:
        return {.method = "POST", .path = absl::StrCat("/v1/charges.", i, "bak"), .parameters = {}};
      case 3:
        if (i % 4 == 3) return ChargeWith(i, "note", std::string(300, 'a'));
        [[fallthrough]];
      case 4:
      case 5:
      case 6:
        return ChargeWith(i, "note", absl::StrCat("thanks", sign, "for ", i));
      default:
        return ChargeWith(i, "amount", absl::StrCat(i % 900, sign));
    }
  }
  void Learn(const Ask& ask) {
    Observe(ask, observation_);
    baseline_.Learn(observation_);
  }
  void LearnAll(bool poisoned) {
    for (int i = 0; i < kRequests; ++i) {
      if (poisoned && i % kPoisonEvery == 0) Learn(Attack(i / kPoisonEvery));
      Learn(Charge(i));
    }
  }
  Judgement Judge(const Ask& ask) {
    Observe(ask, observation_);
    return baseline_.Judge(observation_);
  }

  SimulatedClock clock_;
  Baseline baseline_{{}, clock_};
  Observation observation_;
};

TEST_F(PoisoningTest, WhatAttackersHaveShownBeforeIsStillFound) {
  LearnAll(/*poisoned=*/true);
  for (int i = 0; i < 60; ++i) {
    const Judgement judgement = Judge(Attack(i));
    EXPECT_TRUE(judgement.deviant()) << i << ": " << judgement.score << " " << judgement.Explain();
  }
}

TEST_F(PoisoningTest, WhatIsUsualStaysUsual) {
  LearnAll(/*poisoned=*/true);
  for (int i = 0; i < 500; ++i) {
    const Judgement judgement = Judge(Charge(i * 11));
    EXPECT_FALSE(judgement.deviant()) << judgement.Explain();
  }
}

TEST_F(PoisoningTest, RareThingsOfACleanTrainingAreUsual) {
  for (int i = 0; i < kRequests; ++i) {
    Learn(i % 500 == 499 ? ChargeWith(i, "to", absl::StrCat("user+", i, "@shop.example"))
                         : Charge(i));
  }
  EXPECT_FALSE(Judge(ChargeWith(1, "to", "user+77@shop.example")).deviant());
}

TEST_F(PoisoningTest, WhatIsKnownOfThePoisonOutlivesARestart) {
  LearnAll(/*poisoned=*/true);
  const std::string text = BaselineText(baseline_);
  Baseline other({}, clock_);
  config::Diagnostics diagnostics;
  ASSERT_TRUE(ReadBaseline("b", text, other, &diagnostics)) << diagnostics.Format(false);
  EXPECT_EQ(BaselineText(other), text);
  for (int i = 0; i < 60; ++i) {
    Observe(Attack(i), observation_);
    EXPECT_EQ(other.Judge(observation_).score, baseline_.Judge(observation_).score);
  }
}

TEST_F(PoisoningTest, ALengthThatOnlyAttackersSentIsSaidToBeHardlyEverSeen) {
  LearnAll(/*poisoned=*/true);
  EXPECT_THAT(Judge(ChargeWith(1, "note", std::string(200, 'a'))).Explain(),
              HasSubstr("length 200, hardly ever above "));
}

}  // namespace
}  // namespace firebreak::inspect
