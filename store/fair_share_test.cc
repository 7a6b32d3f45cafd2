#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "store/catalog.h"
#include "store/flow_store.h"
#include "store/query_testing.h"
#include "store/stored_flows.h"
#include "store/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::store {
namespace {

constexpr char kHonest[] = "d/ns/shop/sa/t0";
constexpr char kGreedy[] = "d/ns/shop/sa/greedy";

// What one reporter of a store cannot do to the others.
class FairShareTest : public testing::Test {
 protected:
  FlowStore Open(const ReporterShare& share) {
    auto store = FlowStore::Open(path_, clock_, "file", share);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }

  // LineOf is a request that somebody reports who was asked by peer.
  static flows::Flow LineOf(const std::string& reporter, uint64_t number, const std::string& peer) {
    flows::Flow flow = NumberedFlow(number);
    flow.reporter.principal = reporter;
    flow.source.principal = peer;
    flow.destination.principal = reporter;
    return flow;
  }
  static void Add(FlowStore& store, const flows::Flow& flow) {
    ASSERT_EQ(*store.Add(flow), FlowStore::Added::kNew);
  }
  // Noise makes a line large, also on disk.
  std::string Noise(size_t bytes) {
    std::string text(bytes, ' ');
    for (char& c : text) c = static_cast<char>('a' + random_() % 26);
    return text;
  }

