#include "inspect/baseline/learner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "base/simulated_clock.h"
#include "config/file_text.h"
#include "inspect/baseline/model_text.h"
#include "inspect/baseline/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::inspect {
namespace {

using ::testing::HasSubstr;

class LearnerTest : public ::testing::Test {
 protected:
  // One learner after another over the same file, as a sidecar that is restarted.
  void Start(BaselineState state) {
    learner_ = std::make_unique<Learner>(
        LearnerOptions{.state = state,
                       .limits = {.least_samples = 300, .least_learning = absl::Hours(1)},
                       .path = path_},
        clock_);
    queue_ = &learner_->AddQueue();
    config::Diagnostics diagnostics;
    loaded_ = learner_->Load(&diagnostics);
    errors_ = diagnostics.Format(/*color=*/false);
  }
  void SendCharges(int count) {
    for (int i = 0; i < count; ++i) {
      Observe({.parameters = {{"amount", absl::StrCat(100 + i)}}}, observation_);
      if (!queue_->Push(observation_)) {
        learner_->Turn();
        queue_->Push(observation_);
      }
    }
  }
  // A file that a person has frozen.
  void Freeze(int charges) {
    Start(BaselineState::kLearn);
    SendCharges(charges);
    learner_->Turn();
    clock_.Advance(absl::Hours(1));
    ASSERT_TRUE(learner_->Save().ok());
    Start(BaselineState::kFreeze);
    ASSERT_TRUE(SaveBaseline(path_, learner_->baseline()).ok());
  }
  // The learner goes without its last Save, as with a kill; a writing that it began still ends.
  void EndWithoutSaving() { learner_.reset(); }
  std::string Text() const {
    config::Diagnostics diagnostics;
    return config::ReadFileText(path_, &diagnostics).value_or("");
  }
  bool Deviates(absl::string_view amount) {
    Observe({.parameters = {{"amount", std::string(amount)}}}, observation_);
    return learner_->InForce()->Judge(observation_).deviant();
  }

