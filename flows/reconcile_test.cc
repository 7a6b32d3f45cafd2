#include "flows/reconcile.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace firebreak::flows {
namespace {

constexpr char kWeb[] = "d/ns/shop/sa/web";
constexpr char kOrders[] = "d/ns/shop/sa/orders";
const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);

Flow Connection(const std::string& direction, double second, uint64_t sent = 10) {
  Flow flow;
  flow.event = "CLOSE";
  flow.direction = direction;
  flow.verdict = "FORWARDED";
  flow.protocol = "TCP";
  flow.time = kStart + absl::Seconds(second);
  flow.source.principal = kWeb;
  flow.destination.principal = kOrders;
  flow.reporter.principal = direction == "INBOUND" ? kOrders : kWeb;
  flow.bytes_sent = sent;
  return flow;
}

Flow Request(const std::string& direction, double second, const std::string& path) {
  Flow flow = Connection(direction, second);
  flow.event = "REQUEST";
  flow.protocol = "HTTP1";
  flow.http.method = "GET";
  flow.http.path = path;
  flow.http.status = 200;
  return flow;
}

Reconciler Reconciled(std::vector<Flow> lines) {
  std::stable_sort(lines.begin(), lines.end(),
                   [](const Flow& a, const Flow& b) { return a.time < b.time; });
  Reconciler reconciler(absl::Seconds(5));
  for (const Flow& line : lines) reconciler.See(line);
  reconciler.Finish();
  return reconciler;
}

TEST(Reconcile, JoinsWhatBothSidesReport) {
  std::vector<Flow> lines;
  for (int i = 0; i < 100; ++i) {
    lines.push_back(Connection("OUTBOUND", i, static_cast<uint64_t>(i % 7)));
    lines.push_back(Connection("INBOUND", i + 0.2, static_cast<uint64_t>(i % 7)));
    lines.push_back(Request("OUTBOUND", i, "/a"));
    lines.push_back(Request("INBOUND", i - 0.1, "/a"));
  }
  const Reconciler all = Reconciled(lines);
  EXPECT_EQ(all.joined(), 200);
  EXPECT_EQ(all.one_sided_count(), 0);
  EXPECT_EQ(all.differing_count(), 0);
}

// The ids of a path are shown by show_paths, and hidden by each version as it knows them.
TEST(Reconcile, JoinsPathsOfWhichOneSideShowsMore) {
  const std::pair<const char*, const char*> paths[] = {
      {"/v1/charges/12/items", "/v1/charges/{id}/items"},
      {"/v1/charges/12/items", "/v1/charges/{redacted}/items"},
      {"/users/ann@shop.example", "/users/{id}"},
      {"/token/abcdef", "/token/{redacted}"},
      {"/watch/{id}", "/watch/dQw4w9WgXcQ"},
      {"/0123456789abcdef0123456789abcdef", "/{redacted}"}};
  for (const auto& [outbound, inbound] : paths) {
    const Reconciler joined =
        Reconciled({Request("OUTBOUND", 0, outbound), Request("INBOUND", 0.1, inbound)});
    EXPECT_EQ(joined.joined(), 1) << outbound;
    EXPECT_EQ(joined.one_sided_count(), 0) << outbound;
  }
  EXPECT_EQ(Reconciled(
                {Request("OUTBOUND", 0, "/v1/charges/12"), Request("INBOUND", 0, "/v1/refunds/12")})
                .one_sided_count(),
            2)
      << "what is no id tells requests apart";
}

TEST(Reconcile, NamesTheIdThatThePeerDidNotWriteWhereBothShowIt) {
  std::vector<Flow> lines;
  for (const char* path : {"/v1/charges/{id}", "/v1/charges/3", "/v1/charges/4"}) {
    lines.push_back(Request("OUTBOUND", 0, path));
    if (absl::string_view(path) != "/v1/charges/3") lines.push_back(Request("INBOUND", 0, path));
  }
  const Reconciler hidden = Reconciled(lines);
  EXPECT_EQ(hidden.joined(), 2);
  ASSERT_EQ(hidden.one_sided().size(), 1);
  EXPECT_EQ(hidden.one_sided()[0].flow.what, "GET /v1/charges/3 200");
  lines.push_back(Request("INBOUND", 0.1, "/v1/charges/5"));  // instead
  const Reconciler changed = Reconciled(lines);
  EXPECT_EQ(changed.joined(), 2);
  EXPECT_EQ(changed.one_sided_count(), 2);
}

