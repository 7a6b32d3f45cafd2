#include "flows/edge_tally.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace firebreak::flows {
namespace {

Flow Line(const std::string& event, const std::string& direction) {
  Flow flow;
  flow.event = event;
  flow.direction = direction;
  flow.verdict = "FORWARDED";
  flow.protocol = event == "REQUEST" ? "HTTP1" : "TCP";
  flow.source.principal = "shop.example/ns/shop/sa/web";
  flow.destination.principal = "shop.example/ns/shop/sa/orders";
  flow.time = absl::FromUnixSeconds(1'800'000'000);
  flow.duration_us = 100;
  return flow;
}

Flow Request(const std::string& direction, const std::string& verdict, uint16_t status) {
  Flow flow = Line("REQUEST", direction);
  flow.verdict = verdict;
  flow.http.method = "GET";
  flow.http.path = "/v1/orders/7";
  flow.http.path_template = "/v1/orders/{id}";
  flow.http.status = status;
  flow.http.request_bytes = 10;
  flow.http.response_bytes = 20;
  return flow;
}

EdgeCounts Only(const EdgeTally& tally) {
  const auto rows = tally.Rows();
  EXPECT_EQ(rows.size(), 1);
  return rows.empty() ? EdgeCounts() : rows[0].counts;
}

TEST(Durations, AQuantileIsNoFurtherOffThanAQuarter) {
  for (const uint64_t value : {1, 3, 4, 7, 8, 100, 999, 12'345, 1'000'000'000}) {
    Durations durations;
    durations.Add(value, 1);
    durations.Add(value * 100, 1);
    EXPECT_GE(durations.Quantile(0), value);
    EXPECT_LE(durations.Quantile(0), value + value / 4);
    EXPECT_EQ(durations.Quantile(1), value * 100);
  }
  EXPECT_EQ(Durations().Quantile(0.5), 0);
}

TEST(Durations, TheLongestIsKnownExactlyHoweverLong) {
  Durations durations;
  durations.Add(~uint64_t{0}, 1);
  EXPECT_EQ(durations.max(), ~uint64_t{0});
  EXPECT_EQ(durations.Quantile(0.99), ~uint64_t{0});
}

TEST(EdgeTally, WhatLivesOnIsCountedWhenItHasEndedAndOnce) {
  EdgeTally tally(/*by_route=*/true);
  Flow connection = Line("PERIODIC", "INBOUND");
  Flow request = Request("INBOUND", "FORWARDED", 200);
  request.event = "PERIODIC";
  for (uint64_t bytes = 10; bytes <= 30; bytes += 10) {
    connection.bytes_sent = request.bytes_sent = bytes;
    tally.See(connection);
    tally.See(request);
  }
  EXPECT_TRUE(tally.Rows().empty());
  connection.event = "CLOSE";
  tally.See(connection);
  EXPECT_EQ(Only(tally).connections, 1);
  EXPECT_EQ(Only(tally).bytes_sent, 30);
}

TEST(EdgeTally, CountsWhatBothSidesReportOnce) {
  EdgeTally tally(false);
  for (const char* direction : {"INBOUND", "OUTBOUND"}) {
    for (int i = 0; i < 3; ++i) tally.See(Request(direction, "FORWARDED", 200));
  }
  const EdgeCounts counts = Only(tally);
  EXPECT_EQ(counts.requests, 3);
  EXPECT_EQ(counts.bytes_sent, 30);
  EXPECT_EQ(counts.bytes_received, 60);
  EXPECT_EQ(counts.durations.count(), 3);
}

TEST(EdgeTally, ApartIsWhatOneTrustDomainCallsAsAnotherDoes) {
  EdgeTally tally(false);
  Flow line = Line("CLOSE", "INBOUND");
  tally.See(line);
  EXPECT_EQ(tally.home(), "shop.example");
  line.source.principal = "evil.example/ns/shop/sa/web";
  tally.See(line);
  EXPECT_EQ(tally.Rows().size(), 2);
  EXPECT_EQ(tally.home(), "shop.example") << "that of who reports, not of who comes";
  line.reporter.principal = "other.example/ns/shop/sa/orders";
  tally.See(line);
  EXPECT_EQ(tally.home(), "") << "no domain is at home where sidecars of several report";
}

TEST(EdgeTally, ARefusalByEitherSideCounts) {
  EdgeTally tally(false);
  tally.See(Request("INBOUND", "DROPPED", 403));
  tally.See(Request("OUTBOUND", "FORWARDED", 403));  // the same, as the source saw it
  tally.See(Request("OUTBOUND", "DROPPED", 403));    // refused before it left
  EXPECT_EQ(Only(tally).denied, 2);
  EXPECT_EQ(Only(tally).requests, 2);
  EXPECT_EQ(Only(tally).errors, 0);
}

TEST(EdgeTally, AnErrorIsWhatWasAllowedAndFailed) {
  EdgeTally tally(false);
  tally.See(Request("INBOUND", "FORWARDED", 503));
  tally.See(Request("INBOUND", "ERROR", 0));
  tally.See(Request("INBOUND", "DROPPED", 503));
  tally.See(Request("INBOUND", "FORWARDED", 404));
  Flow call = Request("INBOUND", "FORWARDED", 200);
  call.grpc.status = 14;
  tally.See(call);
  call.grpc.status = 5;
  tally.See(call);
  EXPECT_EQ(Only(tally).errors, 3);
}

TEST(EdgeTally, BytesOfRequestsAreNotCountedAgainWithTheirConnection) {
  EdgeTally tally(false);
  tally.See(Request("INBOUND", "FORWARDED", 200));
  Flow close = Line("CLOSE", "INBOUND");
  close.protocol = "HTTP1";
  close.bytes_sent = close.bytes_received = 1'000;
  close.duration_us = 1'000'000;
  tally.See(close);
  EXPECT_EQ(Only(tally).connections, 1);
  EXPECT_EQ(Only(tally).bytes(), 30);
  EXPECT_EQ(Only(tally).durations.max(), 100);
}

TEST(EdgeTally, AnOutboundConnectionOfRequestsNamesNobodyAndIsLeftToThem) {
  EdgeTally tally(false);
  Flow close = Line("CLOSE", "OUTBOUND");
  close.protocol = "HTTP2";
  close.destination.principal.clear();
  tally.See(close);
  EXPECT_TRUE(tally.Rows().empty());
  close.verdict = "DROPPED";
  tally.See(close);
  EXPECT_EQ(Only(tally).denied, 1) << "a refused one had no requests";
}

TEST(EdgeTally, ASampledLineStandsForItsWeight) {
  EdgeTally tally(false);
  Flow request = Request("INBOUND", "FORWARDED", 200);
  request.weight = 10;
  tally.See(request);
  request.weight = 0;
  tally.See(request);
  EXPECT_EQ(Only(tally).requests, 11);
  EXPECT_EQ(Only(tally).bytes_sent, 110);
}

TEST(EdgeTally, TellsRoutesApartWhenAsked) {
  EdgeTally tally(true);
  tally.See(Request("INBOUND", "FORWARDED", 200));
  Flow other = Request("INBOUND", "FORWARDED", 200);
  other.http.path = "/v1/orders/8";
  tally.See(other);
  other.http.method = "DELETE";
  tally.See(other);
  const auto rows = tally.Rows();
  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0].key.route, "DELETE /v1/orders/{id}");
  EXPECT_EQ(rows[1].counts.requests, 2);
}

