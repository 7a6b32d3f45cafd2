#include "proxy/main/baselines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "inspect/baseline/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::proxy {
namespace {

using config::LearningState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNull;
using testing::NotNull;

class BaselinesTest : public testing::Test {
 protected:
  // Three listeners: one learns nothing, the others have a state each.
  bool Load(LearningState second, LearningState third) {
    config::ProxyConfig config;
    config.listeners.resize(3);
    const LearningState states[] = {LearningState::kOff, second, third};
    const char* const names[] = {"health", "in", "admin"};
    for (size_t i = 0; i < 3; ++i) {
      config.listeners[i].name = names[i];
      config::LearningConfig& learning = config.listeners[i].inspection.learning;
      learning.state = states[i];
      learning.folder = keep_in_;
      learning.least_samples = 200;
      learning.least_hours = 1;
    }
    config::Diagnostics diagnostics;
    baselines_ = Baselines::Load(config, clock_, &diagnostics);
    errors_ = diagnostics.Format(/*color=*/false);
    if (baselines_.has_value()) queues_ = baselines_->AddQueues();
    return baselines_.has_value();
  }
  void Send(size_t listener, int count) {
    for (int i = 0; i < count; ++i) {
      inspect::Observe({.parameters = {{"amount", absl::StrCat(100 + i)}}}, observation_);
      ASSERT_TRUE(queues_[listener]->Push(observation_));
      Turn();
    }
  }
  bool Turn() {
    return baselines_->Turn([this](size_t listener, const auto& baseline) {
      ASSERT_NE(baseline, nullptr);
      put_.push_back(listener);
    });
  }

  tests::TempFolder folder_;
  std::string keep_in_ = folder_.path();
  SimulatedClock clock_;
  std::optional<Baselines> baselines_;
  std::vector<inspect::ObservationQueue*> queues_;
  inspect::Observation observation_;
  std::vector<size_t> put_;  // in force, since the start
  std::string errors_;
};

TEST_F(BaselinesTest, AListenerThatLearnsNothingHasNoQueue) {
  ASSERT_TRUE(Load(LearningState::kLearn, LearningState::kEnforce)) << errors_;
  EXPECT_THAT(queues_, ElementsAre(IsNull(), NotNull(), NotNull()));
  ASSERT_TRUE(Load(LearningState::kOff, LearningState::kOff));
  EXPECT_THAT(queues_, ElementsAre(IsNull(), IsNull(), IsNull()));
  EXPECT_FALSE(Turn());
}

TEST_F(BaselinesTest, EachListenerGoesOverToEnforcingByItself) {
  ASSERT_TRUE(Load(LearningState::kEnforce, LearningState::kEnforce)) << errors_;
  clock_.Advance(absl::Hours(1));
  Send(1, 199);
  Send(2, 200);
  EXPECT_THAT(put_, ElementsAre(2));
  EXPECT_TRUE(Turn());
  Send(1, 1);
  EXPECT_THAT(put_, ElementsAre(2, 1));
  baselines_->Save();
  EXPECT_FALSE(Turn());
}

TEST_F(BaselinesTest, EachListenerKeepsAFileOfItsOwn) {
  ASSERT_TRUE(Load(LearningState::kLearn, LearningState::kEnforce)) << errors_;
  clock_.Advance(absl::Hours(1));
  Send(1, 50);
  Send(2, 200);
  baselines_->Save();
  ASSERT_TRUE(Load(LearningState::kFreeze, LearningState::kEnforce)) << errors_;
  std::vector<size_t> in_force;
  baselines_->ForEachInForce([&](size_t listener, const auto&) { in_force.push_back(listener); });
  EXPECT_THAT(in_force, ElementsAre(1, 2));
  const std::vector<BaselineStats> stats = baselines_->Stats();
  ASSERT_EQ(stats.size(), 2U);
  EXPECT_EQ(stats[0].listener, "in");
  EXPECT_EQ(stats[0].requests, 50U);
  EXPECT_EQ(stats[0].state, inspect::BaselineState::kFreeze);
  EXPECT_EQ(stats[1].listener, "admin");
  EXPECT_EQ(stats[1].requests, 200U);
  EXPECT_EQ(stats[1].state, inspect::BaselineState::kEnforce);
}

TEST_F(BaselinesTest, AFileThatIsNotWholeRefusesTheStart) {
  folder_.Write("in.yaml", "state: LEARN\nsamples: many\n");
  EXPECT_FALSE(Load(LearningState::kLearn, LearningState::kLearn));
  EXPECT_THAT(errors_, HasSubstr("in.yaml:2:"));
}

TEST_F(BaselinesTest, AFolderThatIsNotThereRefusesTheStart) {
  keep_in_ = folder_.Path("none");
  EXPECT_FALSE(Load(LearningState::kLearn, LearningState::kOff));
  EXPECT_THAT(errors_, HasSubstr("there is no such folder"));
}

}  // namespace
}  // namespace firebreak::proxy