TEST(Reconcile, ARefusalIsFoundByItsRouteToo) {
  Flow refused = Request("INBOUND", 4.2, "/v1/charges/{id}");
  refused.verdict = "DROPPED";
  refused.bytes_sent = 0;
  const Reconciler joined = Reconciled({Request("OUTBOUND", 4, "/v1/charges/7"), refused});
  EXPECT_EQ(joined.joined(), 1);
  EXPECT_EQ(joined.one_sided_count(), 0);
  EXPECT_EQ(Reconciled({refused}).left_out(), 1);
}

TEST(Reconcile, WhatLivesOnIsJoinedWhenItHasEnded) {
  std::vector<Flow> lines;
  for (int minute = 1; minute <= 3; ++minute) {
    for (const char* direction : {"OUTBOUND", "INBOUND"}) {
      lines.push_back(Connection(direction, minute * 60, static_cast<uint64_t>(minute)));
      if (minute < 3) lines.back().event = "PERIODIC";
    }
  }
  lines.push_back(Request("OUTBOUND", 60, "/stream"));
  lines.back().event = "PERIODIC";
  const Reconciler all = Reconciled(lines);
  EXPECT_EQ(all.joined(), 1);
  EXPECT_EQ(all.one_sided_count(), 0);
  EXPECT_EQ(all.left_out(), 0);
}

TEST(Reconcile, TolerateClocksThatDiffer) {
  EXPECT_EQ(Reconciled({Connection("OUTBOUND", 0), Connection("INBOUND", 4.9)}).joined(), 1);
  EXPECT_EQ(Reconciled({Connection("OUTBOUND", 0), Connection("INBOUND", 5.1)}).one_sided_count(),
            2);
}

TEST(Reconcile, NamesTheLineThatThePeerDidNotWrite) {
  std::vector<Flow> lines;
  for (int i = 0; i < 30; ++i) {
    lines.push_back(Request("OUTBOUND", i, "/a"));
    if (i != 17) lines.push_back(Request("INBOUND", i, "/a"));
  }
  lines.push_back(Request("INBOUND", 15, "/hidden"));  // that its source never spoke of
  const Reconciler all = Reconciled(lines);
  EXPECT_EQ(all.joined(), 29);
  ASSERT_EQ(all.one_sided().size(), 2);
  EXPECT_EQ(all.one_sided()[0].flow.what, "GET /hidden 200");
  EXPECT_EQ(all.one_sided()[0].flow.peer(), kWeb);
  EXPECT_EQ(all.one_sided()[0].why, OneSided::kMissing);
  EXPECT_EQ(all.one_sided()[1].why, OneSided::kMissing);
}

TEST(Reconcile, TellsASilentPeerFromOneThatStopped) {
  std::vector<Flow> lines = {Connection("OUTBOUND", 0)};
  EXPECT_EQ(Reconciled(lines).one_sided().at(0).why, OneSided::kSilent);
  lines.push_back(Connection("INBOUND", 0));
  lines.push_back(Connection("OUTBOUND", 60));
  const Reconciler all = Reconciled(lines);
  ASSERT_EQ(all.one_sided().size(), 1);
  EXPECT_EQ(all.one_sided()[0].why, OneSided::kOutside);
}

TEST(Reconcile, ALossThatThePeerTellsOfExplainsWhatIsMissing) {
  Flow lost;
  lost.event = "LOST";
  lost.reporter.principal = kOrders;
  lost.time = kStart + absl::Seconds(30);
  lost.lost.count = 1;
  std::vector<Flow> lines = {Connection("OUTBOUND", 0),  Connection("INBOUND", 0),
                             Connection("OUTBOUND", 20), lost,
                             Connection("OUTBOUND", 60), Connection("INBOUND", 60)};
  const Reconciler all = Reconciled(lines);
  ASSERT_EQ(all.one_sided().size(), 1);
  EXPECT_EQ(all.one_sided()[0].why, OneSided::kLost);

  // As many as it tells of, and no more.
  for (int i = 0; i < 10; ++i) lines.push_back(Connection("OUTBOUND", 21 + i * 0.1));
  const Reconciler more = Reconciled(lines);
  ASSERT_EQ(more.one_sided().size(), 11);
  EXPECT_EQ(more.one_sided()[0].why, OneSided::kLost);
  for (size_t i = 1; i < 11; ++i) EXPECT_EQ(more.one_sided()[i].why, OneSided::kMissing);
}