  int64_t Count(const std::string& sql) {
    const auto catalog = OpenCatalog(path_);
    const auto number = FirstNumber(*catalog, sql);
    EXPECT_TRUE(number.ok()) << number.status();
    return *number;
  }
  std::string Ask(const std::string& sql) const { return AskStore(path_, clock_, sql); }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("store");
  SimulatedClock clock_{kTestStart + absl::Seconds(1'000)};
  std::mt19937 random_{7};
};

TEST_F(FairShareTest, NamesThatOneReporterMakesUpAreCountedAsOthersAndToldOf) {
  FlowStore store = Open({.catalog_bytes = 20'000});
  for (uint64_t i = 0; i < 1'000; ++i) {
    Add(store, LineOf(kGreedy, i, absl::StrCat("d/made-up/", i)));
    if (i % 100 != 99) continue;
    ASSERT_TRUE(store.Flush().ok());
  }
  const int64_t names = Count("SELECT count(*) FROM party");
  EXPECT_GT(names, 50);
  EXPECT_LT(names, 300);
  EXPECT_EQ(Ask("SELECT sum(requests) FROM edges"), "1000 ") << "nothing is missing in the sum";
  EXPECT_GT(Count("SELECT sum(e.requests) FROM edge_minute AS e JOIN party AS p ON p.id = e.source "
                  "WHERE p.name = '(others)'"),
            100);
  EXPECT_EQ(Ask("SELECT DISTINCT kind, sender FROM findings"),
            absl::StrCat("CATALOG ", kGreedy, " "));
  EXPECT_GT(store.TakeAmongOthers(), 500);
  EXPECT_EQ(store.TakeAmongOthers(), 0);
}

TEST_F(FairShareTest, WhoHasUsedUpItsShareKeepsNobodyElseFromAName) {
  FlowStore store = Open({.catalog_bytes = 5'000});
  for (uint64_t i = 0; i < 200; ++i) {
    Add(store, LineOf(kGreedy, i, absl::StrCat("d/made-up/", i)));
  }
  ASSERT_TRUE(store.Flush().ok());
  Add(store, LineOf(kGreedy, 200, "d/ns/shop/sa/new"));
  Add(store, LineOf(kHonest, 201, "d/ns/shop/sa/new"));
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(Ask("SELECT destination, requests FROM edges WHERE source = 'd/ns/shop/sa/new'"),
            absl::StrCat(kHonest, " 1 "));
}

// A name that the catalog does not have is no reason to look for its rows nowhere.
TEST_F(FairShareTest, RowsOfWhoHasNoNameInTheCatalogAreFoundByIt) {
  FlowStore store = Open({.catalog_bytes = 5'000});
  for (uint64_t i = 0; i < 200; ++i) {
    Add(store, LineOf(kGreedy, i, absl::StrCat("d/made-up/", i)));
  }
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_LT(Count("SELECT count(*) FROM party"), 100);
  for (uint64_t i = 0; i < 200; i += 20) {
    EXPECT_EQ(Ask(absl::StrCat("SELECT count(*) FROM flows WHERE source_principal = 'd/made-up/", i,
                               "'")),
              "1 ")
        << i;
  }
}

// Neither minutes of all times nor words that nobody knows make rows without end.
TEST_F(FairShareTest, WhatIsCountedAsOthersIsOneRowForAMinute) {
  FlowStore store = Open({.catalog_bytes = 3'000});
  for (uint64_t i = 0; i < 500; ++i) {
    flows::Flow flow = LineOf(kGreedy, i, "d/ns/shop/sa/web");
    flow.time -= absl::Hours(i);
    flow.reason = absl::StrCat("REASON_", i);
    flow.verdict = i % 2 == 0 ? "FORWARDED" : absl::StrCat("VERDICT_", i);
    Add(store, flow);
  }
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_LT(Count("SELECT count(*) FROM edge_minute"), 60);
  EXPECT_EQ(Ask("SELECT sum(requests) FROM edges"), "500 ");
  EXPECT_EQ(Ask("SELECT verdict, minute FROM edges WHERE source = '(others)' ORDER BY verdict"),
            " 2027-01-15T08:16:00Z FORWARDED 2027-01-15T08:16:00Z ");
}

// However large its numbers are, or become.
TEST_F(FairShareTest, TheCatalogGrowsByNoMoreThanTheShare) {
  constexpr uint64_t kShare = 400'000;
  constexpr uint64_t kMost = uint64_t{1} << 62;
  for (const bool sums : {false, true}) {
    const std::string path = folder_.Path(sums ? "sums" : "edges");
    auto store = FlowStore::Open(path, clock_, "file", {.catalog_bytes = kShare});
    const uint64_t before = *CatalogBytes(*OpenCatalog(path));
    for (uint64_t i = 0; i < 8'000; ++i) {
      flows::Flow flow = LineOf(kGreedy, i, "d/ns/shop/sa/web");
      flow.time -= absl::Minutes(i / 2);  // two lines each
      flow.weight = kMost;
      flow.duration_us = kMost;
      flow.bytes_sent = flow.bytes_received = kMost;
      flow.http.request_bytes = flow.http.response_bytes = kMost;
      flow.verdict = "FORWARDED";
      flow.http.status = 503;
      flow.reason = "";
      if (i % 2 == 0) flow.event = "CLOSE";
      if (i % 2 == 0) flow.protocol = "TCP";
      if (sums) flow.event = "ROLLUP";
      flow.rollup.requests = flow.rollup.connections = flow.rollup.errors = kMost;
      flow.rollup.bytes_sent = flow.rollup.bytes_received = flow.rollup.duration_us = kMost;
      flow.rollup.latency_count = flow.rollup.latency_sum_us = flow.rollup.within_1ms = kMost;
      flow.rollup.within_5ms = flow.rollup.within_25ms = flow.rollup.within_100ms = kMost;
      flow.rollup.within_500ms = flow.rollup.within_2500ms = flow.rollup.within_10s = kMost;
      Add(*store, flow);
    }
    ASSERT_TRUE(store->Flush().ok());
    EXPECT_GT(store->TakeAmongOthers(), 0);
    const uint64_t grown = *CatalogBytes(*OpenCatalog(path)) - before;
    EXPECT_LE(grown, kShare) << sums;
    EXPECT_GT(grown, kShare / 2) << sums;
  }
}

// A name that the catalog does not have makes questions look into its segment, whomever they are
// about. One a flush would make them look into all.
TEST_F(FairShareTest, ANameBeyondTheShareMakesNobodysSegmentsSearched) {
  FlowStore store = Open({.own_segments = true, .catalog_bytes = 5'000});
  uint64_t number = 0;
  for (int i = 0; i < 100; ++i, ++number) {
    Add(store, LineOf(kGreedy, number, absl::StrCat("d/made-up/", number)));
  }
  ASSERT_TRUE(store.Flush().ok());
  constexpr int kFlushes = 20;
  for (int flush = 0; flush < kFlushes; ++flush) {
    Add(store, LineOf(kGreedy, number, absl::StrCat("d/made-up/", number)));
    Add(store, LineOf(kHonest, number, "d/ns/shop/sa/web"));
    ++number;
    ASSERT_TRUE(store.Flush().ok());
    clock_.Advance(PendingSegments::kWindow);
  }
  EXPECT_EQ(Count("SELECT count(*) FROM segment WHERE reporter = ''"), kFlushes + 1);
  EXPECT_LE(Count("SELECT count(*) FROM segment WHERE reporter = '' AND id IN (SELECT segment FROM "
                  "party_segment WHERE party = (SELECT id FROM party WHERE name = '(others)'))"),
            1);
  clock_.Advance(absl::Hours(24));
  Add(store, LineOf(kGreedy, number, "d/ns/shop/sa/web"));
  Add(store, LineOf(kGreedy, number + 1, "d/ns/shop/sa/web"));
  ASSERT_TRUE(store.Flush().ok());
  const int64_t own =
      Count(absl::StrCat("SELECT count(*) FROM segment WHERE reporter = '", kGreedy, "'"));
  Add(store, LineOf(kGreedy, number + 2, "d/ns/shop/sa/web"));
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(Count(absl::StrCat("SELECT count(*) FROM segment WHERE reporter = '", kGreedy, "'")),
            own)
      << "the next day it shares again";
}

// Such a sum is of the minute in which it came, so its end is there for as long, of whatever time
// its lines are.
TEST_F(FairShareTest, WhatIsCountedAsOthersKeepsWhoReportedIt) {
  FlowStore store = Open({.catalog_bytes = 3'000});
  for (uint64_t i = 0; i < 200; ++i) {
    flows::Flow flow = LineOf(kGreedy, i, absl::StrCat("d/made-up/", i));
    flow.time -= absl::Hours(24 * 400);
    Add(store, flow);
    if (i > 0) continue;
    ASSERT_TRUE(store.Flush().ok());  // its own name is there first
  }
  ASSERT_TRUE(store.Flush().ok());
  const std::string among_others =
      Ask("SELECT destination, requests FROM edges WHERE source = '(others)' ORDER BY 2");
  ASSERT_NE(among_others, "");
  ASSERT_TRUE(store.Retain({.max_age = absl::Hours(1)}).ok());
  ASSERT_TRUE(store.Retain({.max_edge_age = absl::Hours(1)}).ok());
  EXPECT_EQ(Count("SELECT count(*) FROM segment"), 0);
  EXPECT_EQ(Ask("SELECT destination, requests FROM edges ORDER BY 2"), among_others);
}

TEST_F(FairShareTest, LossesAndSumsBeyondTheShareAreCountedOrTold) {
  FlowStore store = Open({.catalog_bytes = 2'000});
  for (uint64_t i = 0; i < 300; ++i) {
    flows::Flow lost = LineOf(kGreedy, 2 * i, "");
    lost.event = "LOST";
    lost.lost.count = 2;
    lost.lost.cause = "RING_FULL";
    Add(store, lost);
    flows::Flow sums = LineOf(kGreedy, 2 * i + 1, "d/ns/shop/sa/web");
    sums.event = "ROLLUP";
    sums.rollup.requests = 1;
    Add(store, sums);
  }
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_LT(Count("SELECT count(*) FROM loss"), 40);
  EXPECT_LT(Count("SELECT count(*) FROM edge_report"), 40);
  EXPECT_EQ(*LostRecords(path_, absl::InfinitePast(), absl::InfiniteFuture()), 600);
  EXPECT_EQ(Count("SELECT sum(lines) FROM finding WHERE kind = 'CATALOG'") +
                Count("SELECT count(*) FROM edge_report") + Count("SELECT count(*) FROM loss"),
            600 + 1)
      << "what has no row of its own is in the finding; one row has the losses of the others";
}

TEST_F(FairShareTest, FindingsOfALiarAreAddedUpOnceItsShareIsUsedUp) {
  FlowStore store = Open({.catalog_bytes = 10'000});
  for (uint64_t i = 0; i < 900; ++i) {
    store.AddFinding({.time = clock_.WallNow(),
                      .kind = "IDENTITY",
                      .sender = kGreedy,
                      .claimed = absl::StrCat("d/victim/", i),
                      .detail = "line 1",
                      .lines = 1});
  }
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_LT(Count("SELECT count(*) FROM finding"), 120);
  EXPECT_EQ(Count("SELECT sum(lines) FROM finding"), 900);
}

TEST_F(FairShareTest, TheNextDayHasAShareOfItsOwn) {
  FlowStore store = Open({.catalog_bytes = 5'000});
  const auto add = [&](uint64_t from) {
    for (uint64_t i = from; i < from + 100; ++i) {
      Add(store, LineOf(kGreedy, i, absl::StrCat("d/made-up/", i)));
    }
    ASSERT_TRUE(store.Flush().ok());
  };
  add(0);
  const int64_t first = Count("SELECT count(*) FROM party");
  add(100);
  EXPECT_EQ(Count("SELECT count(*) FROM party"), first);
  clock_.Advance(absl::Hours(24));
  add(200);
  EXPECT_GT(Count("SELECT count(*) FROM party"), first + 10);
}

// Nobody has to prove anything to be an address: who comes from many of them leaves a sidecar the
// names of those that do.
TEST_F(FairShareTest, AddressesTakeHalfOfAShareAtMost) {
  FlowStore store = Open({.catalog_bytes = 20'000});
  for (uint64_t i = 0; i < 1'000; ++i) {
    flows::Flow flow = LineOf(kHonest, i, "");
    flow.source.ip = absl::StrCat(i % 2 == 0 ? "2001:db8::" : "10.0.0.", i % 250 + 1);
    flow.time += absl::Minutes(i);
    Add(store, flow);
  }
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_LT(Count("SELECT count(*) FROM edge_minute"), 200);
  for (uint64_t i = 0; i < 20; ++i) {
    Add(store, LineOf(kHonest, 1'000 + i, absl::StrCat("d/ns/shop/sa/caller-", i)));
  }
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(Ask("SELECT count(DISTINCT source) FROM edges WHERE source LIKE '%caller%'"), "20 ");
  EXPECT_EQ(Ask("SELECT sum(requests) FROM edges"), "1020 ");
}

TEST_F(FairShareTest, AStartGivesNobodyAnotherShareOfTheDay) {
  int64_t names = 0;
  for (uint64_t start = 0; start < 5; ++start) {
    FlowStore store = Open({.catalog_bytes = 20'000});
    for (uint64_t i = 0; i < 300; ++i) {
      Add(store, LineOf(kGreedy, start * 300 + i, absl::StrCat("d/made-up/", start, "/", i)));
    }
    ASSERT_TRUE(store.Flush().ok());
    if (start == 0) names = Count("SELECT count(*) FROM party");
  }
  EXPECT_LE(Count("SELECT count(*) FROM party"), names + 2);
  clock_.Advance(absl::Hours(24));
  FlowStore store = Open({.catalog_bytes = 20'000});
  Add(store, LineOf(kGreedy, 1'500, "d/ns/shop/sa/tomorrow"));
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(Count("SELECT count(*) FROM party WHERE name = 'd/ns/shop/sa/tomorrow'"), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM spent"), 0) << "yesterday's";
}

TEST_F(FairShareTest, WhoWritesMostLosesItsOwnHistoryFirst) {
  FlowStore store = Open({.own_segments = true});
  constexpr uint64_t kHours = 20;
  uint64_t number = 0;
  for (uint64_t hour = 0; hour < kHours; ++hour) {
    clock_.Advance(absl::Hours(1));
    for (uint64_t i = 0; i < 200; ++i) {
      flows::Flow flow = LineOf(i < 10 ? kHonest : kGreedy, number++, "d/ns/shop/sa/web");
      flow.time = clock_.WallNow();
      flow.detail = Noise(1'000);
      Add(store, flow);
    }
    ASSERT_TRUE(store.Flush().ok());
  }
  const auto stored = [this](const char* reporter) {
    return Ask(
        absl::StrCat("SELECT count(*) FROM flows WHERE reporter_principal = '", reporter, "'"));
  };
  EXPECT_EQ(stored(kHonest), "200 ");
  const auto retired = store.Retain({.max_bytes = store.bytes() / 2});
  ASSERT_TRUE(retired.ok()) << retired.status();
  EXPECT_GT(retired->segments, 5);
  EXPECT_EQ(stored(kHonest), "200 ") << "all of it is there";
  EXPECT_NE(stored(kGreedy), "0 ") << "and the youngest of the other";
  EXPECT_EQ(Count("SELECT count(*) FROM segment WHERE reporter NOT IN ('', 'd/ns/shop/sa/t0', "
                  "'d/ns/shop/sa/greedy')"),
            0);
}

// By its file alone the segment would be a fair share, and what is older would go first.
TEST_F(FairShareTest, WhatTheCatalogHasOfWhoIsInASegmentIsItsReporters) {
  FlowStore store = Open({.own_segments = true});
  for (uint64_t i = 0; i < 6'000; ++i) {
    flows::Flow flow = LineOf(kGreedy, i, absl::StrCat("d/", i % 1'000));
    flow.time = clock_.WallNow();  // all in one segment
    Add(store, flow);
  }
  ASSERT_TRUE(store.Flush().ok());
  const std::string of_greedy = absl::StrCat(" FROM segment WHERE reporter = '", kGreedy, "'");
  const auto bytes = static_cast<uint64_t>(Count("SELECT bytes" + of_greedy));
  for (uint64_t i = 0; i < 16; ++i) {
    flows::Flow old = LineOf(absl::StrCat("d/ns/shop/sa/r", i), 1, "d/ns/shop/sa/web");
    old.time -= absl::Hours(1);
    old.detail = Noise(10'000);
    Add(store, old);
  }
  ASSERT_TRUE(store.Flush().ok());
  const auto outgrown = FindOutgrown(*OpenCatalog(path_),
                                     {.max_bytes = (bytes + 5'000) * kFairParts}, clock_.WallNow());
  ASSERT_TRUE(outgrown.ok()) << outgrown.status();
  ASSERT_FALSE(outgrown->segments.empty());
  EXPECT_EQ(outgrown->segments.front(), Count("SELECT id" + of_greedy));
}

// Several who write much are held to the same; what nobody has too much of goes by age.
TEST_F(FairShareTest, WhoIsInASegmentOfItsOwnCostsAReporterItsShareToo) {
  FlowStore store = Open({.own_segments = true, .catalog_bytes = 40'000});
  constexpr uint64_t kPeers = 100;
  constexpr uint64_t kFlushes = 50;
  for (uint64_t i = 0; i < kPeers * kFlushes; ++i) {
    flows::Flow flow = LineOf(kGreedy, i, absl::StrCat("d/ns/shop/sa/", i % kPeers));
    flow.http.user_agent = Noise(200);
    Add(store, flow);
    if (i % kPeers == kPeers - 1) {
      ASSERT_TRUE(store.Flush().ok());
    }
  }
  EXPECT_LT(Count("SELECT count(*) FROM party_segment"), 40'000 / 24);
  EXPECT_EQ(Ask("SELECT count(*) FROM flows WHERE source_principal = 'd/ns/shop/sa/7'"), "50 ")
      << "all are found, in segments that do not name it too";
}

TEST_F(FairShareTest, WhatIsNobodysExcessGoesByAge) {
  FlowStore store = Open({.own_segments = true});
  uint64_t number = 0;
  for (int hour = 0; hour < 12; ++hour) {
    clock_.Advance(absl::Hours(1));
    for (int reporter = 0; reporter < 12; ++reporter) {
      flows::Flow flow =
          LineOf(absl::StrCat("d/ns/shop/sa/r", reporter), number++, "d/ns/shop/sa/web");
      flow.time = clock_.WallNow();
      flow.detail = Noise(20'000);
      Add(store, flow);
    }
    ASSERT_TRUE(store.Flush().ok());
  }
  ASSERT_EQ(Count("SELECT count(*) FROM segment"), 144);
  ASSERT_TRUE(store.Retain({.max_bytes = store.bytes() / 2}).ok());
  const int64_t left = Count("SELECT count(*) FROM segment");
  EXPECT_LT(left, 72);
  EXPECT_EQ(Count("SELECT min(id) FROM segment"), 145 - left) << "the youngest are left";
}

TEST_F(FairShareTest, TheCatalogCountsAndItsOldestDaysGo) {
  FlowStore store = Open({});
  uint64_t number = 0;
  for (uint64_t day = 0; day < 10; ++day) {
    clock_.Advance(absl::Hours(24));
    for (uint64_t i = 0; i < 2'000; ++i) {
      flows::Flow flow = LineOf(kHonest, number++, absl::StrCat("d/day-", day, "/", Noise(80)));
      flow.time = clock_.WallNow();
      Add(store, flow);
    }
    ASSERT_TRUE(store.Flush().ok());
  }
  const auto catalog_bytes = [this] { return *CatalogBytes(*OpenCatalog(path_)); };
  ASSERT_GT(catalog_bytes(), uint64_t{4} << 20);
  const uint64_t max_bytes = uint64_t{8} << 20;
  ASSERT_LT(store.bytes(), max_bytes / 2) << "segments alone would fit";
  const auto retired = store.Retain({.max_bytes = max_bytes});
  ASSERT_TRUE(retired.ok()) << retired.status();
  EXPECT_GT(retired->segments, 2) << "they hold names";
  EXPECT_LE(catalog_bytes(), max_bytes / kCatalogParts);
  EXPECT_EQ(Ask("SELECT count(*) FROM edges WHERE source LIKE 'd/day-0/%'"), "0 ");
  EXPECT_EQ(Ask("SELECT sum(requests) FROM edges WHERE source LIKE 'd/day-9/%'"), "2000 ");
  EXPECT_EQ(Ask("SELECT count(*) FROM flows WHERE source_principal LIKE 'd/day-9/%'"), "2000 ");
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path_ + "/segments")) {
    files += entry.path().extension() == ".seg" ? 1 : 0;
  }
  EXPECT_EQ(files, Count("SELECT count(*) FROM segment"));
}

// What is known of runs is not deleted for room, and is no reason to delete anything else.
TEST_F(FairShareTest, NobodyEmptiesAStoreWithRunsOfItsOwn) {
  FlowStore store = Open({});
  Add(store, LineOf(kHonest, 0, "d/ns/shop/sa/web"));
  ASSERT_TRUE(store.Flush().ok());
  for (uint64_t i = 0; i < 20'000; ++i) {
    flows::Flow head = LineOf(kGreedy, 0, "");
    head.event = "HEAD";
    head.run_id = absl::StrCat(absl::Hex(i, absl::kZeroPad16));
    Add(store, head);
  }
  ASSERT_TRUE(store.Flush().ok());
  clock_.Advance(absl::Hours(100));
  ASSERT_GT(*CatalogBytes(*OpenCatalog(path_)), uint64_t{2} << 20);
  ASSERT_TRUE(store.Retain({.max_bytes = uint64_t{1} << 20}).ok());
  EXPECT_EQ(Ask("SELECT count(*) FROM flows"), "1 ");
  EXPECT_EQ(Ask("SELECT sum(requests) FROM edges"), "1 ");
}

TEST_F(FairShareTest, AnOldStoreIsNotEmptiedForACatalogThatCannotShrink) {
  FlowStore store = Open({});
  for (uint64_t i = 0; i < 100; ++i) {
    flows::Flow flow = LineOf(kHonest, i, "d/ns/shop/sa/web");
    flow.detail = Noise(1'000);
    Add(store, flow);
  }
  ASSERT_TRUE(store.Flush().ok());
  // Hardly more than the tables of the catalog themselves: these are never the reason.
  ASSERT_TRUE(store.Retain({.max_bytes = store.bytes() * 4 / 3 + 10}).ok());
  EXPECT_EQ(Ask("SELECT count(*) FROM flows"), "100 ");
}

TEST_F(FairShareTest, TheBudgetOfACatalogGoesByTheRoomThatThereIs) {
  EXPECT_EQ(CatalogBudget({}), uint64_t{64} << 20);
  EXPECT_EQ(CatalogBudget({.max_bytes = 20'000'000'000}), 20'000'000'000 / 2'048);
  EXPECT_EQ(CatalogBudget({.max_bytes = 1}), uint64_t{2} << 20);
  EXPECT_EQ(CatalogBudget({.max_bytes = uint64_t{1} << 60}), uint64_t{64} << 20);
}

}  // namespace
}  // namespace firebreak::store
