#include "policy/loader.h"

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "config/diagnostics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "policy/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::policy {
namespace {

using ::testing::HasSubstr;

class PolicyLoader : public ::testing::Test {
 protected:
  std::string Path(absl::string_view name) const { return folder_.Path(name); }
  std::string Write(absl::string_view name, absl::string_view text) const {
    return folder_.Write(name, text);
  }

  std::shared_ptr<const PolicySet> Load(const std::vector<std::string>& paths) {
    config::Diagnostics diagnostics;
    auto policy = LoadPolicy(paths, TestWorkload(), &diagnostics);
    said_ = diagnostics.Format(/*color=*/false);
    return policy;
  }

  const tests::TempFolder folder_;
  std::string said_;
};

std::string AllowAll(absl::string_view name) { return PolicyText(name, "", "  - {}"); }

TEST_F(PolicyLoader, ReadsYamlFilesOfAFolderInTheOrderOfNames) {
  Write("b.yml", AllowAll("second"));
  Write("a.yaml", AllowAll("first"));
  Write("notes.txt", "not a policy");
  Write(".hidden.yaml", "not: [a policy");
  auto policy = Load({folder_.path()});
  ASSERT_NE(policy, nullptr) << said_;
  EXPECT_EQ(policy->policy_count(), 2U);
  const Decision decision = Decide(policy, Question{"td/x"});
  EXPECT_EQ(Answer(decision), "FORWARDED shop/first rules[0]");
  EXPECT_EQ(decision.rule->source, absl::StrCat(Path("a.yaml"), ":7"));
}

TEST_F(PolicyLoader, FollowsTheLinksOfAKubernetesConfigMap) {
  std::filesystem::create_directory(Path("..2026_01_01"));
  Write("..2026_01_01/p.yaml", AllowAll("p"));
  std::filesystem::create_directory_symlink("..2026_01_01", Path("..data"));
  std::filesystem::create_symlink("..data/p.yaml", Path("p.yaml"));
  auto policy = Load({folder_.path()});
  ASSERT_NE(policy, nullptr) << said_;
  EXPECT_EQ(policy->policy_count(), 1U);
}

TEST_F(PolicyLoader, OneBadFileRefusesTheWholeLoad) {
  Write("a.yaml", AllowAll("good"));
  Write("b.yaml", PolicyText("bad", "action: DENY", "  - {from: [{sauce: {}}]}"));
  EXPECT_EQ(Load({folder_.path()}), nullptr);
  EXPECT_THAT(said_, HasSubstr("b.yaml:8:14: error[FB0104]"));
}

TEST_F(PolicyLoader, OneBadDocumentRefusesItsFile) {
  const std::string file = Write("a.yaml", absl::StrCat(AllowAll("good"), "---\nkind: Secret\n"));
  EXPECT_EQ(Load({file}), nullptr);
  EXPECT_THAT(said_, HasSubstr("FB0301"));
}

TEST_F(PolicyLoader, MissingPathIsAnError) {
  EXPECT_EQ(Load({Path("nowhere")}), nullptr);
  EXPECT_THAT(said_, HasSubstr("FB0101"));
  EXPECT_THAT(said_, HasSubstr("nowhere"));
}

TEST_F(PolicyLoader, DanglingLinkIsAnError) {
  std::filesystem::create_symlink("gone.yaml", Path("p.yaml"));
  EXPECT_EQ(Load({folder_.path()}), nullptr);
}

TEST_F(PolicyLoader, EmptyFolderDeniesEverythingAndSaysSo) {
  auto policy = Load({folder_.path()});
  ASSERT_NE(policy, nullptr);
  EXPECT_THAT(said_, HasSubstr("warning[FB0313]"));
  EXPECT_EQ(Answer(Decide(policy, Question{"td/x"})), "DROPPED NO_RULE");
}

TEST_F(PolicyLoader, FileOfCommentsDeniesEverythingAndSaysSo) {
  auto policy = Load({Write("a.yaml", "# nothing yet\n---\n# nor here\n")});
  ASSERT_NE(policy, nullptr) << said_;
  EXPECT_THAT(said_, HasSubstr("warning[FB0102]"));
}

TEST_F(PolicyLoader, FileOfNoBytesIsRefusedSinceItMayBeHalfWritten) {
  EXPECT_EQ(Load({Write("a.yaml", "")}), nullptr);
  EXPECT_THAT(said_, HasSubstr("FB0102"));
}

TEST_F(PolicyLoader, NoPathsIsTheEmptyPolicy) {
  auto policy = Load({});
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(Answer(Decide(policy, Question{"td/x"})), "DROPPED NO_RULE");
}

TEST_F(PolicyLoader, FolderInAFolderIsAnErrorAndNotOverlooked) {
  std::filesystem::create_directory(Path("deny"));
  EXPECT_EQ(Load({folder_.path()}), nullptr);
  EXPECT_THAT(said_, HasSubstr("folders inside a folder are not read"));
}

TEST_F(PolicyLoader, SamePolicyTwiceIsAnErrorAcrossFiles) {
  Write("a.yaml", AllowAll("p"));
  Write("b.yaml", AllowAll("p"));
  EXPECT_EQ(Load({folder_.path()}), nullptr);
  EXPECT_THAT(said_, HasSubstr(absl::StrCat("already defined at ", Path("a.yaml"), ":4")));
}

TEST_F(PolicyLoader, WarnsWhenNothingAppliesToTheWorkload) {
  auto policy =
      Load({Write("a.yaml", PolicyText("p", "selector: {matchLabels: {app: other}}", "  - {}"))});
  ASSERT_NE(policy, nullptr);
  EXPECT_THAT(said_, HasSubstr("no policy applies to this workload"));
}

TEST_F(PolicyLoader, RevisionFollowsTheTextAndNothingElse) {
  const std::string a = Write("a.yaml", AllowAll("p"));
  const std::string b = Write("b.yaml", AllowAll("p"));
  const std::string c = Write("c.yaml", AllowAll("q"));
  auto first = Load({a});
  auto copy = Load({b});
  auto other = Load({c});
  EXPECT_EQ(*first->revision(), *copy->revision());
  EXPECT_NE(*first->revision(), *other->revision());
  EXPECT_EQ(first->revision()->size(), 16U);
}

TEST_F(PolicyLoader, ErrorsOfTheCallerDoNotRefuseAGoodPolicy) {
  config::Diagnostics diagnostics;
  diagnostics.Error(config::ErrorCode::kInvalidValue, "proxy.yaml", "something else");
  EXPECT_NE(LoadPolicy({Write("a.yaml", AllowAll("p"))}, TestWorkload(), &diagnostics), nullptr);
}

// A load of this text must be refused with this code, and not crash.
struct BadText {
  std::string text;
  const char* code;
};

TEST_F(PolicyLoader, RefusesTextThatIsNoPolicyByPositionAndCode) {
  const std::string head = "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n";
  const std::string deep(200, '[');
  for (const auto& [text, code] :
       {BadText{"[]\n", "error["}, BadText{"- kind: AuthorizationPolicy\n", "error["},
        BadText{"just words\n", "error["}, BadText{std::string("\xff\xfe\x00", 3), "FB0108"},
        BadText{absl::StrCat(head, "metadata: {name: \xc3\x28}\n"), "FB0108"},
        BadText{absl::StrCat(head, "metadata: {name: p}\nspec:\n\trules: []\n"), "p.yaml:5"},
        BadText{absl::StrCat(head, "metadata: {name: p}\nspec: {rules: ", deep, "}\n"), "error["},
        BadText{absl::StrCat(head, "metadata: {name: p}\nspec: {action: DENY}\n"), "FB0303"},
        BadText{absl::StrCat(head, "metadata: {name: p}\nspec: {rules: []}\nspec: {}\n"), "FB0105"},
        BadText{absl::StrCat(head, "metadata: {name: '", std::string(1 << 20, 'x'), "'}\n"),
                "FB0302"}}) {
    EXPECT_EQ(Load({Write("p.yaml", text)}), nullptr) << text.substr(0, 80);
    EXPECT_THAT(said_, HasSubstr(code)) << text.substr(0, 80);
    EXPECT_LT(said_.size(), 64U * 1024) << "an error repeats the whole line";
  }
}

TEST_F(PolicyLoader, TakesLineEndsAndByteOrderMarkOfWindows) {
  std::string text = PolicyText("p", "", "  - {from: [{source: {namespaces: [a]}}]}");
  text = absl::StrReplaceAll(text, {{"\n", "\r\n"}});
  for (const std::string& written : {text, absl::StrCat("\xef\xbb\xbf", text)}) {
    auto policy = Load({Write("p.yaml", written)});
    ASSERT_NE(policy, nullptr) << said_;
    EXPECT_EQ(Answer(Decide(policy, Question{"td/ns/a/sa/x"})), "FORWARDED shop/p rules[0]");
    EXPECT_EQ(Answer(Decide(policy, Question{"td/ns/b/sa/x"})), "DROPPED NO_RULE");
  }
}

TEST_F(PolicyLoader, EmptyRulesAndTheEmptyRuleAreOpposites) {
  auto none = Load({Write("p.yaml", PolicyText("p", "rules: []", ""))});
  ASSERT_NE(none, nullptr) << said_;
  EXPECT_EQ(Answer(Decide(none, Question{"td/x"})), "DROPPED NO_RULE");
  auto all = Load({Write("p.yaml", PolicyText("p", "rules: [{}]", ""))});
  ASSERT_NE(all, nullptr) << said_;
  EXPECT_EQ(Answer(Decide(all, Question{"td/x"})), "FORWARDED shop/p rules[0]");
}

TEST_F(PolicyLoader, FolderThatVanishesIsAnErrorAndNoEmptyPolicy) {
  std::filesystem::create_directory(Path("gone"));
  ASSERT_NE(Load({Path("gone")}), nullptr);
  std::filesystem::remove(Path("gone"));
  EXPECT_EQ(Load({Path("gone")}), nullptr);
  EXPECT_THAT(said_, HasSubstr("FB0101"));
}

TEST_F(PolicyLoader, SwapOfAConfigMapIsWholeOnEitherSide) {
  for (const char* version : {"..v1", "..v2"}) {
    std::filesystem::create_directory(Path(version));
    Write(absl::StrCat(version, "/p.yaml"), AllowAll(version + 2));
  }
  std::filesystem::create_directory_symlink("..v1", Path("..data"));
  std::filesystem::create_symlink("..data/p.yaml", Path("p.yaml"));
  EXPECT_EQ(Answer(Decide(Load({folder_.path()}), Question{"td/x"})), "FORWARDED shop/v1 rules[0]");
  std::filesystem::create_directory_symlink("..v2", Path("..data_tmp"));
  std::filesystem::rename(Path("..data_tmp"), Path("..data"));
  EXPECT_EQ(Answer(Decide(Load({folder_.path()}), Question{"td/x"})), "FORWARDED shop/v2 rules[0]");
}

TEST_F(PolicyLoader, GroupsServePoliciesOfOtherFilesAndAreChecked) {
  Write("a.yaml", PolicyText("p", "", "  - {from: [{source: {principals: ['group:g']}}]}"));
  Write("z.yaml",
        "apiVersion: firebreak.dev/v1\nkind: PrincipalGroup\nmetadata: {name: g, namespace: shop}\n"
        "spec: {principals: [td/a]}\n");
  auto policy = Load({folder_.path()});
  ASSERT_NE(policy, nullptr) << said_;
  EXPECT_EQ(Answer(Decide(policy, Question{"td/a"})), "FORWARDED shop/p rules[0]");
  std::filesystem::remove(Path("z.yaml"));
  EXPECT_EQ(Load({folder_.path()}), nullptr);
  EXPECT_THAT(said_, HasSubstr(absl::StrCat(Path("a.yaml"), ":7:36: error[FB0316]")));
}

TEST_F(PolicyLoader, HundredThousandRulesLoadAndDecide) {
  for (int file = 0; file < 5; ++file) {
    std::string rules;
    for (int i = 0; i < 20'000; ++i) {
      absl::StrAppend(&rules, "  - {from: [{source: {principals: [td/", file * 20'000 + i,
                      "]}}]}\n");
    }
    Write(absl::StrCat(file, ".yaml"), PolicyText(absl::StrCat("p", file), "", rules));
  }
  auto policy = Load({folder_.path()});
  ASSERT_NE(policy, nullptr) << said_;
  EXPECT_EQ(policy->rule_count(), 100'000U);
  EXPECT_EQ(Answer(Decide(policy, Question{"td/99999"})), "FORWARDED shop/p4 rules[19999]");
  EXPECT_EQ(Answer(Decide(policy, Question{"td/100000"})), "DROPPED NO_RULE");
}

TEST_F(PolicyLoader, CheckCountsThePoliciesOfAllWorkloads) {
  Write("a.yaml", absl::StrCat(PolicyText("p", "selector: {matchLabels: {app: other}}",
                                          "  - {}\n  - {name: x}"),
                               "---\napiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\n"
                               "metadata: {name: q}\nspec:\n  rules:\n"
                               "  - {from: [{source: {serviceAccounts: [web]}}]}\n"));
  config::Diagnostics diagnostics;
  PolicyCounts counts;
  const auto files = ReadPolicyFiles({folder_.path()}, &diagnostics);
  ASSERT_TRUE(files.has_value());
  EXPECT_TRUE(CheckPolicyFiles(*files, &counts, &diagnostics)) << diagnostics.Format(false);
  EXPECT_EQ(counts.policies, 2U);
  EXPECT_EQ(counts.rules, 3U);
}

}  // namespace
}  // namespace firebreak::policy
