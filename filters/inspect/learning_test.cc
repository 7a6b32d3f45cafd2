#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "filters/inspect/testing.h"
#include "inspect/baseline/baseline.h"

namespace firebreak::filters {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::string_view kOdd = R"({"amount": "six d'or"})";

// Request after request to a listener that learns or judges.
class LearningTest : public ::testing::Test {
 protected:
  struct How {
    InspectionMode mode = InspectionMode::kBlock;
    int status = 200;     // that the workload answers with
    size_t piece = 1000;  // of the body
    bool whole = true;
  };
  struct Result {
    Step step = Step::kContinue;
    size_t left = 0;  // of the body, when it was refused
    flows::Record record;
    const flows::InspectionMatch& match() const { return record.inspection->matches.at(0); }
  };

  void Begin(const How& how) {
    ListenerPlan plan = RequestsOnly(how.mode);
    plan.engine = options_;
    inspected_ = std::make_unique<Inspected>(std::move(plan));
    inspected_->baseline() = BaselinePort(queue_.get());
    inspected_->baseline().PutInForce(in_force_);
    inspected_->exchange().record.source.principal =
        std::make_shared<const std::string>("shop/ns/web/sa/orders");
  }
  Result Send(absl::string_view body, const How& how) {
    Begin(how);
    inspected_->request().content_length = body.size();
    Result result{.step = inspected_->Headers(), .record = {}};
    while (!body.empty() && result.step == Step::kContinue) {
      result.step = inspected_->Body(body.substr(0, how.piece));
      body.remove_prefix(std::min(how.piece, body.size()));
    }
    result.left = body.size();
    if (how.whole && result.step == Step::kContinue) {
      result.step = inspected_->End();
      inspected_->response().status = how.status;
    }
    result.record = inspected_->Record();
    return result;
  }
  Result Send(absl::string_view body) { return Send(body, How{}); }

  size_t Learned() {
    inspect::Observation observation;
    size_t count = 0;
    while (queue_->Pop(observation)) {
      ++count;
      baseline_->Learn(observation);
    }
    return count;
  }
  // A baseline of 500 charges is in force.
  void Enforce(inspect::BaselineState state = inspect::BaselineState::kEnforce) {
    for (int i = 0; i < 500; ++i) {
      Send(absl::StrCat(R"({"amount": ")", 100 + i, R"("})"));
      ASSERT_EQ(Learned(), 1U);
    }
    ASSERT_TRUE(baseline_->SetState(state).ok());
    in_force_ = baseline_;
  }

