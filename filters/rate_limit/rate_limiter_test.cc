#include "filters/rate_limit/rate_limiter.h"

#include <gtest/gtest.h>

#include <chrono>

#include "absl/strings/str_cat.h"

namespace firebreak::filters {
namespace {

using config::RateLimitConfig;
using Verdict = RateLimiter::Verdict;
using std::chrono::milliseconds;

constexpr absl::string_view kWeb = "shop.example/ns/shop/sa/web";
constexpr absl::string_view kOrders = "shop.example/ns/shop/sa/orders";
const MonoTime kNow{std::chrono::hours(1)};

RateLimitConfig Rate(int requests_per_second, int burst) {
  return {.principals = {},
          .requests_per_second = requests_per_second,
          .burst = burst,
          .concurrent = std::nullopt};
}

RateLimitConfig Concurrent(int count, std::vector<std::string> principals = {}) {
  return {.principals = std::move(principals),
          .requests_per_second = std::nullopt,
          .burst = 0,
          .concurrent = count};
}

// How many of `tries` requests at one instant are admitted; each ends at once.
int Admitted(RateLimiter& limiter, absl::string_view who, MonoTime now, int tries = 1000) {
  int count = 0;
  for (int i = 0; i < tries; ++i) {
    const RateLimiter::Answer answer = limiter.Admit(who, now);
    if (answer.verdict != Verdict::kAdmitted) continue;
    limiter.Release(*answer.source);
    ++count;
  }
  return count;
}

TEST(RateLimiter, WithoutLimitsNobodyIsCounted) {
  RateLimiter limiter({}, 1);
  EXPECT_EQ(limiter.Admit(kWeb, kNow).verdict, Verdict::kUnlimited);
  EXPECT_EQ(limiter.sources(), 0u);
}

TEST(RateLimiter, ABurstPassesAndThenTheRate) {
  RateLimiter limiter({Rate(/*requests_per_second=*/10, /*burst=*/5)}, 1);
  EXPECT_EQ(Admitted(limiter, kWeb, kNow), 5);
  EXPECT_EQ(Admitted(limiter, kWeb, kNow + milliseconds(99)), 0);
  EXPECT_EQ(Admitted(limiter, kWeb, kNow + milliseconds(100)), 1);
  EXPECT_EQ(Admitted(limiter, kWeb, kNow + milliseconds(400)), 3);
  // Time spent quiet fills the bucket, and no more than it holds.
  EXPECT_EQ(Admitted(limiter, kWeb, kNow + std::chrono::hours(1)), 5);
}

TEST(RateLimiter, RefusedRequestsCostNothing) {
  RateLimiter limiter({Rate(10, 1)}, 1);
  EXPECT_EQ(Admitted(limiter, kWeb, kNow, /*tries=*/100'000), 1);
  EXPECT_EQ(Admitted(limiter, kWeb, kNow + milliseconds(100)), 1);
}

TEST(RateLimiter, EachIdentityIsCountedByItself) {
  RateLimiter limiter({Rate(10, 5)}, 1);
  EXPECT_EQ(Admitted(limiter, kWeb, kNow), 5);
  EXPECT_EQ(Admitted(limiter, kOrders, kNow), 5);
  EXPECT_EQ(Admitted(limiter, "", kNow), 5);  // all clients without an identity together
  EXPECT_EQ(Admitted(limiter, "", kNow), 0);
}

TEST(RateLimiter, TheFirstEntryThatNamesASourceIsItsLimit) {
  RateLimiter limiter({Concurrent(1, {"shop.example/ns/shop/sa/web"}), Concurrent(2, {"*/sa/web"}),
                       Concurrent(3, {"other.example/*"})},
                      1);
  const auto most = [&](absl::string_view who) {
    int count = 0;
    while (count < 10 && limiter.Admit(who, kNow).verdict == Verdict::kAdmitted) ++count;
    return count;
  };
  EXPECT_EQ(most("shop.example/ns/shop/sa/web"), 1);
  EXPECT_EQ(most("other.example/ns/shop/sa/web"), 2);
  EXPECT_EQ(most("other.example/ns/shop/sa/orders"), 3);
  EXPECT_EQ(limiter.Admit(kOrders, kNow).verdict, Verdict::kUnlimited);
  EXPECT_EQ(limiter.Admit("", kNow).verdict, Verdict::kUnlimited);
}

TEST(RateLimiter, ARequestThatEndsMakesRoomForAnother) {
  RateLimiter limiter({Concurrent(2)}, 1);
  const RateLimiter::Answer first = limiter.Admit(kWeb, kNow);
  const RateLimiter::Answer second = limiter.Admit(kWeb, kNow);
  EXPECT_EQ(second.verdict, Verdict::kAdmitted);
  EXPECT_EQ(limiter.Admit(kWeb, kNow).verdict, Verdict::kTooMany);
  EXPECT_EQ(limiter.Admit(kOrders, kNow).verdict, Verdict::kAdmitted);
  limiter.Release(*first.source);
  EXPECT_EQ(limiter.Admit(kWeb, kNow).verdict, Verdict::kAdmitted);
  EXPECT_EQ(limiter.Admit(kWeb, kNow).verdict, Verdict::kTooMany);
}

TEST(RateLimiter, TooManyAtOnceDoNotUseUpTheRate) {
  RateLimitConfig both = Rate(10, 2);
  both.concurrent = 1;
  RateLimiter limiter({both}, 1);
  const RateLimiter::Answer first = limiter.Admit(kWeb, kNow);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(limiter.Admit(kWeb, kNow).verdict, Verdict::kTooMany);
  limiter.Release(*first.source);
  EXPECT_EQ(Admitted(limiter, kWeb, kNow), 1);
}

TEST(RateLimiter, WorkersHaveEqualSharesRoundedUp) {
  RateLimiter rate({Rate(/*requests_per_second=*/10, /*burst=*/10)}, /*workers=*/4);
  EXPECT_EQ(Admitted(rate, kWeb, kNow), 3);  // 10 / 4, rounded up
  EXPECT_EQ(Admitted(rate, kWeb, kNow + milliseconds(399)), 0);
  EXPECT_EQ(Admitted(rate, kWeb, kNow + milliseconds(400)), 1);
  RateLimiter least({Rate(1, 1)}, /*workers=*/64);
  EXPECT_EQ(Admitted(least, kWeb, kNow), 1);
  EXPECT_EQ(Admitted(least, kWeb, kNow + std::chrono::seconds(63)), 0);
  EXPECT_EQ(Admitted(least, kWeb, kNow + std::chrono::seconds(64)), 1);
  RateLimiter concurrent({Concurrent(5)}, /*workers=*/4);
  EXPECT_EQ(concurrent.Admit(kWeb, kNow).verdict, Verdict::kAdmitted);
  EXPECT_EQ(concurrent.Admit(kWeb, kNow).verdict, Verdict::kAdmitted);
  EXPECT_EQ(concurrent.Admit(kWeb, kNow).verdict, Verdict::kTooMany);
}

TEST(RateLimiter, ForgetsTheSourceThatWasQuietLongest) {
  RateLimiter limiter({Rate(1, 1)}, 1);
  for (size_t i = 0; i < RateLimiter::kMaxSources; ++i) {
    EXPECT_EQ(Admitted(limiter, absl::StrCat("td/", i), kNow, 1), 1);
  }
  EXPECT_EQ(Admitted(limiter, "td/more", kNow, 1), 1);
  EXPECT_EQ(limiter.sources(), RateLimiter::kMaxSources);
  EXPECT_EQ(Admitted(limiter, "td/1", kNow, 1), 0);  // still known
  EXPECT_EQ(Admitted(limiter, "td/0", kNow, 1), 1);  // forgotten
}

TEST(RateLimiter, NeverForgetsASourceWithRequestsUnderWay) {
  RateLimiter limiter({Concurrent(1)}, 1);
  std::vector<RateLimiter::Source*> held;
  for (size_t i = 0; i < RateLimiter::kMaxSources; ++i) {
    held.push_back(limiter.Admit(absl::StrCat("td/", i), kNow).source);
  }
  EXPECT_EQ(limiter.Admit("td/more", kNow).verdict, Verdict::kNoRoom);
  EXPECT_EQ(limiter.Admit("td/7", kNow).verdict, Verdict::kTooMany);
  limiter.Release(*held[7]);
  EXPECT_EQ(limiter.Admit("td/more", kNow).verdict, Verdict::kAdmitted);
  EXPECT_EQ(limiter.sources(), RateLimiter::kMaxSources);
}

}  // namespace
}  // namespace firebreak::filters
