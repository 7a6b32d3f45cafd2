#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

#include "certs/signing_key.h"
#include "cli/testing.h"
#include "quarantine/signed_list.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kOrders[] = "shop.example/ns/shop/sa/orders";

std::string Content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class QuarantineCommandTest : public ::testing::Test {
 protected:
  QuarantineCommandTest() {
    EXPECT_EQ(RunForTest({"quarantine", "keygen", "--out", folder_.path()}).exit_code, kExitYes);
  }
  CommandRun Run(std::vector<std::string> args) const {
    args.insert(args.begin(), "quarantine");
    const bool shows = args[1] == "list";
    args.insert(args.end(), {"--list", list_});
    args.insert(args.end(), {shows ? "--public-key" : "--key", shows ? public_key_ : key_});
    return RunForTest(args);
  }
  CommandRun Add(const std::string& identity, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"add", identity, "--reason", "SHOP-7"});
    return Run(more);
  }
  quarantine::List List() const {
    std::string key = Content(public_key_);
    key.pop_back();
    const certs::VerifyingKey keys[] = {*certs::VerifyingKey::Parse(key)};
    return *quarantine::ReadList("list", Content(list_), keys);
  }
  std::string Labels() const {
    return folder_.Write("labels.yaml",
                         "identities:\n"
                         "- {principal: shop.example/ns/shop/sa/orders, labels: [crown_jewel]}\n"
                         "- {principal: shop.example/ns/shop/sa/web, labels: [internet_facing]}\n"
                         "- {principal: shop.example/ns/shop/sa/cart, labels: [scanner]}\n"
                         "- {principal: \"shop.example/ns/ops/*\", labels: [protected]}\n");
  }

  const tests::TempFolder folder_;
  const std::string key_ = folder_.Path("quarantine-key.pem");
  const std::string public_key_ = folder_.Path("quarantine-key.pub");
  const std::string list_ = folder_.Path("quarantine.yaml");
};

// Who may write the file and has no key must not have the operator release whom he cut off.
TEST_F(QuarantineCommandTest, DoesNotGoOnFromAnOldListThatSomebodyPutBack) {
  ASSERT_EQ(Add("shop.example/ns/shop/sa/cart").exit_code, kExitYes);
  const std::string old = Content(list_);
  ASSERT_EQ(Add(kOrders).exit_code, kExitYes);
  std::ofstream(list_) << old;
  const CommandRun refused = Add("shop.example/ns/shop/sa/web");
  EXPECT_EQ(refused.exit_code, kExitUsage);
  EXPECT_THAT(refused.err, HasSubstr("somebody has put an old list back; --force"));
  EXPECT_EQ(Content(list_), old);
  EXPECT_EQ(Run({"remove", "shop.example/ns/shop/sa/cart"}).exit_code, kExitUsage);

  std::filesystem::remove(list_);
  EXPECT_THAT(Add("shop.example/ns/shop/sa/web").err, HasSubstr("was signed before"));
  EXPECT_EQ(Add("shop.example/ns/shop/sa/web", {"--force"}).exit_code, kExitYes);
  EXPECT_EQ(List().entries.size(), 1U);
}

