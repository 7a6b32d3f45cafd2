#include "flows/sampler.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/simulated_clock.h"
#include "flows/testing.h"

namespace firebreak::flows {
namespace {

Record Request(int status = 200) {
  Record record = FullRecord();
  record.event = Event::kRequest;
  record.verdict = Verdict::kForwarded;
  record.reason = Reason::kNone;
  record.would_be_verdict.reset();
  record.inspection = nullptr;
  HttpInfo http = *record.http;
  http.status = status;
  record.http = std::move(http);
  return record;
}

class SamplerTest : public testing::Test {
 protected:
  Sampler Make(uint64_t one_in) {
    return Sampler(
        one_in,
        [this](const Record& record, uint64_t weight) {
          lines_.push_back({record.flow_id_low, weight});
          total_ += weight;
        },
        clock_);
  }

  SimulatedClock clock_;
  std::vector<std::pair<uint64_t, uint64_t>> lines_;
  uint64_t total_ = 0;
};

TEST_F(SamplerTest, WritesTheLastOfEachGroupWithItsCount) {
  Sampler sampler = Make(10);
  for (uint64_t i = 1; i <= 25; ++i) {
    Record record = Request();
    record.flow_id_low = i;
    sampler.Take(std::move(record));
  }
  EXPECT_EQ(lines_, (std::vector<std::pair<uint64_t, uint64_t>>{{10, 10}, {20, 10}}));
  sampler.HandOnAll();
  EXPECT_EQ(lines_.back(), (std::pair<uint64_t, uint64_t>{25, 5}));
  EXPECT_EQ(total_, 25U);
}

TEST_F(SamplerTest, HoldsNothingForLong) {
  Sampler sampler = Make(10);
  EXPECT_EQ(sampler.UntilLate(), absl::InfiniteDuration());
  sampler.Take(Request());
  clock_.Advance(absl::Seconds(4));
  sampler.HandOnLate();
  EXPECT_TRUE(lines_.empty());
  EXPECT_EQ(sampler.UntilLate(), absl::Seconds(1));
  clock_.Advance(absl::Seconds(1));
  sampler.HandOnLate();
  EXPECT_EQ(total_, 1U);
  EXPECT_EQ(sampler.UntilLate(), absl::InfiniteDuration());
}

TEST_F(SamplerTest, KeepsApartWhatIsNotAlike) {
  Sampler sampler = Make(3);
  for (int i = 0; i < 3; ++i) {
    sampler.Take(Request(200));
    sampler.Take(Request(500));
  }
  ASSERT_EQ(lines_.size(), 2U);
  EXPECT_EQ(total_, 6U);
}

TEST_F(SamplerTest, WritesAtOnceWhatIsNotOrdinary) {
  Sampler sampler = Make(1'000);
  const auto at_once = [&](auto change) {
    lines_.clear();
    Record record = Request();
    change(record);
    sampler.Take(std::move(record));
    return lines_.size() == 1 && lines_[0].second == 1;
  };
  EXPECT_TRUE(at_once([](Record& r) { r.event = Event::kClose; }));
  EXPECT_TRUE(at_once([](Record& r) { r.verdict = Verdict::kDropped; }));
  EXPECT_TRUE(at_once([](Record& r) { r.verdict = Verdict::kAudit; }));
  EXPECT_TRUE(at_once([](Record& r) { r.verdict = Verdict::kError; }));
  EXPECT_TRUE(at_once([](Record& r) { r.reason = Reason::kTimeout; }));
  EXPECT_TRUE(at_once([](Record& r) { r.would_be_verdict = Verdict::kDropped; }));
  EXPECT_TRUE(at_once([](Record& r) {
    r.inspection = std::make_shared<const InspectionInfo>(
        InspectionInfo{.score = 2, .blocked = false, .matches = {}});
  }));
  EXPECT_FALSE(at_once([](Record&) {}));
}

TEST_F(SamplerTest, BoundsWhatItHolds) {
  Sampler sampler = Make(1'000);
  for (size_t i = 0; i < Sampler::kMaxGroups + 10; ++i) {
    sampler.Take(Request(static_cast<int>(i)));
  }
  EXPECT_EQ(lines_.size(), 10U);
}

TEST_F(SamplerTest, OneInOneIsEverything) {
  Sampler sampler = Make(1);
  for (int i = 0; i < 5; ++i) sampler.Take(Request());
  EXPECT_EQ(lines_.size(), 5U);
}

}  // namespace
}  // namespace firebreak::flows
