#include "proxy/main/pack_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "certs/signature_file.h"
#include "inspect/pack/rule_pack.h"
#include "tests/support/temp_folder.h"

namespace firebreak::proxy {
namespace {

using testing::HasSubstr;

class PackLoaderTest : public testing::Test {
 protected:
  static std::string Pack(absl::string_view name, int version, absl::string_view rule,
                          absl::string_view harmless = "good") {
    return absl::StrCat("pack: ", name, "\nversion: ", version, "\nrules:\n- id: ", rule,
                        "\n  why: It is so.\n  conditions:\n  - {contains: [bad]}\n  tests:\n",
                        "  - {target: \"/?q=bad\", matches: true}\n  - {target: \"/?q=", harmless,
                        "\", matches: false}\n");
  }
  void Write(const std::string& file, const std::string& text) {
    folder_.Write(file, text);
    const auto line = certs::SignatureLine(inspect::SignedPartOf(text), key_);
    ASSERT_TRUE(line.ok());
    folder_.Write(file + ".sig", *line);
  }
  // The rules that are in force then; "": refused.
  std::string Load() {
    config::Diagnostics diagnostics;
    const auto packs = LoadPacks({.paths = {folder_.path()}, .keys = {key_.public_half().text()}},
                                 {}, &diagnostics);
    said_ = diagnostics.Format(/*color=*/false);
    if (packs == nullptr) return "";
    std::string rules = absl::StrCat(RulesOf(*packs), ":");
    for (const auto& pack : *packs) absl::StrAppend(&rules, " ", pack->rules[0].id);
    return rules;
  }

  const tests::TempFolder folder_;
  const certs::SigningKey key_ = *certs::SigningKey::Generate();
  std::string said_;
};

TEST_F(PackLoaderTest, ReadsWhatAKnownKeySigned) {
  Write("a.yaml", Pack("first", 1, "A-1"));
  Write("b.yml", Pack("second", 1, "B-1"));
  folder_.Write("notes.txt", "not a pack");
  folder_.Write(".hidden.yaml", "nor is this");
  EXPECT_EQ(Load(), "2: A-1 B-1") << said_;
}

TEST_F(PackLoaderTest, OneThatIsNotSignedRefusesAll) {
  Write("a.yaml", Pack("first", 1, "A-1"));
  folder_.Write("b.yaml", Pack("second", 1, "B-1"));
  EXPECT_EQ(Load(), "");
  EXPECT_THAT(said_, HasSubstr("b.yaml: error"));
  EXPECT_THAT(said_, HasSubstr("no good signature"));
}

TEST_F(PackLoaderTest, OneThatWasChangedAfterItWasSignedIsNotRead) {
  Write("a.yaml", Pack("first", 1, "A-1"));
  folder_.Append("a.yaml", "no: yaml: at: all\n");
  EXPECT_EQ(Load(), "");
  EXPECT_THAT(said_, HasSubstr("no good signature"));
}

TEST_F(PackLoaderTest, OneWhoseTestsFailIsRefused) {
  Write("a.yaml", Pack("first", 1, "A-1", "bad"));
  EXPECT_EQ(Load(), "");
}

TEST_F(PackLoaderTest, OfOneNameTheHighestVersionCounts) {
  Write("a.yaml", Pack("shop", 2, "A-2"));
  Write("b.yaml", Pack("shop", 3, "A-3"));
  Write("c.yaml", Pack("shop", 1, "A-1"));
  EXPECT_EQ(Load(), "1: A-3") << said_;
  Write("d.yaml", Pack("shop", 3, "A-4"));
  EXPECT_EQ(Load(), "");
  EXPECT_THAT(said_, HasSubstr("version 3 of pack shop"));
}

TEST_F(PackLoaderTest, NoTwoPacksHaveARuleOfOneName) {
  Write("a.yaml", Pack("first", 1, "A-1"));
  Write("b.yaml", Pack("second", 1, "A-1"));
  EXPECT_EQ(Load(), "");
  EXPECT_THAT(said_, HasSubstr("rule A-1 is in pack first too"));
}

TEST_F(PackLoaderTest, WhatIsNoKeyIsSaid) {
  config::Diagnostics diagnostics;
  EXPECT_EQ(LoadPacks({.paths = {}, .keys = {"none"}}, {}, &diagnostics), nullptr);
  EXPECT_THAT(diagnostics.Format(/*color=*/false), HasSubstr("inspection.pack_keys[0]"));
}

TEST_F(PackLoaderTest, AFolderWithoutPacksGivesNone) {
  EXPECT_EQ(Load(), "0:");
  EXPECT_THAT(said_, HasSubstr("warning"));
}

}  // namespace
}  // namespace firebreak::proxy
