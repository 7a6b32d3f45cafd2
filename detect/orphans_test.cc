#include "detect/orphans.h"

#include <gtest/gtest.h>

#include "detect/testing.h"

namespace firebreak::detect {
namespace {

constexpr NameId kPod = 5;
constexpr NameId kCaller = 6;
constexpr NameId kOther = 7;
constexpr NameId kRead = 10;
constexpr NameId kWrite = 11;
constexpr Ages kOld = {.source_identity = 500,
                       .destination_identity = 500,
                       .source_generation = 500,
                       .generation_brings_news = 0.5};

// Received is a request that the pod worked on.
Call Received(int64_t start_us, int64_t end_us, NameId route = kRead) {
  Call call;
  call.destination = kCaller;
  call.destination_pod = kPod;
  call.route = route;
  call.start_us = start_us;
  call.end_us = end_us;
  return call;
}

Call Made(int64_t start_us) {
  Call call;
  call.source = kCaller;
  call.source_pod = kPod;
  call.destination = kOther;
  call.start_us = start_us;
  call.end_us = start_us + 1'000;
  return call;
}

class OrphansTest : public ::testing::Test {
 protected:
  // A pod is judged from its second minute on.
  OrphansTest() {
    cover_.Add(Received(now_, now_ + 20'000));
    now_ += 2 * kMinuteUs;
  }
  // Learn makes the edge known: each of its calls within a request of a route.
  void Learn(int calls, NameId route = kRead) {
    for (int i = 0; i < calls; ++i, now_ += 10 * kSecondUs) {
      cover_.Add(Received(now_, now_ + 20'000, route));
      ++edge_.calls;
      EXPECT_FALSE(Judge(Made(now_ + 5'000)).orphan);
    }
  }
  Orphans::Judgement Judge(const Call& call) {
    return orphans_.Judge(call, kOld, covers_, edge_, /*watching=*/false);
  }

  Orphans::Covers covers_;
  Cover& cover_ = covers_.own;
  Orphans orphans_;
  Edge edge_;
  int64_t now_ = kTestStartUs;
};

TEST_F(OrphansTest, ACallWithinARequestIsNone) { Learn(1000); }

TEST_F(OrphansTest, ACallThatNothingCausedIsOneAndRareAsWasLearned) {
  Learn(1000);
  const auto judgement = Judge(Made(now_));
  EXPECT_TRUE(judgement.orphan);
  EXPECT_LT(judgement.p, 1e-3);
  EXPECT_NEAR(judgement.gap_seconds, 10, 0.1);
}

TEST_F(OrphansTest, AnEdgeThatHadOrphansInSeveralHoursWillHaveThemInTheNext) {
  Learn(1000);
  const int64_t first = now_ / kHourUs * kHourUs + kHourUs;
  const auto in_hour = [&](int hour) {
    return Judge(Made(first + hour * kHourUs + kMinuteUs)).per_hour;
  };
  const double before = in_hour(0);
  EXPECT_LT(before, 1e-3);
  EXPECT_EQ(in_hour(1), before) << "twice is not usual yet";
  EXPECT_EQ(in_hour(3), 1.0) << "an hour apart, by the first two";
  EXPECT_EQ(in_hour(3), 1.0) << "the hour at hand counts from the next one on";
  EXPECT_LT(in_hour(40), 1.0) << "and then they were further apart";
}

TEST_F(OrphansTest, SlackCoversWhatLagsBehind) {
  Learn(100);
  cover_.Add(Received(now_, now_ + 20'000));
  EXPECT_FALSE(Judge(Made(now_ + 60'000)).orphan);
  EXPECT_TRUE(Judge(Made(now_ + 90'000)).orphan);
}

TEST_F(OrphansTest, ACallerThatStartsThingsItselfIsNoSurprise) {
  for (int i = 0; i < 200; ++i, now_ += kMinuteUs) {
    ++edge_.calls;
    Judge(Made(now_));
  }
  EXPECT_GT(Judge(Made(now_)).p, 0.9);
  EXPECT_GT(orphans_.ShareOf(kCaller), 0.9);
}

TEST_F(OrphansTest, APodThatIsNeverIdleHasOrphansWhereTheRouteThatCausesThemIs) {
  // Reads go on all the time; only writes call the other service.
  for (int i = 0; i < 500; ++i, now_ += 10 * kSecondUs) {
    cover_.Add(Received(now_, now_ + 10 * kSecondUs, kRead));
    cover_.Add(Received(now_ + kSecondUs, now_ + kSecondUs + 20'000, kWrite));
    ++edge_.calls;
    EXPECT_FALSE(Judge(Made(now_ + kSecondUs + 5'000)).orphan) << i;
  }
  cover_.Add(Received(now_, now_ + 10 * kSecondUs, kRead));
  EXPECT_TRUE(Judge(Made(now_ + 5 * kSecondUs)).orphan);
}

TEST_F(OrphansTest, TheSidecarsCountOfOpenRequestsIsBelieved) {
  Learn(100);
  cover_.Add(Received(now_, now_ + 20'000));
  Call call = Made(now_ + 5'000);
  call.inflight = 0;
  EXPECT_TRUE(Judge(call).orphan);
}

TEST_F(OrphansTest, AHandlerWhoseCallerGaveUpIsNotCountedAndMayGoOn) {
  Learn(100);
  Call given_up = Received(now_, now_ + 20'000);
  given_up.gave_up = true;
  cover_.Add(given_up);
  Call call = Made(now_ + kSecondUs);
  call.inflight = 0;
  EXPECT_FALSE(Judge(call).orphan);
}

TEST_F(OrphansTest, TheCallersWordCoversWhereTheCalleesRecordIsLateOrLost) {
  Learn(100);
  covers_.told.Add(Received(now_ - 2 * kMinuteUs, now_ - 2 * kMinuteUs + 20'000));
  covers_.told.Add(Received(now_, now_ + 20'000));
  Call call = Made(now_ + 5'000);
  call.inflight = 1;
  EXPECT_FALSE(Judge(call).orphan);
  call.inflight = 0;
  EXPECT_TRUE(Judge(call).orphan) << "the sidecar knows better";
}

TEST_F(OrphansTest, ABusyPodsRequestsAreRememberedAsLongAsCallsAreJudged) {
  Learn(100);
  const int64_t idle = now_ + kSecondUs / 2;
  for (int i = 0; i < 40; ++i, now_ += kSecondUs) cover_.Add(Received(now_, now_ + 20'000));
  EXPECT_TRUE(Judge(Made(idle)).orphan);
  EXPECT_FALSE(Judge(Made(idle + kSecondUs / 2 + 5'000)).orphan);
}

TEST_F(OrphansTest, ARouteThatBeginsToCauseCallsMakesNoOrphansForLong) {
  Learn(1000);
  int orphans = 0;
  for (int i = 0; i < 20; ++i, now_ += kMinuteUs) {
    cover_.Add(Received(now_, now_ + 20'000, kWrite));
    orphans += Judge(Made(now_ + 5'000)).orphan ? 1 : 0;
  }
  EXPECT_LT(orphans, 5);
  EXPECT_TRUE(Judge(Made(now_)).orphan) << "a call that nothing caused still is one";
}

TEST_F(OrphansTest, TheSidecarsCountNeedsNoOtherRecords) {
  Learn(100);
  Call lost;
  lost.kind = CallKind::kLost;
  lost.source = kCaller;
  lost.source_pod = kPod;
  lost.destination = kCaller;
  lost.destination_pod = kPod;
  lost.end_us = now_;
  cover_.Lost(lost);
  Call call = Made(now_ + kSecondUs);
  EXPECT_FALSE(Judge(call).orphan) << "records are missing, so nobody knows";
  call.inflight = 1;
  EXPECT_FALSE(Judge(call).orphan);
  call.inflight = 0;
  EXPECT_TRUE(Judge(call).orphan);
}

TEST_F(OrphansTest, WhereCallsAreTiedToTheirCauseOneThatIsNotIsAnOrphan) {
  for (int i = 0; i < 100; ++i, now_ += 10 * kSecondUs) {
    cover_.Add(Received(now_, now_ + 20'000));
    ++edge_.calls;
    Call call = Made(now_ + 5'000);
    call.linked = true;
    EXPECT_FALSE(Judge(call).orphan);
  }
  cover_.Add(Received(now_, now_ + 20'000));
  EXPECT_TRUE(Judge(Made(now_ + 5'000)).orphan);
}

}  // namespace
}  // namespace firebreak::detect
