#include "detect/state_file.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "detect/names.h"
#include "detect/signal.h"
#include "detect/state.h"
#include "tests/support/temp_folder.h"

namespace firebreak::detect {
namespace {

TEST(StateFile, WhatWasSealedIsOpened) {
  const std::string sealed = SealState("what was learned");
  ASSERT_TRUE(OpenState(sealed).ok());
  EXPECT_EQ(OpenState(sealed)->saved, "what was learned");
  EXPECT_EQ(OpenState(sealed)->version, kStateVersion);
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
  EXPECT_EQ(in.Count(2'000'000), 0u);
  EXPECT_FALSE(in.ok());
}

// Thing is something that can be saved, with a field of each kind.
struct Thing {
  NameId name = kNoName;
  uint8_t small = 0;
  bool flag = false;
  Signal signal = Signal::kHoney;
  int64_t time = 0;
  float real = 0;

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Names(self.name);
    state(self.small, self.flag, self.signal, self.time, self.real);
  }
};

// IsTaken tells whether such a thing can be read where the field so far behind holds the value.
bool IsTaken(size_t field, uint64_t value) {
  StateWriter out;
  out(Thing());
  StateWriter changed;
  changed.Number(value);
  std::string bytes = out.bytes();
  bytes.replace(field * 8, 8, changed.bytes());
  StateReader in(bytes);
  in.LimitNames(3);
  Thing thing;
  in(thing);
  return in.ok();
}

TEST(StateReader, AFieldThatCannotBeIsRefused) {
  constexpr uint64_t kInfinity = 0x7ff0000000000000;
  EXPECT_TRUE(IsTaken(0, 2));
  EXPECT_FALSE(IsTaken(0, 3)) << "there are three names";
  EXPECT_TRUE(IsTaken(1, 255));
  EXPECT_FALSE(IsTaken(1, 256));
  EXPECT_FALSE(IsTaken(2, 2));
  EXPECT_TRUE(IsTaken(3, kSignals - 1));
  EXPECT_FALSE(IsTaken(3, kSignals));
  EXPECT_TRUE(IsTaken(4, static_cast<uint64_t>(-5)));
  EXPECT_FALSE(IsTaken(4, uint64_t{1} << 63));
  EXPECT_FALSE(IsTaken(5, kInfinity));
  EXPECT_FALSE(IsTaken(5, kInfinity - 1)) << "more than a float holds";
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
  again.Restore(in);
  ASSERT_TRUE(in.ok());
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
