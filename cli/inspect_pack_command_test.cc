#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "cli/testing.h"
#include "inspect/pack/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;

class InspectPack : public ::testing::Test {
 protected:
  std::string NewKey(const std::string& name) {
    const CommandRun made = RunForTest({"inspect", "pack", "keygen", folder_.Path(name)});
    EXPECT_EQ(made.exit_code, kExitYes) << made.err;
    return folder_.Path(name);
  }
  CommandRun Sign(const std::string& key) {
    return RunForTest({"inspect", "pack", "sign", pack_, "--key", key});
  }
  CommandRun Check(const std::string& key) {
    return RunForTest({"inspect", "pack", "check", pack_, "--key", key + ".pub"});
  }

  const tests::TempFolder folder_;
  const std::string pack_ = folder_.Write("shop.yaml", inspect::PackOf("{contains: [bad]}"));
};

TEST_F(InspectPack, SignsWhatThenChecksOut) {
  const std::string key = NewKey("ours");
  EXPECT_EQ(Sign(key).exit_code, kExitYes);
  const CommandRun check = Check(key);
  EXPECT_EQ(check.exit_code, kExitYes) << check.err;
  EXPECT_THAT(check.out, HasSubstr("shop version 1, 1 rule, all tests pass"));
  EXPECT_THAT(check.out, HasSubstr("signed by one of the keys"));
  const auto mode = std::filesystem::status(key).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(InspectPack, ATouchedPackAndAStrangersSignatureDoNotCheckOut) {
  const std::string key = NewKey("ours");
  ASSERT_EQ(Sign(key).exit_code, kExitYes);
  EXPECT_EQ(Check(NewKey("theirs")).exit_code, kExitNo);
  folder_.Append("shop.yaml", "# one word more\n");
  const CommandRun touched = Check(key);
  EXPECT_EQ(touched.exit_code, kExitNo);
  EXPECT_THAT(touched.err, HasSubstr("by none of the keys, or of another text"));
  std::filesystem::remove(pack_ + ".sig");
  EXPECT_EQ(Check(key).exit_code, kExitNo);
}

TEST_F(InspectPack, APackWhoseTestsFailIsToldAndNotSigned) {
  folder_.Write("shop.yaml", inspect::PackOf("{contains: [worse]}"));
  const CommandRun check = RunForTest({"inspect", "pack", "check", pack_});
  EXPECT_EQ(check.exit_code, kExitNo);
  EXPECT_THAT(check.err, HasSubstr("SHOP-1 does not match"));
  EXPECT_EQ(Sign(NewKey("ours")).exit_code, kExitNo);
  EXPECT_FALSE(std::filesystem::exists(pack_ + ".sig"));
}

TEST_F(InspectPack, WhatCannotBeReadExitsTwoWhateverElseIsWrong) {
  const std::string missing = folder_.Path("missing.yaml");
  const std::string wrong = folder_.Write("wrong.yaml", inspect::PackOf("{contains: [worse]}"));
  for (const auto& [one, other] : {std::pair(missing, wrong), std::pair(wrong, missing)}) {
    EXPECT_EQ(RunForTest({"inspect", "pack", "check", one, other}).exit_code, kExitUsage);
  }
  const std::string key = NewKey("ours");
  EXPECT_EQ(RunForTest({"inspect", "pack", "sign", missing, "--key", key}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"inspect", "pack", "check", folder_.path()}).exit_code, kExitUsage);
}

TEST_F(InspectPack, NeverWritesOverAKey) {
  const std::string key = NewKey("ours");
  EXPECT_EQ(RunForTest({"inspect", "pack", "keygen", key}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"inspect", "pack", "check", "/no/such/file"}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace firebreak::cli
