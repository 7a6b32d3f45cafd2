#include "collector/session_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace firebreak::collector {
namespace {

struct Guest {
  int number = 0;
};
constexpr size_t kMany = 1'000'000;

class SessionTableTest : public testing::Test {
 protected:
  Guest* Add(int number) {
    auto guest = std::make_unique<Guest>(Guest{number});
    Guest* const raw = guest.get();
    table_.Add(std::move(guest));
    return raw;
  }

  SessionTable<Guest> table_;
};

TEST_F(SessionTableTest, AllMayGoInAnyOrderAndEachGoesAlone) {
  constexpr int kGuests = 20'000;
  std::vector<Guest*> guests;
  for (int i = 0; i < kGuests; ++i) {
    guests.push_back(Add(i));
    if (i % 2 == 0) {
      EXPECT_TRUE(table_.Name(*guests.back(), std::to_string(i % 100), kMany));
    }
  }
  EXPECT_EQ(table_.named(), size_t{kGuests} / 2);
  std::vector<Guest*> leaving = guests;
  std::shuffle(leaving.begin(), leaving.end(), std::mt19937(1));
  for (size_t left = leaving.size(); left > 0; --left) {
    Guest* const guest = leaving[left - 1];
    const int number = guest->number;
    const std::unique_ptr<Guest> taken = table_.Take(*guest);
    ASSERT_EQ(taken.get(), guest);
    ASSERT_EQ(taken->number, number);
    ASSERT_EQ(table_.size(), left - 1);
  }
  EXPECT_EQ(table_.named(), 0);
  EXPECT_EQ(table_.OldestStranger(), nullptr);
}

TEST_F(SessionTableTest, WhoHasTakenLongestToSayWhoItIsStandsFirst) {
  const Guest* first = Add(1);
  Guest* second = Add(2);
  Guest* third = Add(3);
  EXPECT_EQ(table_.OldestStranger(), first);
  EXPECT_TRUE(table_.Name(*first, "a", kMany));
  EXPECT_EQ(table_.OldestStranger(), second);
  table_.Take(*second);
  EXPECT_EQ(table_.OldestStranger(), third);
}

TEST_F(SessionTableTest, AShareIsFreeAgainOnceItsSessionsAreGone) {
  const Guest* first = Add(1);
  const Guest* second = Add(2);
  const Guest* other = Add(3);
  EXPECT_TRUE(table_.Name(*first, "a", 1));
  EXPECT_FALSE(table_.Name(*second, "a", 1));
  EXPECT_TRUE(table_.Name(*other, "b", 1));
  EXPECT_EQ(table_.OldestStranger(), second) << "who was turned away has no name";
  table_.Take(*first);
  EXPECT_TRUE(table_.Name(*second, "a", 1));
}

TEST_F(SessionTableTest, EachMayEndOfWhatIsDoneToAll) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(table_.Name(*Add(i), "a", kMany));
  int seen = 0;
  table_.ForEachNamed([&](const Guest& guest) {
    EXPECT_EQ(guest.number, seen++);
    if (guest.number % 3 > 0) table_.Take(guest);
  });
  EXPECT_EQ(seen, 100);
  EXPECT_EQ(table_.named(), 34);
}

}  // namespace
}  // namespace firebreak::collector
