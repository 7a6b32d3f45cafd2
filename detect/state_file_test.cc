#include "detect/state_file.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "detect/names.h"
#include "tests/support/temp_folder.h"

namespace firebreak::detect {
namespace {

TEST(StateFile, WhatWasSealedIsOpened) {
  const std::string sealed = SealState("what was learned");
  ASSERT_TRUE(OpenState(sealed).ok());
  EXPECT_EQ(*OpenState(sealed), "what was learned");
}

TEST(StateFile, EveryFlippedBitIsNoticed) {
  const std::string sealed = SealState("what was learned in a day");
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string damaged = sealed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(OpenState(damaged).ok()) << bit;
  }
}

TEST(StateFile, EveryCutIsNoticed) {
  const std::string sealed = SealState("what was learned in a day");
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(OpenState(sealed.substr(0, size)).ok()) << size;
  }
}

TEST(StateFile, AnotherVersionIsToldApartFromDamage) {
  std::string sealed = SealState("x");
  sealed[16] = 99;
  EXPECT_EQ(OpenState(sealed).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(StateFile, AFileIsReplacedWholeAndLeavesNothingBeside) {
  const tests::TempFolder folder;
  const std::string path = folder.Write("state", "old");
  ASSERT_TRUE(WriteStateFile(path, "new").ok());
  EXPECT_EQ(*ReadStateFile(path), "new");
  EXPECT_FALSE(WriteStateFile(absl::StrCat(path, "/no/such"), "new").ok());
  EXPECT_FALSE(ReadStateFile(absl::StrCat(path, "-not")).ok());
}

TEST(StateFile, ACountBeyondTheBytesIsRefusedBeforeMemoryIsAsked) {
  StateWriter out;
  out.Number(1'000'000);
  StateReader in(out.bytes());
  EXPECT_FALSE(in.Count(2'000'000).ok());
}

TEST(Names, IdsAreInOrderAndSurviveAFile) {
  Names names;
  EXPECT_EQ(names.Intern("b"), 2u);
  EXPECT_EQ(names.Intern("a"), 3u);
  EXPECT_EQ(names.Intern("b"), 2u);
  for (int i = 0; i < 5000; ++i) names.Intern(absl::StrCat("name ", i));
  StateWriter out;
  names.Save(out);
  Names again;
  StateReader in(out.bytes());
  ASSERT_TRUE(again.Restore(in).ok());
  EXPECT_EQ(again.Intern("name 77"), names.Intern("name 77"));
  EXPECT_EQ(again.Text(3), "a");
}

TEST(Names, BeyondTheBoundAllAreOne) {
  Names names(/*max_names=*/4);
  names.Intern("a");
  names.Intern("b");
  EXPECT_EQ(names.Intern("c"), kOtherName);
  EXPECT_EQ(names.Text(names.Intern("d")), "(other)");
  EXPECT_EQ(names.Text(names.Intern("a")), "a");
}

}  // namespace
}  // namespace firebreak::detect
