#include "collector/message_room.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace firebreak::collector {
namespace {

constexpr size_t kMost = 1'000;
constexpr size_t kLeast = 100;
constexpr size_t kMany = 100;

RoomBounds Bounds(size_t least, size_t waiting = kMany, size_t waiting_of_one = kMany) {
  return {.bytes = kMost, .least = least, .waiting = waiting, .waiting_of_one = waiting_of_one};
}

class Seeker final : public RoomSeeker {
 public:
  explicit Seeker(std::string principal) : principal_(std::move(principal)) {}
  const std::string& principal() const override { return principal_; }
  void OnRoom(size_t bytes) override { served += bytes; }

  size_t served = 0;

 private:
  const std::string principal_;
};

TEST(MessageRoom, IsGivenInTheOrderInWhichItWasAskedFor) {
  MessageRoom room(Bounds(kMost));
  std::deque<Seeker> seekers;
  for (int i = 0; i < 4; ++i) seekers.emplace_back(std::to_string(i));
  EXPECT_EQ(room.Take(seekers[0], 900), RoomAnswer::kTaken);
  EXPECT_EQ(room.Take(seekers[1], 300), RoomAnswer::kWait);
  EXPECT_EQ(room.Take(seekers[2], 50), RoomAnswer::kWait) << "nobody goes before who waits";
  EXPECT_EQ(room.waiting(), 2);
  room.Serve();
  EXPECT_EQ(seekers[1].served + seekers[2].served, 0);
  room.Give("0", 900);
  room.Serve();
  EXPECT_EQ(seekers[1].served, 300);
  EXPECT_EQ(seekers[2].served, 50);
  EXPECT_EQ(room.held(), 350);
  EXPECT_EQ(room.waiting(), 0);
  EXPECT_EQ(room.Take(seekers[3], 600), RoomAnswer::kTaken);
}

TEST(MessageRoom, OneIdentityLeavesHalfToOthersWhateverItAsksFor) {
  MessageRoom room(Bounds(kLeast));
  std::deque<Seeker> greedy;
  size_t taken = 0;
  for (int i = 0; i < 20; ++i) {
    const bool is_taken = room.Take(greedy.emplace_back("greedy"), 100) == RoomAnswer::kTaken;
    taken += is_taken ? 100 : 0;
  }
  EXPECT_EQ(taken, kMost / 2);
  Seeker honest("honest");
  EXPECT_EQ(room.Take(honest, 500), RoomAnswer::kTaken)
      << "who waits for his own share is in nobody's way";
  room.Give("greedy", 100);
  room.Serve();
  EXPECT_EQ(greedy[5].served, 100);
  EXPECT_EQ(greedy[6].served, 0);
}

TEST(MessageRoom, AWholeMessageIsNeverBeyondAShare) {
  MessageRoom room(Bounds(kMost));
  Seeker seeker("a");
  EXPECT_EQ(room.Take(seeker, kMost), RoomAnswer::kTaken);
}

TEST(MessageRoom, WhoHasGoneIsNotServed) {
  MessageRoom room(Bounds(kLeast));
  Seeker first("a");
  Seeker second("b");
  Seeker third("c");
  EXPECT_EQ(room.Take(first, 500), RoomAnswer::kTaken);
  EXPECT_EQ(room.Take(second, 500), RoomAnswer::kTaken);
  EXPECT_EQ(room.Take(third, 100), RoomAnswer::kWait);
  room.Forget(third);
  room.Give("a", 500);  // nobody has to be served now
  EXPECT_EQ(third.served, 0);
  EXPECT_EQ(room.held(), 500);
  EXPECT_EQ(room.Take(third, 100), RoomAnswer::kTaken) << "nobody waits any more";
}

TEST(MessageRoom, OneIdentityWaitsSoManyTimesAndLeavesOthersTheirPlaces) {
  MessageRoom room(Bounds(kLeast, /*waiting=*/5, /*waiting_of_one=*/3));
  std::deque<Seeker> greedy;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(room.Take(greedy.emplace_back("greedy"), 100), RoomAnswer::kTaken);
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(room.Take(greedy.emplace_back("greedy"), 100), RoomAnswer::kWait);
  }
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(room.Take(greedy.emplace_back("greedy"), 100), RoomAnswer::kOneCrowds);
  }
  EXPECT_EQ(room.waiting(), 3);
  Seeker honest("honest");
  EXPECT_EQ(room.Take(honest, 500), RoomAnswer::kTaken);
  Seeker late("late");
  EXPECT_EQ(room.Take(late, 100), RoomAnswer::kWait);
  room.Give("greedy", 100);
  room.Serve();
  EXPECT_EQ(greedy[5].served, 100) << "who waits keeps its turn";
  EXPECT_EQ(room.Take(greedy[9], 100), RoomAnswer::kWait) << "a place is free again";
}

TEST(MessageRoom, NoMoreThanSoManyWaitInAll) {
  MessageRoom room(Bounds(kMost, /*waiting=*/4, /*waiting_of_one=*/3));
  Seeker holder("holder");
  EXPECT_EQ(room.Take(holder, kMost), RoomAnswer::kTaken);
  std::deque<Seeker> seekers;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(room.Take(seekers.emplace_back(std::to_string(i)), 10), RoomAnswer::kWait);
  }
  Seeker last("last");
  EXPECT_EQ(room.Take(last, 10), RoomAnswer::kAllCrowd);
  room.Forget(last);  // who was turned away waits for nothing
  EXPECT_EQ(room.waiting(), 4);
  room.Forget(seekers[1]);
  EXPECT_EQ(room.Take(last, 10), RoomAnswer::kWait);
  room.Give("holder", kMost);
  room.Serve();
  EXPECT_EQ(seekers[0].served + seekers[2].served + seekers[3].served + last.served, 40);
  EXPECT_EQ(seekers[1].served, 0);
}

TEST(MessageRoom, AllMayGoAtOnceWhileTheyWait) {
  MessageRoom room(Bounds(kMost, kMany, kMany));
  Seeker holder("holder");
  EXPECT_EQ(room.Take(holder, kMost), RoomAnswer::kTaken);
  std::deque<Seeker> seekers;
  for (size_t i = 0; i < kMany; ++i) {
    room.Take(seekers.emplace_back(std::to_string(i % 7)), 10);
  }
  EXPECT_EQ(room.waiting(), kMany);
  for (const Seeker& seeker : seekers) room.Forget(seeker);
  EXPECT_EQ(room.waiting(), 0);
  room.Give("holder", kMost);
  EXPECT_EQ(room.held(), 0);
  EXPECT_EQ(room.Take(holder, kMost), RoomAnswer::kTaken) << "nobody is waited for any more";
}

}  // namespace
}  // namespace firebreak::collector
