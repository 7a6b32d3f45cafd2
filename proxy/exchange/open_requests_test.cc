#include "proxy/exchange/open_requests.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_format.h"

namespace firebreak::proxy {
namespace {

flows::Record RecordOf(uint64_t flow, const std::string& trace = "") {
  flows::Record record;
  record.flow_id_low = flow;
  if (!trace.empty()) record.trace_id = std::make_shared<const std::string>(trace);
  return record;
}

std::string Trace(uint64_t number) { return absl::StrFormat("%032x", number * 0x9e3779b97f4a7c15); }

TEST(OpenRequests, AreCountedWhileTheyAreOpenWhicheverWorkerHasThem) {
  OpenRequests open;
  OpenRequests::Worker& one = open.Join(7);
  OpenRequests::Worker& other = open.Join(8);
  flows::Record call = RecordOf(0);
  EXPECT_EQ(call.inflight_inbound, -1);
  open.Note(call);
  EXPECT_EQ(call.inflight_inbound, 0);
  {
    const OpenRequests::Entry first(one, RecordOf(1));
    const OpenRequests::Entry second(other, RecordOf(1));
    open.Note(call);
    EXPECT_EQ(call.inflight_inbound, 2);
    EXPECT_EQ(call.parent_flow_id_low, 0u) << "nothing says which of them it is";
  }
  open.Note(call);
  EXPECT_EQ(call.inflight_inbound, 0);
}

TEST(OpenRequests, AreTheParentOfCallsOfTheSameTrace) {
  OpenRequests open;
  open.Join(7);
  OpenRequests::Worker& other = open.Join(8);
  const auto parent = std::make_unique<OpenRequests::Entry>(other, RecordOf(5, Trace(1)));
  flows::Record call = RecordOf(0, Trace(1));
  open.Note(call);
  EXPECT_EQ(call.parent_flow_id_high, 8u);
  EXPECT_EQ(call.parent_flow_id_low, 5u);
  flows::Record stranger = RecordOf(0, Trace(2));
  open.Note(stranger);
  EXPECT_EQ(stranger.parent_flow_id_low, 0u);
  EXPECT_EQ(stranger.inflight_inbound, 1);
}

TEST(OpenRequests, OfAnEndedRequestNothingIsLeft) {
  OpenRequests open;
  OpenRequests::Worker& worker = open.Join(7);
  { const OpenRequests::Entry entry(worker, RecordOf(5, Trace(1))); }
  flows::Record call = RecordOf(0, Trace(1));
  open.Note(call);
  EXPECT_EQ(call.parent_flow_id_low, 0u);
}

TEST(OpenRequests, MoreThanThereIsRoomForAreCountedAllTheSame) {
  OpenRequests open;
  OpenRequests::Worker& worker = open.Join(7);
  std::deque<OpenRequests::Entry> entries;
  for (uint64_t i = 1; i <= 5000; ++i) entries.emplace_back(worker, RecordOf(i, Trace(i)));
  int found = 0;
  for (uint64_t i = 1; i <= 5000; ++i) {
    flows::Record call = RecordOf(0, Trace(i));
    open.Note(call);
    EXPECT_EQ(call.inflight_inbound, 5000);
    if (call.parent_flow_id_low == 0) continue;
    EXPECT_EQ(call.parent_flow_id_low, i);
    ++found;
  }
  EXPECT_GT(found, 900);
  entries.clear();
  const OpenRequests::Entry again(worker, RecordOf(9, Trace(1)));
  flows::Record call = RecordOf(0, Trace(1));
  open.Note(call);
  EXPECT_EQ(call.parent_flow_id_low, 9u) << "the places are free again";
}

TEST(OpenRequests, OfOneWorkerAreReadByAnotherWhileTheyComeAndGo) {
  OpenRequests open;
  OpenRequests::Worker& worker = open.Join(7);
  std::thread reader([&open] {
    for (int i = 0; i < 20'000; ++i) {
      const uint64_t trace = 1 + static_cast<uint64_t>(i) % 16;
      flows::Record call = RecordOf(0, Trace(trace));
      open.Note(call);
      // A flow of the same trace, or none: flows are numbered so that it shows.
      if (call.parent_flow_id_low != 0) {
        EXPECT_EQ(call.parent_flow_id_low % 16 + 1, trace);
      }
      EXPECT_GE(call.inflight_inbound, 0);
    }
  });
  for (uint64_t i = 0; i < 20'000; ++i) {
    const OpenRequests::Entry entry(worker, RecordOf(16 + i, Trace(1 + i % 16)));
  }
  reader.join();
}

}  // namespace
}  // namespace firebreak::proxy