TEST_F(QuarantineCommandTest, KeyIsForItsOwnerAloneAndIsNotReplaced) {
  struct stat info {};
  ASSERT_EQ(stat(key_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  const CommandRun again = RunForTest({"quarantine", "keygen", "--out", folder_.path()});
  EXPECT_EQ(again.exit_code, kExitUsage);
  EXPECT_THAT(again.err, HasSubstr("quarantine-key.pem exists; take another --out"));
}

TEST_F(QuarantineCommandTest, AddsListsAndRemoves) {
  const CommandRun added = Add(absl::StrCat("spiffe://", kOrders),
                               {"--ttl", "2h", "--allow", "shop.example/ns/ops/sa/forensics"});
  EXPECT_EQ(added.exit_code, kExitYes) << added.err;
  EXPECT_THAT(added.err, HasSubstr("There was no list"));
  EXPECT_THAT(added.out,
              HasSubstr("ISOLATE shop.example/ns/shop/sa/orders until 2027-01-15T10:00"));
  const CommandRun shown = Run({"list", "-o", "json"});
  EXPECT_EQ(shown.out,
            "{\"identity\":\"shop.example/ns/shop/sa/orders\",\"mode\":\"ISOLATE\","
            "\"until\":\"2027-01-15T10:00:00Z\",\"reason\":\"SHOP-7\","
            "\"allow\":[\"shop.example/ns/ops/sa/forensics\"]}\n");
  EXPECT_THAT(Run({"list"}).out, HasSubstr("2h00m"));
  const uint64_t serial = List().serial;
  EXPECT_EQ(Run({"remove", kOrders}).exit_code, kExitYes);
  EXPECT_THAT(List().entries, IsEmpty());
  EXPECT_GT(List().serial, serial);
  EXPECT_EQ(Run({"remove", kOrders}).exit_code, kExitNo);
}

TEST_F(QuarantineCommandTest, AddingAgainChangesHowFar) {
  Add(kOrders);
  EXPECT_EQ(Add(kOrders, {"--mode", "observe"}).exit_code, kExitYes);
  ASSERT_EQ(List().entries.size(), 1u);
  EXPECT_EQ(List().entries[0].mode, QuarantineMode::kObserve);
}

TEST_F(QuarantineCommandTest, TheListStaysForWhomItWasFor) {
  ASSERT_EQ(Add(kOrders).exit_code, kExitYes);
  std::filesystem::permissions(list_, std::filesystem::perms{0640});
  ASSERT_EQ(Add("shop.example/ns/shop/sa/cart").exit_code, kExitYes);
  EXPECT_EQ(std::filesystem::status(list_).permissions(), std::filesystem::perms{0640});
}

TEST_F(QuarantineCommandTest, ListLastsAsLongAsItsLongestEntryAndADayAtLeast) {
  Add(kOrders);
  EXPECT_EQ(List().expires_at - List().issued_at, absl::Hours(24));
  Add(kOrders, {"--ttl", "7d"});
  EXPECT_EQ(List().expires_at - List().issued_at, absl::Hours(24 * 7));
}

TEST_F(QuarantineCommandTest, DoesNotSignAgainWhatItHasNotSigned) {
  Add(kOrders);
  const std::string forged = Content(list_) + "# more\n";
  folder_.Write("quarantine.yaml", forged);
  EXPECT_EQ(Add("shop.example/ns/shop/sa/web").exit_code, kExitUsage);
  EXPECT_EQ(Content(list_), forged);
  EXPECT_EQ(Run({"list"}).exit_code, kExitUsage);
}

TEST_F(QuarantineCommandTest, WhatCutsOffTooMuchNeedsForce) {
  const std::string labels = Labels();
  EXPECT_THAT(Add("*").err, HasSubstr("quarantines everything"));
  EXPECT_THAT(Add("shop.example/*").err, HasSubstr("nobody can tell how many"));
  EXPECT_THAT(Add("shop.example/ns/ops/sa/ca", {"--labels", labels}).err, HasSubstr("protected"));
  EXPECT_THAT(Add("shop.example/*", {"--labels", labels}).err, HasSubstr("protected"));
  EXPECT_THAT(Add("shop.example/ns/ops/sa/*", {"--labels", labels}).err, HasSubstr("protected"));
  EXPECT_THAT(Add("*/sa/batch", {"--labels", labels}).err, HasSubstr("protected"))
      << "shop.example/ns/ops/sa/batch may be there";
  EXPECT_THAT(Add("*", {"--labels", labels}).err, HasSubstr("everything"));
  EXPECT_THAT(Add("shop.example/ns/shop/*", {"--labels", labels}).err,
              HasSubstr("3 of the 3 identities"));
  EXPECT_FALSE(std::filesystem::exists(list_)) << "nothing was written";
  EXPECT_EQ(Add(kOrders, {"--labels", labels}).exit_code, kExitYes);
  EXPECT_THAT(Add("shop.example/ns/shop/sa/web", {"--labels", labels}).err,
              HasSubstr("2 of the 3 identities"));
  EXPECT_EQ(List().entries.size(), 1u);
  EXPECT_EQ(Add("*", {"--mode", "observe"}).exit_code, kExitYes) << "it cuts nobody off";
  EXPECT_EQ(Add("*", {"--force"}).exit_code, kExitYes);
}

// Without the labels of `detect`: the collector, above all, which the list goes out through.
TEST_F(QuarantineCommandTest, WhoIsProtectedBesideTheKeyNeedsForce) {
  const std::string folder = folder_.Path("guarded");
  constexpr char kCollector[] = "shop.example/ns/ops/sa/collector";
  const auto keygen = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"quarantine", "keygen", "--out", folder});
    return RunForTest(more).exit_code;
  };
  EXPECT_EQ(keygen({"--protect", "no identity"}), kExitUsage);
  EXPECT_FALSE(std::filesystem::exists(folder));
  ASSERT_EQ(keygen({"--protect", kCollector, "--protect", "shop.example/ns/spire/*"}), kExitYes);
  const std::string key = folder + "/quarantine-key.pem";
  const auto add = [&](const std::string& identity, const std::vector<std::string>& more) {
    std::vector<std::string> words = {"quarantine", "add", identity, "--reason", "x",
                                      "--list",     list_, "--key",  key};
    words.insert(words.end(), more.begin(), more.end());
    return RunForTest(words);
  };
  for (const std::string& identity :
       {std::string(kCollector), std::string("shop.example/ns/spire/sa/server"),
        std::string("shop.example/ns/ops/*"), std::string("*/sa/agent")}) {
    const CommandRun refused = add(identity, {});
    EXPECT_EQ(refused.exit_code, kExitUsage) << identity;
    EXPECT_THAT(refused.err, HasSubstr("which is protected; --force")) << identity;
  }
  EXPECT_FALSE(std::filesystem::exists(list_));
  EXPECT_EQ(add(kOrders, {}).exit_code, kExitYes);
  EXPECT_EQ(add(kCollector, {"--mode", "observe"}).exit_code, kExitYes) << "it cuts nobody off";
  EXPECT_EQ(add(kCollector, {"--force"}).exit_code, kExitYes);
  std::ofstream(key + ".protected") << "no identity\n";
  EXPECT_THAT(add(kOrders, {}).err, HasSubstr(".protected: \"no identity\""));
}

