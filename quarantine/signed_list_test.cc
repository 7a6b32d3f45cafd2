#include "quarantine/signed_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace firebreak::quarantine {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

List Usual() {
  List list{.serial = 7, .issued_at = kNow, .expires_at = kNow + absl::Hours(24), .entries = {}};
  list.entries.push_back({.identity = "shop.example/ns/shop/sa/orders",
                          .mode = QuarantineMode::kIsolate,
                          .until = kNow + absl::Hours(1),
                          .reason = "SHOP-7: \"odd\" # calls \x1b to ledger",
                          .allow = {"shop.example/ns/ops/sa/forensics"}});
  list.entries.push_back({.identity = "shop.example/ns/dev/*",
                          .mode = QuarantineMode::kReadonly,
                          .until = kNow + absl::Hours(24),
                          .reason = "and the rest",
                          .allow = {}});
  return list;
}

class SignedListTest : public ::testing::Test {
 protected:
  absl::StatusOr<List> Read(absl::string_view text) const {
    return ReadList("list.yaml", text, keys_);
  }
  std::string WhyNot(absl::string_view text) const {
    const auto list = Read(text);
    return list.ok() ? "it was taken" : std::string(list.status().message());
  }
  // Signed is a body that whoever holds the key has signed.
  std::string Signed(const List& list) const { return *WriteList(list, key_); }

  const certs::SigningKey key_ = *certs::SigningKey::Generate();
  const std::vector<certs::VerifyingKey> keys_ = {certs::SigningKey::Generate()->public_half(),
                                                  key_.public_half()};
};

TEST_F(SignedListTest, IsReadAsItWasWritten) {
  const auto list = Read(Signed(Usual()));
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->serial, 7u);
  EXPECT_EQ(list->issued_at, kNow);
  EXPECT_EQ(list->expires_at, kNow + absl::Hours(24));
  ASSERT_EQ(list->entries.size(), 2u);
  EXPECT_EQ(list->entries[0].identity, Usual().entries[0].identity);
  EXPECT_EQ(list->entries[0].reason, Usual().entries[0].reason);
  EXPECT_EQ(list->entries[0].allow, Usual().entries[0].allow);
  EXPECT_EQ(list->entries[1].mode, QuarantineMode::kReadonly);
  EXPECT_EQ(list->entries[1].until, kNow + absl::Hours(24));
}

TEST_F(SignedListTest, MayBeEmpty) {
  List list = Usual();
  list.entries.clear();
  EXPECT_TRUE(Read(Signed(list)).ok());
}

TEST_F(SignedListTest, NotOneByteMayDiffer) {
  const std::string text = Signed(Usual());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(Read(changed).ok()) << i << " " << changed;
  }
}

TEST_F(SignedListTest, CutAnywhereItIsNoList) {
  const std::string text = Signed(Usual());
  for (size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(Read(text.substr(0, size)).ok());
  EXPECT_FALSE(Read(text + "\n").ok());
  EXPECT_FALSE(Read(text + "# more\n").ok());
}

TEST_F(SignedListTest, OfAKeyThatNobodyTrustsIsRefusedAndNamed) {
  const auto stranger = certs::SigningKey::Generate();
  EXPECT_THAT(WhyNot(*WriteList(Usual(), *stranger)),
              HasSubstr(absl::StrCat("signed by key ", stranger->public_half().id())));
  EXPECT_FALSE(ReadList("list.yaml", Signed(Usual()), {}).ok());
}

TEST_F(SignedListTest, SaysWhatIsWrongWithAnEntry) {
  const auto wrong = [this](void (*change)(Entry&)) {
    List list = Usual();
    change(list.entries[1]);
    const auto text = WriteList(list, key_);
    return text.ok() ? "it was written" : std::string(text.status().message());
  };
  EXPECT_THAT(wrong([](Entry& e) { e.identity = "spiffe://shop.example/a"; }),
              HasSubstr("entries[1]: bad identity"));
  EXPECT_THAT(wrong([](Entry& e) { e.identity = "shop.example/ns/sh*"; }),
              HasSubstr("bad identity"));
  EXPECT_THAT(wrong([](Entry& e) { e.until += absl::Hours(1); }), HasSubstr("outlasts the list"));
  EXPECT_THAT(wrong([](Entry& e) { e.reason.clear(); }), HasSubstr("reason is missing"));
  EXPECT_THAT(wrong([](Entry& e) { e.reason = std::string(kMaxReasonBytes + 1, 'x'); }),
              HasSubstr("reason has more"));
  EXPECT_THAT(wrong([](Entry& e) { e.allow = {"shop.example/*"}; }),
              HasSubstr("bad identity in allow"));
  EXPECT_THAT(wrong([](Entry& e) { e.allow.assign(kMaxAllowed + 1, "a.example/b"); }),
              HasSubstr("allow names more"));
}

TEST_F(SignedListTest, HasEverythingThatItMustHave) {
  const std::string body =
      "serial: 1\nissued_at: 2026-01-07T00:00:00Z\nexpires_at: 2026-01-08T00:00:00Z\n"
      "entries: [{identity: a.example/b, mode: ISOLATE, until: 2026-01-07T01:00:00Z, reason: r}]\n";
  EXPECT_TRUE(ReadBody("list.yaml", body).ok());
  for (const absl::string_view part :
       {"serial: 1\n", "issued_at: 2026-01-07T00:00:00Z\n", "expires_at: 2026-01-08T00:00:00Z\n",
        "mode: ISOLATE, ", ", reason: r", "until: 2026-01-07T01:00:00Z, ",
        "identity: a.example/b, "}) {
    EXPECT_FALSE(ReadBody("list.yaml", absl::StrReplaceAll(body, {{part, ""}})).ok()) << part;
  }
  EXPECT_FALSE(ReadBody("list.yaml", absl::StrReplaceAll(body, {{"ISOLATE", "ISOLTAE"}})).ok());
  EXPECT_FALSE(ReadBody("list.yaml", absl::StrCat(body, "more: 1\n")).ok());
}

TEST_F(SignedListTest, HasNoMoreEntriesThanItMayHave) {
  List list = Usual();
  list.entries.assign(kMaxEntries, list.entries[1]);
  EXPECT_TRUE(WriteList(list, key_).ok());
  list.entries.push_back(list.entries[1]);
  EXPECT_FALSE(WriteList(list, key_).ok());
}

}  // namespace
}  // namespace firebreak::quarantine
