#include "detect/contacts.h"

#include <gtest/gtest.h>

#include <vector>

#include "detect/testing.h"

namespace firebreak::detect {
namespace {

constexpr Ages kOld = {.source_identity = 500,
                       .destination_identity = 500,
                       .source_generation = 500,
                       .generation_brings_news = 0.5};

class ContactsTest : public ::testing::Test {
 protected:
  // Try makes one call and returns whether the sequence was found to be a search.
  bool Try(NameId destination, Outcome outcome, NameId route = 9) {
    Call call;
    call.source = 2;
    call.source_pod = 3;
    call.destination = destination;
    call.route = route;
    call.outcome = outcome;
    call.start_us = call.end_us = now_ += kMinuteUs;
    clues_.clear();
    contacts_.See(call, kOld, edges_, clues_);
    if (outcome == Outcome::kCarried) edges_.See(call, kOld);
    for (const Clue& clue : clues_) {
      if (clue.signal == Signal::kDenied) return true;
    }
    return false;
  }

  Contacts contacts_;
  EdgeBook edges_;
  std::vector<Clue> clues_;
  int64_t now_ = kTestStartUs;
};

TEST_F(ContactsTest, ASearchIsFoundWithinNineDoorsWhoeverSearches) {
  int doors = 1;
  while (!Try(static_cast<NameId>(100 + doors), Outcome::kDenied)) ++doors;
  EXPECT_LE(doors, 9);
}

TEST_F(ContactsTest, OneThatNeverFailsIsFoundSooner) {
  for (NameId i = 0; i < 200; ++i) EXPECT_FALSE(Try(1000 + i, Outcome::kCarried));
  int doors = 1;
  while (!Try(static_cast<NameId>(100 + doors), Outcome::kDenied)) ++doors;
  EXPECT_LE(doors, 5);
}

TEST_F(ContactsTest, RetriesOfOneRefusedCallAreOneContact) {
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(Try(100, Outcome::kDenied));
}

TEST_F(ContactsTest, AKnownServiceThatIsDownIsNoSearch) {
  for (NameId i = 0; i < 20; ++i) Try(100 + i, Outcome::kCarried);
  for (NameId i = 0; i < 20; ++i) EXPECT_FALSE(Try(100 + i, Outcome::kFailed));
}

TEST_F(ContactsTest, ASlowSearchOfOneDoorInTwoHoursIsMissed) {
  for (NameId i = 0; i < 50; ++i, now_ += 2 * kHourUs) EXPECT_FALSE(Try(100 + i, Outcome::kDenied));
}

}  // namespace
}  // namespace firebreak::detect
