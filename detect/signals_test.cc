// The signals that look at one pair or one pod.
#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "detect/beacon.h"
#include "detect/exfiltration.h"
#include "detect/fan_out.h"
#include "detect/payload.h"
#include "detect/testing.h"

namespace firebreak::detect {
namespace {

constexpr Ages kOld = {.source_identity = 500,
                       .destination_identity = 500,
                       .source_generation = 500,
                       .generation_brings_news = 0.5};

Call CallAt(int64_t at_us, NameId destination = 3) {
  Call call;
  call.source = 2;
  call.source_pod = 20;
  call.destination = destination;
  call.start_us = at_us;
  call.end_us = at_us + 1'000;
  return call;
}

// FirstBeacon is after how many calls a rhythm was told of; 0: never.
int FirstBeacon(int64_t period_us, int64_t jitter_us, bool first_is_new) {
  Beacon beacon;
  int64_t at = kTestStartUs;
  for (int i = 0; i < 60; ++i) {
    Call call = CallAt(at);
    call.destination_outside = true;
    call.bytes_sent = 200 + static_cast<uint64_t>(i % 3);
    if (beacon.See(call, kOld, first_is_new && i == 0).has_value()) return i + 1;
    at += period_us + (i * 7919) % 11 * jitter_us / 10 - jitter_us / 2;
  }
  return 0;
}

TEST(Beacon, AClockIsFoundSoonAlsoWithJitter) {
  EXPECT_EQ(FirstBeacon(kMinuteUs, 0, true), 13);
  EXPECT_GT(FirstBeacon(kMinuteUs, 10 * kSecondUs, true), 0);
}

TEST(Beacon, APairThatWasLearnedIsLeftOut) { EXPECT_EQ(FirstBeacon(kMinuteUs, 0, false), 0); }

TEST(Beacon, CallsAsTheyComeAreNoBeacon) {
  Beacon beacon;
  int64_t at = kTestStartUs;
  uint64_t state = 1;
  for (int i = 0; i < 500; ++i) {
    EXPECT_FALSE(beacon.See(CallAt(at), kOld, i == 0).has_value()) << i;
    state = state * 6364136223846793005 + 1442695040888963407;
    const double unit = static_cast<double>(state >> 11) * 0x1p-53;
    at += static_cast<int64_t>(-60e6 * std::log(1 - unit));
  }
}

TEST(Beacon, WhatSeveralCallLikewiseIsInfrastructure) {
  Beacon beacon;
  bool told = false;
  for (int i = 0; i < 60; ++i) {
    Call one = CallAt(kTestStartUs + i * kMinuteUs);
    Call other = one;
    other.source = 5;
    told |= beacon.See(one, kOld, i == 0).has_value();
    told |= beacon.See(other, kOld, i == 0).has_value();
  }
  EXPECT_FALSE(told);
}

constexpr int64_t kFiveMinutesUs = 5 * kMinuteUs;

// FeedHours gives a pair some hours of traffic and returns what was told, if anything.
std::optional<Clue> FeedHours(Exfiltration& signal, int from_hour, int hours, uint64_t an_hour) {
  std::optional<Clue> told;
  for (int hour = from_hour; hour < from_hour + hours; ++hour) {
    for (int i = 0; i < 10; ++i) {
      Call call = CallAt(kTestStartUs + hour * kHourUs + i * kFiveMinutesUs);
      call.bytes_sent = an_hour / 10;
      call.bytes_received = 1'000;
      if (auto clue = signal.See(call, /*new_pair=*/false)) told = clue;
    }
  }
  return told;
}

TEST(Exfiltration, AnHourOfAHundredTimesTheBytesIsTold) {
  Exfiltration signal;
  EXPECT_FALSE(FeedHours(signal, 0, 24, 1'000'000).has_value());
  EXPECT_TRUE(FeedHours(signal, 24, 1, 100'000'000).has_value());
}

TEST(Exfiltration, TwiceTheBytesIsNothing) {
  Exfiltration signal;
  FeedHours(signal, 0, 24, 10'000'000);
  EXPECT_FALSE(FeedHours(signal, 24, 5, 20'000'000).has_value());
}

TEST(Exfiltration, MegabytesToANewAddressWithNothingBackAreTold) {
  Exfiltration signal;
  bool told = false;
  for (int i = 0; i < 5; ++i) {
    Call call = CallAt(kTestStartUs + i * kMinuteUs);
    call.bytes_sent = 900'000;
    call.bytes_received = 400;
    call.destination_outside = true;
    told |= signal.See(call, /*new_pair=*/i == 0).has_value();
  }
  EXPECT_TRUE(told);
}

TEST(FanOut, CountsWithinFifteenPercent) {
  for (const int different : {3, 10, 50, 300}) {
    DistinctCount count;
    uint64_t state = 7;
    for (int i = 0; i < different; ++i) {
      state = state * 6364136223846793005 + 1442695040888963407;
      uint64_t hash = state ^ (state >> 31);
      hash *= 0x9e3779b97f4a7c15;
      for (int again = 0; again < 3; ++again) count.Add(hash ^ (hash >> 29));
    }
    EXPECT_NEAR(count.Estimate(), different, 0.3 * different + 1) << different;
  }
}

TEST(FanOut, ManyDestinationsWhereFewAreUsualAreTold) {
  FanOut signal;
  for (int i = 0; i < 1000; ++i) {
    const auto destination = static_cast<NameId>(3 + i % 4);
    const Call call = CallAt(kTestStartUs + i * kMinuteUs, destination);
    EXPECT_FALSE(signal.See(call, /*learning=*/true).has_value());
  }
  bool told = false;
  for (NameId i = 0; i < 40; ++i) {
    const Call call = CallAt(kTestStartUs + kDayUs + i * kSecondUs, 100 + i);
    told |= signal.See(call, /*learning=*/false).has_value();
  }
  EXPECT_TRUE(told);
}

TEST(Payload, AnOrphanWithinAMinuteOfAnAttackIsTold) {
  Payload signal;
  Call attack = CallAt(kTestStartUs);
  attack.destination_pod = 20;
  signal.Received(attack);
  EXPECT_TRUE(signal.Orphan(CallAt(kTestStartUs + 30 * kSecondUs)).has_value());
  EXPECT_FALSE(signal.Orphan(CallAt(kTestStartUs + 2 * kMinuteUs)).has_value());
  Call elsewhere = CallAt(kTestStartUs + 30 * kSecondUs);
  elsewhere.source_pod = 21;
  EXPECT_FALSE(signal.Orphan(elsewhere).has_value());
}

TEST(Population, KubernetesNamesTellRollOutsFromScaleOuts) {
  EXPECT_EQ(GenerationOf("shop/orders-7d4b9c6f8-x2k4p"), "shop/orders-7d4b9c6f8");
  EXPECT_EQ(GenerationOf("shop/orders-0"), "shop/orders-0");
  EXPECT_EQ(GenerationOf("shop/web-front-abcde"), "shop/web-front-abcde");
}

}  // namespace
}  // namespace firebreak::detect
