#include "detect/cover.h"

#include <gtest/gtest.h>

#include <vector>

#include "detect/testing.h"

namespace firebreak::detect {
namespace {

constexpr NameId kPod = 5;
constexpr NameId kOldRoute = 10;
constexpr NameId kNewRoute = 11;

Call Received(int64_t start_us, NameId route) {
  Call call;
  call.destination = 6;
  call.destination_pod = kPod;
  call.route = route;
  call.start_us = start_us;
  call.end_us = start_us + 20'000;
  return call;
}

Call Made(int64_t start_us) {
  Call call;
  call.source = 6;
  call.source_pod = kPod;
  call.start_us = start_us;
  return call;
}

class CoverTest : public ::testing::Test {
 protected:
  CoverTest() {
    for (int i = 0; i < 1'000; ++i, now_ += kMinuteUs) cover_.Add(Received(now_, kOldRoute));
  }

  Cover cover_;
  int64_t now_ = kTestStartUs;
};

TEST_F(CoverTest, ARouteThatIsNewToItsPodIsFreshWhileItIsOpen) {
  cover_.Add(Received(now_, kNewRoute));
  const auto hours = cover_.FreshRouteHours(Made(now_ + 5'000));
  ASSERT_TRUE(hours.has_value());
  EXPECT_LT(*hours, 0.001);
  EXPECT_FALSE(cover_.FreshRouteHours(Made(now_ + 5 * kSecondUs)).has_value());
}

TEST_F(CoverTest, ARouteAsOldAsItsPodIsNot) {
  cover_.Add(Received(now_, kOldRoute));
  EXPECT_FALSE(cover_.FreshRouteHours(Made(now_ + 5'000)).has_value());
}

TEST_F(CoverTest, WhatLiesBeforeAllThatIsKeptIsNotKnown) {
  for (int i = 0; i < 300; ++i, now_ += 200'000) cover_.Add(Received(now_, kOldRoute));
  std::vector<Cover::Gap> gaps;
  EXPECT_TRUE(cover_.GapsOf(Made(now_ - 10 * kSecondUs), gaps));
  EXPECT_FALSE(cover_.GapsOf(Made(now_ - 59 * kSecondUs), gaps)) << "too many for so long";
}

}  // namespace
}  // namespace firebreak::detect