TEST(Reconcile, ARefusalDoesNotCoverWhatTheOtherSideCarried) {
  for (const char* verdict : {"DROPPED", "ERROR"}) {
    Flow refused = Connection("OUTBOUND", 0, 0);
    refused.verdict = verdict;
    EXPECT_EQ(Reconciled({refused, Connection("INBOUND", 0, 1'000'000'000)}).differing_count(), 1);
    Flow answered = Connection("INBOUND", 0, 0);
    answered.bytes_received = 1'000'000'000;
    EXPECT_EQ(Reconciled({refused, answered}).differing_count(), 1);
    // What can have been under way is no lie.
    const Reconciler near = Reconciled({refused, Connection("INBOUND", 0, 100'000)});
    EXPECT_EQ(near.joined(), 1);
    EXPECT_EQ(near.differing_count(), 0);
  }
}

TEST(Reconcile, EqualReportsFindEachOtherAmongAnyNumber) {
  // All of a second, each of other bytes, and those of the destination the other way round.
  std::vector<Flow> lines;
  constexpr int kCount = 2'000;
  for (int i = 0; i < kCount; ++i) {
    lines.push_back(Connection("OUTBOUND", i * 0.0005, static_cast<uint64_t>(i)));
    lines.push_back(Connection("INBOUND", i * 0.0005, static_cast<uint64_t>(kCount - 1 - i)));
  }
  const Reconciler all = Reconciled(lines);
  EXPECT_EQ(all.joined(), kCount);
  EXPECT_EQ(all.differing_count(), 0);
  EXPECT_EQ(all.one_sided_count(), 0);
}

TEST(Reconcile, JoinsAllLinesAndTellsOfThoseAskedFor) {
  std::vector<Flow> lines = {Connection("OUTBOUND", 0),     Connection("INBOUND", 0.1),
                             Connection("OUTBOUND", 60, 5), Connection("INBOUND", 60, 7),
                             Connection("INBOUND", 120, 1), Connection("OUTBOUND", 180, 2)};
  Reconciler inbound(absl::Seconds(5),
                     [](const Flow& flow) { return flow.direction == "INBOUND"; });
  for (const Flow& line : lines) inbound.See(line);
  inbound.Finish();
  EXPECT_EQ(inbound.joined(), 2);
  EXPECT_EQ(inbound.differing_count(), 1);
  ASSERT_EQ(inbound.one_sided_count(), 1);
  EXPECT_TRUE(inbound.one_sided()[0].flow.inbound);
}

TEST(Reconcile, TellsOfPeersThatDisagreeOnBytes) {
  const Reconciler all =
      Reconciled({Connection("OUTBOUND", 0, 1'000), Connection("INBOUND", 0.1, 10)});
  EXPECT_EQ(all.joined(), 1);
  ASSERT_EQ(all.differing().size(), 1);
  EXPECT_EQ(all.differing()[0].outbound.sent, 1'000);
  EXPECT_EQ(all.differing()[0].inbound.sent, 10);
}

TEST(Reconcile, AMissingLineDoesNotTakeTheCounterpartOfAnother) {
  // The destination hides the first of two; the second must not be taken for it.
  const Reconciler all = Reconciled({Connection("OUTBOUND", 0, 111), Connection("OUTBOUND", 1, 222),
                                     Connection("INBOUND", 1.1, 222)});
  EXPECT_EQ(all.joined(), 1);
  EXPECT_EQ(all.differing_count(), 0);
  ASSERT_EQ(all.one_sided().size(), 1);
  EXPECT_EQ(all.one_sided()[0].flow.sent, 111);
}

TEST(Reconcile, WhatWasRefusedMayHaveACounterpartAndNeedsNone) {
  Flow refused = Connection("INBOUND", 0, 0);
  refused.verdict = "DROPPED";
  EXPECT_EQ(Reconciled({refused, Connection("OUTBOUND", 0, 0)}).joined(), 1);
  EXPECT_EQ(Reconciled({refused}).one_sided_count(), 0);
  EXPECT_EQ(Reconciled({refused}).left_out(), 1);
}

TEST(Reconcile, ACallThatFailedEarlierDoesNotTakeTheCounterpartOfOneThatNeedsIt) {
  // A call that never got to the peer; 4.2 s later one that the peer's program failed, whose caller
  // was given the peer's own words.
  Flow failed = Connection("OUTBOUND", 0, 0);
  failed.verdict = "ERROR";
  Flow peer = Connection("INBOUND", 4.2, 0);
  peer.verdict = "ERROR";
  Flow caller = Connection("OUTBOUND", 4.2002, 0);
  caller.bytes_received = 56;
  for (const std::vector<Flow>& lines :
       {std::vector<Flow>{failed, peer, caller}, {failed, caller, peer}}) {
    const Reconciler all = Reconciled(lines);
    EXPECT_EQ(all.one_sided_count(), 0);
    EXPECT_EQ(all.differing_count(), 0);
    EXPECT_EQ(all.joined(), 1);
    EXPECT_EQ(all.left_out(), 1);
  }
}

TEST(Reconcile, ARefusalNearbyHidesNoLie) {
  // Both sides have a refusal, and then disagree about a call that both forwarded.
  std::vector<Flow> lines;
  for (const char* direction : {"OUTBOUND", "INBOUND"}) {
    lines.push_back(Connection(direction, 0, 0));
    lines.back().verdict = "DROPPED";
  }
  lines.push_back(Connection("OUTBOUND", 4, 1'000));
  lines.push_back(Connection("INBOUND", 4.1, 10));
  const Reconciler all = Reconciled(lines);
  EXPECT_EQ(all.joined(), 2);
  ASSERT_EQ(all.differing_count(), 1);
  EXPECT_EQ(all.differing()[0].outbound.sent, 1'000);
}

TEST(Reconcile, ClocksMayDifferByMoreThanThereIsBetweenCalls) {
  std::vector<Flow> lines;
  for (int i = 0; i < 60; ++i) {
    lines.push_back(Connection("OUTBOUND", i));
    lines.push_back(Connection("INBOUND", i + 4));
  }
  EXPECT_EQ(Reconciled(lines).joined(), 60);
}

TEST(Reconcile, OfLinesThatDifferTheNearestBelongTogether) {
  Flow cut = Connection("INBOUND", 4.1, 1'002);
  cut.verdict = "ERROR";
  const Reconciler all =
      Reconciled({Connection("OUTBOUND", 0, 1'000), Connection("OUTBOUND", 4, 1'001), cut});
  ASSERT_EQ(all.one_sided_count(), 1);
  EXPECT_EQ(all.one_sided()[0].flow.sent, 1'000);
}

TEST(Reconcile, LeavesOutWhatCannotBeCompared) {
  Flow nobody = Connection("INBOUND", 0);
  nobody.source.principal.clear();
  Flow carrier = Connection("INBOUND", 0);
  carrier.protocol = "HTTP2";
  Flow sampled = Connection("INBOUND", 0);
  sampled.weight = 10;
  const Reconciler all = Reconciled({nobody, carrier, sampled});
  EXPECT_EQ(all.left_out(), 3);
  EXPECT_EQ(all.one_sided_count(), 0);
}

TEST(Reconcile, KeepsABoundedNumberAndCountsAll) {
  std::vector<Flow> lines;
  const size_t count = Reconciler::kMaxKept + 10;
  for (size_t i = 0; i < count; ++i) {
    lines.push_back(Connection("OUTBOUND", static_cast<double>(i) * 0.001, i));
  }
  const Reconciler all = Reconciled(lines);
  EXPECT_EQ(all.one_sided().size(), Reconciler::kMaxKept);
  EXPECT_EQ(all.one_sided_count(), count);
}

}  // namespace
}  // namespace firebreak::flows