  SimulatedClock clock_;
  std::shared_ptr<inspect::Baseline> baseline_ = std::make_shared<inspect::Baseline>(
      inspect::BaselineLimits{.least_samples = 100, .least_learning = absl::ZeroDuration()},
      clock_);
  std::unique_ptr<inspect::ObservationQueue> queue_ = std::make_unique<inspect::ObservationQueue>();
  std::shared_ptr<const inspect::Baseline> in_force_;
  inspect::EngineOptions options_;
  std::unique_ptr<Inspected> inspected_;
};

TEST_F(LearningTest, LearnsFromWhatPassedAndWasAnsweredWell) {
  Send(R"({"amount": "5"})");
  EXPECT_EQ(Learned(), 1U);
  Send(R"({"amount": "5"})", {.mode = InspectionMode::kDetect, .status = 302});
  EXPECT_EQ(Learned(), 1U);
}

TEST_F(LearningTest, LearnsNothingFromThoseWhoProbe) {
  Send(R"({"amount": "5"})", {.status = 404});
  Send(R"({"amount": "5"})", {.status = 0});
  Send(R"({"amount": "5"})", {.mode = InspectionMode::kOff});
  Send(R"({"amount": "5"})", {.whole = false});
  Send(R"({"amount": "1' UNION SELECT name FROM users-- "})", {.mode = InspectionMode::kDetect});
  EXPECT_EQ(Learned(), 0U);
}

TEST_F(LearningTest, RefusesWhatDeviatesWithItsLastByteAndSaysWhy) {
  Enforce();
  for (const size_t piece : {1U, 7U, 1000U}) {
    EXPECT_EQ(Send(R"({"amount": "250"})", {.piece = piece}).step, Step::kContinue);
    const Result result = Send(kOdd, {.piece = piece});
    EXPECT_EQ(result.step, Step::kClose);
    EXPECT_EQ(result.left, 0U);
    EXPECT_EQ(result.record.reason, Reason::kInspection);
    ASSERT_NE(result.record.inspection, nullptr);
    EXPECT_TRUE(result.record.inspection->blocked);
    EXPECT_EQ(result.record.inspection->score, 5U);
    EXPECT_EQ(result.match().id, "FBI-BASE-001");
    EXPECT_EQ(result.match().category, "baseline");
    EXPECT_EQ(result.match().field, "json:$.amount");
    EXPECT_THAT(result.match().excerpt, HasSubstr("`$.amount`: "));
    EXPECT_THAT(result.match().excerpt, HasSubstr("new class `'`"));
    EXPECT_THAT(result.match().excerpt, HasSubstr("(500 samples)"));
  }
}

TEST_F(LearningTest, OfABodyOfNoAnnouncedLengthTheEndDecides) {
  Enforce();
  Begin({});
  EXPECT_EQ(inspected_->Headers(), Step::kContinue);
  EXPECT_EQ(inspected_->Body(kOdd), Step::kContinue);
  EXPECT_EQ(inspected_->End(), Step::kClose);
}

TEST_F(LearningTest, NothingIsLearnedAnyMoreOnceItIsInForce) {
  Enforce();
  Send(R"({"amount": "250"})");
  EXPECT_EQ(Learned(), 0U);
  EXPECT_EQ(queue_->dropped(), 0U);
}

TEST_F(LearningTest, OnlyWritesDownWhereNothingIsToBeBlocked) {
  Enforce();
  const Result detected = Send(kOdd, {.mode = InspectionMode::kDetect});
  EXPECT_EQ(detected.step, Step::kContinue);
  EXPECT_EQ(detected.record.inspection->score, 5U);
  EXPECT_FALSE(detected.record.inspection->blocked);
}

TEST_F(LearningTest, AThresholdAboveOneCriticalFindingHoldsForDeviationsToo) {
  Enforce();
  options_.block_score = {8, 8, 8, 8};
  EXPECT_EQ(Send(kOdd).step, Step::kContinue);
}

TEST_F(LearningTest, AFrozenBaselineIsForAReviewAndCountsForNothing) {
  Enforce(inspect::BaselineState::kFreeze);
  const Result result = Send(kOdd);
  EXPECT_EQ(result.step, Step::kContinue);
  ASSERT_NE(result.record.inspection, nullptr);
  EXPECT_EQ(result.record.inspection->score, 0U);
  EXPECT_EQ(result.match().id, "FBI-BASE-002");
}

TEST_F(LearningTest, AnExcludedFieldMayDeviateAndTheOthersMayNot) {
  Enforce();
  options_.exclusions = {{.rule = "FBI-BASE-", .place = "json", .field = "$.amount"}};
  EXPECT_EQ(Send(kOdd).step, Step::kContinue);
  const Result result = Send(R"({"amount": "six d'or", "currency": "euro d'or"})");
  EXPECT_EQ(result.step, Step::kClose);
  EXPECT_EQ(result.match().field, "json:$.currency");
  EXPECT_THAT(result.match().excerpt, Not(HasSubstr("$.amount")));
}

TEST_F(LearningTest, OfTwoFieldsOfOneNameOneThatCountsIsEnough) {
  Enforce();
  options_.exclusions = {{.rule = "FBI-BASE-", .place = "cookie", .field = "$.amount"}};
  Begin({});
  inspected_->request().headers.Add("cookie", "$.amount=d'or");
  EXPECT_EQ(inspected_->BodyAtOnce(kOdd), Step::kClose);
  EXPECT_EQ(inspected_->Record().inspection->matches.at(0).field, "json:$.amount");
}

TEST_F(LearningTest, ARequestThatDeviatesInEachOfItsFieldsIsExplainedByTheFirst) {
  Enforce();
  std::string body = R"({"amount": "d'or")";
  for (int i = 0; i < 250; ++i) absl::StrAppend(&body, ", \"field", i, "\": \"d'or\"");
  const Result result = Send(absl::StrCat(body, "}"));
  EXPECT_EQ(result.step, Step::kClose);
  EXPECT_THAT(result.match().excerpt, HasSubstr("`$.amount`: "));
  EXPECT_LE(result.match().excerpt.size(), inspect::kMaxExplanation);
}

TEST_F(LearningTest, AContentTypeThatNobodySentIsFoundInItsHeader) {
  Enforce();
  Begin({});
  inspected_->request().headers.Remove("content-type");
  inspected_->request().headers.Add("content-type", "text/x-own");
  inspected_->request().has_body = false;
  EXPECT_EQ(inspected_->Headers(), Step::kClose);
  const auto info = inspected_->Record().inspection;
  ASSERT_NE(info, nullptr);
  EXPECT_THAT(info->matches.at(0).excerpt, HasSubstr("content type `text/x-own`"));
}

TEST_F(LearningTest, WhatIsKeptOfARequestUnderWayIsCounted) {
  Begin({});
  inspected_->Headers();
  const size_t before = inspected_->memory().held();
  std::string body = "{";
  for (int i = 0; i < 200; ++i) absl::StrAppend(&body, "\"field", i, "\": 1, ");
  inspected_->Body(body);
  EXPECT_GT(inspected_->memory().held(), before + 20'000);
}

}  // namespace
}  // namespace firebreak::filters
