#include "collector/message_room.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace firebreak::collector {
namespace {

constexpr size_t kMost = 1'000;
constexpr size_t kLeast = 100;

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
  MessageRoom room(kMost, kMost);
  std::deque<Seeker> seekers;
  for (int i = 0; i < 4; ++i) seekers.emplace_back(std::to_string(i));
  EXPECT_TRUE(room.Take(seekers[0], 900));
  EXPECT_FALSE(room.Take(seekers[1], 300));
  EXPECT_FALSE(room.Take(seekers[2], 50)) << "nobody goes before who waits";
  EXPECT_TRUE(room.awaited());
  room.Serve();
  EXPECT_EQ(seekers[1].served + seekers[2].served, 0);
  room.Give("0", 900);
  room.Serve();
  EXPECT_EQ(seekers[1].served, 300);
  EXPECT_EQ(seekers[2].served, 50);
  EXPECT_EQ(room.held(), 350);
  EXPECT_FALSE(room.awaited());
  EXPECT_TRUE(room.Take(seekers[3], 600));
}

TEST(MessageRoom, OneIdentityLeavesHalfToOthersWhateverItAsksFor) {
  MessageRoom room(kMost, kLeast);
  std::deque<Seeker> greedy;
  size_t taken = 0;
  for (int i = 0; i < 20; ++i) taken += room.Take(greedy.emplace_back("greedy"), 100) ? 100 : 0;
  EXPECT_EQ(taken, kMost / 2);
  Seeker honest("honest");
  EXPECT_TRUE(room.Take(honest, 500)) << "who waits for his own share is in nobody's way";
  room.Give("greedy", 100);
  room.Serve();
  EXPECT_EQ(greedy[5].served, 100);
  EXPECT_EQ(greedy[6].served, 0);
}

TEST(MessageRoom, AWholeMessageIsNeverBeyondAShare) {
  MessageRoom room(kMost, kMost);
  Seeker seeker("a");
  EXPECT_TRUE(room.Take(seeker, kMost));
}

TEST(MessageRoom, WhoHasGoneIsNotServed) {
  MessageRoom room(kMost, kLeast);
  Seeker first("a");
  Seeker second("b");
  Seeker third("c");
  EXPECT_TRUE(room.Take(first, 500));
  EXPECT_TRUE(room.Take(second, 500));
  EXPECT_FALSE(room.Take(third, 100));
  room.Forget(third);
  room.Give("a", 500);  // nobody has to be served now
  EXPECT_EQ(third.served, 0);
  EXPECT_EQ(room.held(), 500);
  EXPECT_TRUE(room.Take(third, 100)) << "nobody waits any more";
}

}  // namespace
}  // namespace firebreak::collector