  tests::TempFolder folder_;
  std::string path_ = folder_.Path("baseline.yaml");
  SimulatedClock clock_;
  std::unique_ptr<Learner> learner_;
  ObservationQueue* queue_ = nullptr;
  Observation observation_;
  bool loaded_ = false;
  std::string errors_;
};

TEST_F(LearnerTest, EnforcesOnceBothFloorsAreReached) {
  Start(BaselineState::kEnforce);
  ASSERT_TRUE(loaded_);
  SendCharges(299);
  clock_.Advance(absl::Hours(2));
  EXPECT_FALSE(learner_->Turn());
  EXPECT_EQ(learner_->InForce(), nullptr);
  SendCharges(1);
  EXPECT_TRUE(learner_->Turn());
  ASSERT_NE(learner_->InForce(), nullptr);
  EXPECT_EQ(learner_->InForce()->state(), BaselineState::kEnforce);
  EXPECT_TRUE(Deviates("1' or '1'='1"));
  EXPECT_FALSE(Deviates("250"));
  EXPECT_FALSE(learner_->Turn());
}

TEST_F(LearnerTest, DoesNotEnforceWhatWasLearnedInAHurry) {
  Start(BaselineState::kEnforce);
  SendCharges(3000);
  clock_.Advance(absl::Minutes(59));
  EXPECT_FALSE(learner_->Turn());
  EXPECT_EQ(learner_->InForce(), nullptr);
}

TEST_F(LearnerTest, LearnsConnectionsAndKeepsThemOverARestart) {
  Start(BaselineState::kLearn);
  const SpokenSample redis{.edge = {.source = "a", .destination = "b", .port = 6379},
                           .protocol = Protocol::kRedis};
  for (int i = 0; i < 300; ++i) {
    SpokenSample connection = redis;
    ASSERT_TRUE(queue_->Push(connection));
    learner_->Turn();
  }
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(learner_->Save().ok());
  Start(BaselineState::kEnforce);
  ASSERT_NE(learner_->InForce(), nullptr) << errors_;
  EXPECT_EQ(learner_->InForce()->protocols().Judge(redis), "");
  EXPECT_EQ(learner_->InForce()->protocols().Judge({redis.edge, Protocol::kSsh}),
            "`redis` on this edge in 300 of 300 connections, now `ssh`");
}

TEST_F(LearnerTest, KeepsWhatItKnowsOverARestart) {
  Start(BaselineState::kLearn);
  SendCharges(200);
  learner_->Turn();
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(learner_->Save().ok());
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  Start(BaselineState::kEnforce);
  ASSERT_TRUE(loaded_) << errors_;
  EXPECT_EQ(learner_->baseline().samples(), 200U);
  SendCharges(100);
  EXPECT_TRUE(learner_->Turn());
  // Enforcing was reached, and is so at once the next time.
  Start(BaselineState::kEnforce);
  ASSERT_NE(learner_->InForce(), nullptr);
  EXPECT_TRUE(Deviates("<script>"));
}

TEST_F(LearnerTest, SavesByItselfFromTimeToTime) {
  Start(BaselineState::kLearn);
  SendCharges(10);
  learner_->Turn();
  struct stat status {};
  EXPECT_NE(stat(path_.c_str(), &status), 0);
  clock_.JumpWall(-absl::Hours(24));  // nobody's clock keeps it from that
  clock_.Advance(absl::Minutes(1));
  learner_->Turn();
  EndWithoutSaving();
  EXPECT_EQ(stat(path_.c_str(), &status), 0);
}

TEST_F(LearnerTest, TheFloorsCountTheTimeOfLearningAndNotTheClocksOfPeople) {
  Start(BaselineState::kEnforce);
  SendCharges(300);
  clock_.JumpWall(absl::Hours(1000));
  EXPECT_FALSE(learner_->Turn());
  clock_.JumpWall(-absl::Hours(5000));
  clock_.Advance(absl::Minutes(59));
  EXPECT_FALSE(learner_->Turn());
  ASSERT_TRUE(learner_->Save().ok());
  clock_.Advance(absl::Hours(24));  // nothing is learned meanwhile
  Start(BaselineState::kEnforce);
  ASSERT_TRUE(loaded_) << errors_;
  EXPECT_FALSE(learner_->Turn());
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(learner_->Turn());
}

TEST_F(LearnerTest, WritesDownThatItEnforcesEvenWhenTheFirstTimeFailed) {
  path_ = folder_.Path("later/baseline.yaml");
  Start(BaselineState::kEnforce);
  SendCharges(300);
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(learner_->Turn());
  EXPECT_FALSE(learner_->Save().ok());
  EXPECT_TRUE(learner_->busy());
  ASSERT_EQ(mkdir(folder_.Path("later").c_str(), 0700), 0);
  clock_.Advance(absl::Minutes(1));
  EXPECT_FALSE(learner_->Turn());
  EndWithoutSaving();
  EXPECT_THAT(Text(), HasSubstr("state: ENFORCE"));
}

TEST_F(LearnerTest, IsBusyUntilAllIsWritten) {
  Start(BaselineState::kEnforce);
  EXPECT_TRUE(learner_->busy());
  SendCharges(300);
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(learner_->Turn());
  ASSERT_TRUE(learner_->Save().ok());
  EXPECT_FALSE(learner_->busy());
}

TEST_F(LearnerTest, TakesTheTimeSinceItsDateFromAFileThatDoesNotCountIt) {
  Start(BaselineState::kLearn);
  SendCharges(300);
  learner_->Turn();
  ASSERT_TRUE(learner_->Save().ok());
  folder_.Write("baseline.yaml", absl::StrReplaceAll(Text(), {{"learned_seconds: 0\n", ""}}));
  clock_.Advance(absl::Hours(1));
  Start(BaselineState::kEnforce);
  ASSERT_TRUE(loaded_) << errors_;
  EXPECT_NE(learner_->InForce(), nullptr);
  clock_.JumpWall(-absl::Hours(100));
  Start(BaselineState::kEnforce);
  EXPECT_EQ(learner_->baseline().learned(), absl::ZeroDuration());
}

TEST_F(LearnerTest, FreezesWhatWasLearnedAndLeavesItAlone) {
  Start(BaselineState::kLearn);
  SendCharges(250);
  learner_->Turn();
  ASSERT_TRUE(learner_->Save().ok());
  Start(BaselineState::kFreeze);
  ASSERT_NE(learner_->InForce(), nullptr);
  EXPECT_EQ(learner_->InForce()->state(), BaselineState::kFreeze);
  EXPECT_TRUE(Deviates("1' or '1'='1"));
  SendCharges(50);
  EXPECT_FALSE(learner_->Turn());
  EXPECT_EQ(learner_->baseline().samples(), 250U);
}

TEST_F(LearnerTest, HasNothingToFreezeAtFirst) {
  Start(BaselineState::kFreeze);
  EXPECT_FALSE(loaded_);
  EXPECT_THAT(errors_, HasSubstr("there is no baseline to freeze"));
}

TEST_F(LearnerTest, RefusesAFileThatWasCutShort) {
  folder_.Write("baseline.yaml", "state: LEARN\n");
  Start(BaselineState::kLearn);
  EXPECT_FALSE(loaded_);
  EXPECT_THAT(errors_, HasSubstr("cut short"));
}

TEST_F(LearnerTest, EnforcesAFrozenFileAndLeavesItFrozen) {
  Freeze(300);
  const std::string before = Text();
  Start(BaselineState::kEnforce);
  ASSERT_NE(learner_->InForce(), nullptr);
  EXPECT_EQ(learner_->InForce()->state(), BaselineState::kEnforce);
  learner_->Turn();
  ASSERT_TRUE(learner_->Save().ok());
  EXPECT_EQ(Text(), before);
}

TEST_F(LearnerTest, AFrozenFileBelowTheFloorsIsNotEnforced) {
  Freeze(250);
  Start(BaselineState::kEnforce);
  ASSERT_NE(learner_->InForce(), nullptr);
  EXPECT_EQ(learner_->InForce()->state(), BaselineState::kFreeze);
}

TEST_F(LearnerTest, LeavesAFrozenFileAloneEvenWhenToldToLearn) {
  Freeze(250);
  Start(BaselineState::kLearn);
  ASSERT_TRUE(loaded_);
  SendCharges(50);
  learner_->Turn();
  EXPECT_EQ(learner_->baseline().samples(), 250U);
}

}  // namespace
}  // namespace firebreak::inspect
