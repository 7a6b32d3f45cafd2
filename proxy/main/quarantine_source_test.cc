#include "proxy/main/quarantine_source.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/simulated_clock.h"
#include "quarantine/signed_list.h"
#include "tests/support/temp_folder.h"

namespace firebreak::proxy {
namespace {

constexpr char kOrders[] = "shop.example/ns/shop/sa/orders";

class QuarantineSourceTest : public ::testing::Test {
 protected:
  quarantine::List ListOf(uint64_t serial) const {
    quarantine::List list{.serial = serial,
                          .issued_at = clock_.WallNow(),
                          .expires_at = clock_.WallNow() + absl::Hours(2),
                          .entries = {}};
    list.entries.push_back({.identity = kOrders,
                            .mode = QuarantineMode::kIsolate,
                            .until = clock_.WallNow() + absl::Hours(1),
                            .reason = "SHOP-7",
                            .allow = {}});
    return list;
  }
  void Put(const std::string& text) const {
    std::ofstream(path_ + ".new") << text;
    ASSERT_EQ(std::rename((path_ + ".new").c_str(), path_.c_str()), 0);
  }
  void Put(const quarantine::List& list) const { Put(*quarantine::WriteList(list, key_)); }
  QuarantineSource Open() const { return OpenAt(path_, ""); }
  QuarantineSource OpenAt(const std::string& path, const std::string& kept) const {
    const config::QuarantineConfig config{
        .path = path, .keys = {}, .last_good_path = kept, .from_collector = path.empty()};
    QuarantineSource source(config, {key_.public_half()}, clock_);
    source.Remember();
    return source;
  }
  QuarantineSource OpenWithMemory() const { return OpenAt(path_, kept_); }
  quarantine::List NoneOf(uint64_t serial) const {
    quarantine::List none = ListOf(serial);
    none.entries.clear();
    return none;
  }
  bool Holds(const QuarantineSource& source) const {
    return source.in_force()->Find(kOrders, "", clock_.WallNow()).mode == QuarantineMode::kIsolate;
  }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("quarantine.yaml");
  const std::string kept_ = folder_.Path("last-good.yaml");
  SimulatedClock clock_;
  const certs::SigningKey key_ = *certs::SigningKey::Generate();
};

TEST_F(QuarantineSourceTest, PutsAListInForceAsSoonAsItIsThere) {
  QuarantineSource source = Open();
  EXPECT_TRUE(source.Stats().missing);
  EXPECT_FALSE(source.Poll());
  Put(ListOf(7));
  EXPECT_TRUE(source.Poll());
  EXPECT_TRUE(Holds(source));
  EXPECT_FALSE(source.Poll());
  EXPECT_FALSE(source.Reload()) << "it is in force already";
  EXPECT_EQ(source.Stats().serial, 7u);
  EXPECT_EQ(source.Stats().in_force, 1u);
  EXPECT_EQ(source.Stats().reloads, 1u);
  EXPECT_EQ(source.Stats().rejections, 0u);
  EXPECT_FALSE(source.Stats().missing);
}

TEST_F(QuarantineSourceTest, HoldsFromTheStartWhatWasThere) {
  Put(ListOf(7));
  EXPECT_TRUE(Holds(Open()));
}

TEST_F(QuarantineSourceTest, DeletingTheFileReleasesNobody) {
  Put(ListOf(7));
  QuarantineSource source = Open();
  ASSERT_EQ(std::remove(path_.c_str()), 0);
  EXPECT_FALSE(source.Poll());
  EXPECT_TRUE(Holds(source));
  EXPECT_TRUE(source.Stats().missing);
}

TEST_F(QuarantineSourceTest, OnlyANewerListReleases) {
  Put(ListOf(7));
  QuarantineSource source = Open();
  for (const uint64_t serial : {7, 6}) {
    Put(NoneOf(serial));
    EXPECT_FALSE(source.Poll());
    EXPECT_TRUE(Holds(source));
  }
  EXPECT_EQ(source.Stats().rejections, 2u);
  Put(NoneOf(8));
  EXPECT_TRUE(source.Poll());
  EXPECT_FALSE(Holds(source));
}

TEST_F(QuarantineSourceTest, NeitherGarbageNorAStrangersListChangesAnything) {
  Put(ListOf(7));
  QuarantineSource source = Open();
  const auto stranger = certs::SigningKey::Generate();
  const quarantine::List none = NoneOf(8);
  uint64_t refused = 0;
  for (const std::string& text :
       {*quarantine::WriteList(none, *stranger), std::string("{}\n"), std::string("entries: []\n"),
        std::string("\0\xff", 2), std::string(), std::string(size_t{2} << 20, 'x')}) {
    Put(text);
    EXPECT_FALSE(source.Poll());
    EXPECT_TRUE(Holds(source));
    EXPECT_EQ(source.Stats().rejections, ++refused);
  }
}

TEST_F(QuarantineSourceTest, ListThatHasExpiredIsRefused) {
  Put(ListOf(7));
  clock_.Advance(absl::Hours(2));
  const QuarantineSource source = Open();
  EXPECT_EQ(source.Stats().rejections, 1u);
  EXPECT_EQ(source.Stats().serial, 0u);
}

TEST_F(QuarantineSourceTest, EntriesReleaseThemselves) {
  Put(ListOf(7));
  const QuarantineSource source = Open();
  clock_.Advance(absl::Hours(1));
  EXPECT_FALSE(Holds(source));
  EXPECT_EQ(source.Stats().in_force, 0u);
}

TEST_F(QuarantineSourceTest, NothingIsWrittenBeforeItIsToRemember) {
  Put(ListOf(7));
  const config::QuarantineConfig config{
      .path = path_, .keys = {}, .last_good_path = kept_, .from_collector = false};
  QuarantineSource source(config, {key_.public_half()}, clock_);
  EXPECT_TRUE(Holds(source));
  EXPECT_FALSE(std::filesystem::exists(kept_));
  source.Remember();
  EXPECT_TRUE(std::filesystem::exists(kept_));
}

TEST_F(QuarantineSourceTest, AReplayedOlderListIsRefusedAfterARestartToo) {
  Put(ListOf(7));
  EXPECT_TRUE(Holds(OpenWithMemory()));
  Put(NoneOf(6));
  QuarantineSource restarted = OpenWithMemory();
  EXPECT_TRUE(Holds(restarted));
  EXPECT_EQ(restarted.Stats().serial, 7U);
  EXPECT_EQ(restarted.Stats().rejections, 1U);
  Put(NoneOf(8));
  EXPECT_TRUE(restarted.Poll());
  EXPECT_FALSE(Holds(restarted));
  Put(ListOf(7));
  EXPECT_FALSE(Holds(OpenWithMemory())) << "what released is remembered too";
}

TEST_F(QuarantineSourceTest, AListDeletedWhileTheSidecarWasDownReleasesNobody) {
  Put(ListOf(7));
  EXPECT_TRUE(Holds(OpenWithMemory()));
  ASSERT_EQ(std::remove(path_.c_str()), 0);
  const QuarantineSource restarted = OpenWithMemory();
  EXPECT_TRUE(Holds(restarted));
  EXPECT_TRUE(restarted.Stats().missing);
}

TEST_F(QuarantineSourceTest, TheSerialOfAListThatIsOverIsRemembered) {
  Put(ListOf(7));
  EXPECT_TRUE(Holds(OpenWithMemory()));
  clock_.Advance(absl::Hours(3));
  Put(ListOf(6));
  const QuarantineSource restarted = OpenWithMemory();
  EXPECT_FALSE(Holds(restarted));
  EXPECT_EQ(restarted.Stats().serial, 7U);
  EXPECT_EQ(restarted.Stats().rejections, 1U);
}

TEST_F(QuarantineSourceTest, AMemoryThatWasTamperedWithIsNoneAndIsSaid) {
  Put(ListOf(7));
  EXPECT_TRUE(Holds(OpenWithMemory()));
  std::ofstream(kept_, std::ios::app) << "# more\n";
  const QuarantineSource restarted = OpenWithMemory();
  EXPECT_TRUE(Holds(restarted));
  EXPECT_EQ(restarted.Stats().rejections, 1U);
}

TEST_F(QuarantineSourceTest, HoldsAlsoWhereNothingCanBeRemembered) {
  Put(ListOf(7));
  EXPECT_TRUE(Holds(OpenAt(path_, "/no/such/folder/x")));
}

// A file and a channel beside it.
TEST_F(QuarantineSourceTest, OfFileAndChannelTheHigherSerialIsInForce) {
  Put(ListOf(7));
  QuarantineSource source = Open();
  EXPECT_TRUE(source.Offer("the collector", *quarantine::WriteList(NoneOf(8), key_)));
  EXPECT_FALSE(Holds(source));
  Put(ListOf(9));
  EXPECT_TRUE(source.Poll());
  EXPECT_TRUE(Holds(source));
  EXPECT_FALSE(source.Offer("the collector", *quarantine::WriteList(NoneOf(8), key_)));
  EXPECT_TRUE(Holds(source));
  EXPECT_EQ(source.Stats().rejections, 1U);
  EXPECT_EQ(source.Stats().serial, 9U);
}

TEST_F(QuarantineSourceTest, WhatTheChannelBringsIsBelievedNoSooner) {
  QuarantineSource source = OpenAt("", kept_);
  EXPECT_FALSE(source.Stats().missing) << "there is to be no file";
  EXPECT_FALSE(source.Poll());
  const std::string good = *quarantine::WriteList(ListOf(7), key_);
  EXPECT_TRUE(source.Offer("the collector", good));
  EXPECT_FALSE(source.Offer("the collector", good)) << "it is in force already";
  EXPECT_EQ(source.Stats().rejections, 0U);
  uint64_t refused = 0;
  for (const std::string& text : {*quarantine::WriteList(NoneOf(8), *certs::SigningKey::Generate()),
                                  *quarantine::WriteList(NoneOf(6), key_), good + "# more\n",
                                  std::string("\0\xff", 2), std::string(size_t{2} << 20, 'x')}) {
    EXPECT_FALSE(source.Offer("the collector", text));
    EXPECT_TRUE(Holds(source));
    EXPECT_EQ(source.Stats().rejections, ++refused);
  }
  clock_.Advance(absl::Hours(2));
  quarantine::List expired = NoneOf(8);
  expired.expires_at = clock_.WallNow();
  EXPECT_FALSE(source.Offer("the collector", *quarantine::WriteList(expired, key_)));
  EXPECT_EQ(source.Stats().serial, 7U);
}

TEST_F(QuarantineSourceTest, WhatTheChannelBroughtIsRememberedOverARestart) {
  QuarantineSource source = OpenAt("", kept_);
  EXPECT_TRUE(source.Offer("the collector", *quarantine::WriteList(ListOf(7), key_)));
  const QuarantineSource restarted = OpenAt("", kept_);
  EXPECT_TRUE(Holds(restarted));
  EXPECT_EQ(restarted.Stats().serial, 7U);
}

}  // namespace
}  // namespace firebreak::proxy