// A quarantine of nobody looks as good as one of somebody.
TEST_F(QuarantineCommandTest, SaysWhenTheLabelsDeclareNobodyOfThatName) {
  const std::string labels = Labels();
  for (const std::string name :
       {"shop.example/ns/shop/sa/ordesr", "shop.example/ns/dev/sa/orders"}) {
    const CommandRun run = Add(name, {"--labels", labels, "--ttl", "15m"});
    EXPECT_EQ(run.exit_code, kExitYes) << run.err;
    EXPECT_THAT(run.err, HasSubstr(labels + " declares nobody of that name; did you mean \"" +
                                   kOrders + "\"?\n"));
  }
  EXPECT_THAT(Add(kOrders, {"--labels", labels}).err, Not(HasSubstr("declares nobody")));
  EXPECT_THAT(Add("x.example/ns/a/sa/b").err, Not(HasSubstr("declares nobody"))) << "no labels";
}

TEST_F(QuarantineCommandTest, AskedForNoIdentityItSaysWhatOneIsBeforeAnythingElse) {
  const CommandRun bare = Add("orders", {"--labels", Labels()});
  EXPECT_EQ(bare.exit_code, kExitUsage);
  EXPECT_THAT(bare.err, HasSubstr("write trust-domain/ns/NAMESPACE/sa/ACCOUNT; did you mean \"" +
                                  std::string(kOrders) + "\"?"));
  const CommandRun pattern = Add("shop.example/*/web");
  EXPECT_EQ(pattern.exit_code, kExitUsage);
  EXPECT_THAT(pattern.err, Not(HasSubstr("--labels")));
  EXPECT_THAT(pattern.err, HasSubstr("write trust-domain/ns/NAMESPACE/sa/ACCOUNT"));
  EXPECT_FALSE(std::filesystem::exists(list_));
}

TEST_F(QuarantineCommandTest, ListOffersTheFormsThatThereAre) {
  ASSERT_EQ(Add(kOrders).exit_code, kExitYes);
  EXPECT_EQ(Run({"list", "-o", "json"}).exit_code, kExitYes);
  for (const std::string form : {"yaml", "wide"}) {
    EXPECT_EQ(Run({"list", "-o", form}).exit_code, kExitUsage) << form;
  }
}

TEST_F(QuarantineCommandTest, BadInputIsRefusedAndWritesNothing) {
  EXPECT_EQ(Add("not an identity").exit_code, kExitUsage);
  EXPECT_EQ(Add(kOrders, {"--ttl", "0s"}).exit_code, kExitUsage);
  EXPECT_EQ(Add(kOrders, {"--ttl", "91d"}).exit_code, kExitUsage);
  EXPECT_EQ(Add(kOrders, {"--mode", "none"}).exit_code, kExitUsage);
  EXPECT_EQ(Add(kOrders, {"--allow", "*"}).exit_code, kExitUsage);
  EXPECT_EQ(Run({"add", kOrders}).exit_code, kExitUsage) << "without a reason";
  EXPECT_EQ(Add(kOrders, {"--labels", folder_.Path("none")}).exit_code, kExitUsage);
  EXPECT_FALSE(std::filesystem::exists(list_));
  EXPECT_EQ(Run({"list"}).exit_code, kExitUsage);
}

}  // namespace
}  // namespace firebreak::cli