TEST(EdgeTally, KeepsTheLargeEdgesAndTheSumsWhenThereAreTooMany) {
  EdgeTally tally(false, 100);
  const Flow large = Request("INBOUND", "FORWARDED", 200);
  uint64_t seen = 0;
  for (int i = 0; i < 1'000; ++i) {
    Flow small = large;
    small.source.principal = absl::StrCat("shop.example/ns/shop/sa/s", i);
    tally.See(small);
    tally.See(large);
    seen += 2;
  }
  const std::vector<EdgeRow> rows = tally.Rows();
  EXPECT_EQ(rows.back().key.source, EdgeTally::kOthers);
  EXPECT_EQ(rows.back().key.destination, EdgeTally::kOthers);
  uint64_t counted = 0;
  uint64_t largest = 0;
  for (const EdgeRow& row : rows) {
    counted += row.counts.requests;
    if (row.key.source != EdgeTally::kOthers) largest = std::max(largest, row.counts.requests);
  }
  EXPECT_EQ(counted, seen);
  EXPECT_EQ(largest, 1'000);
  EXPECT_LE(rows.size(), 101);
  EXPECT_EQ(tally.folded() + rows.size() - 1, 1'001);
}

TEST(EdgeTally, AskedIsWhatWasDecidedByItself) {
  EdgeTally tally(false);
  Flow carrier = Line("CLOSE", "INBOUND");
  carrier.protocol = "HTTP1";
  tally.See(carrier);
  EXPECT_EQ(Only(tally).asked(), 1) << "all that is known";
  for (int i = 0; i < 5; ++i) tally.See(Request("INBOUND", "DROPPED", 403));
  EXPECT_EQ(Only(tally).asked(), 5) << "its connection was let through to ask";
  EXPECT_EQ(Only(tally).denied, 5);
  tally.See(Line("CLOSE", "INBOUND"));
  EXPECT_EQ(Only(tally).asked(), 6);
  carrier.verdict = "DROPPED";
  tally.See(carrier);
  EXPECT_EQ(Only(tally).asked(), 7);
  EXPECT_EQ(Only(tally).denied, 6);
}

TEST(EdgeTally, NoLineTurnsASumOver) {
  EdgeTally tally(false);
  Flow absurd = Request("INBOUND", "FORWARDED", 200);
  absurd.weight = ~uint64_t{0};
  absurd.http.request_bytes = uint64_t{1} << 63;
  for (int i = 0; i < 2; ++i) tally.See(absurd);
  tally.See(Request("INBOUND", "FORWARDED", 200));
  EXPECT_EQ(Only(tally).requests, ~uint64_t{0});
  EXPECT_EQ(Only(tally).bytes(), ~uint64_t{0});
}

TEST(EdgeTally, AddsUpWhatTheLogsSayTheyLost) {
  EdgeTally tally(false);
  Flow lost;
  lost.event = "LOST";
  lost.lost.count = 4;
  tally.See(lost);
  lost.lost.sink = "file";
  tally.See(lost);
  lost.lost.sink = "otlp";  // which is another copy's
  tally.See(lost);
  EXPECT_EQ(tally.lost(), 8);
  EXPECT_TRUE(tally.Rows().empty());
}

}  // namespace
}  // namespace firebreak::flows
