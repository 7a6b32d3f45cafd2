#include "store/segment.h"

#include <gtest/gtest.h>

#include "flows/flow_json.h"
#include "store/bytes.h"
#include "store/testing.h"

namespace firebreak::store {
namespace {

std::string Json(const flows::Flow& flow) {
  std::string text;
  flows::AppendFlowJson(flow, &text);
  return text;
}

std::string FileOf(std::vector<flows::Flow> flows) {
  SegmentBuilder builder;
  for (const flows::Flow& flow : flows) builder.Add(flow);
  return builder.Finish();
}

std::vector<flows::Flow> Variety() {
  std::vector<flows::Flow> flows = {FullFlow(), flows::Flow(), FullFlow()};
  flows[1].time = kTestStart;
  flows[1].event = "CLOSE";
  for (uint64_t i = 0; i < 100; ++i) flows.push_back(NumberedFlow(i * 7'919 % 101));
  flows.back().duration_us = ~uint64_t{0};
  flows.back().inflight_inbound = 5;
  flows.back().time = absl::FromUnixMicros(-1);
  return flows;
}

TEST(Segment, GivesBackEveryFieldOfEveryRow) {
  const std::vector<flows::Flow> flows = Variety();
  const std::string file = FileOf(flows);
  const auto segment = Segment::Parse(file);
  ASSERT_TRUE(segment.ok()) << segment.status();
  ASSERT_EQ(segment->rows(), flows.size());
  const auto read = segment->ReadFlows();
  ASSERT_TRUE(read.ok()) << read.status();
  for (size_t i = 0; i < flows.size(); ++i) EXPECT_EQ(Json((*read)[i]), Json(flows[i])) << i;
}

TEST(Segment, IdsThatAreNoneStayTexts) {
  std::vector<flows::Flow> flows = Variety();
  flows[0].flow_id = "not an id";
  flows[2].flow_id = std::string(32, 'F');  // upper case: the same bytes come back
  const std::string file = FileOf(flows);
  const auto read = Segment::Parse(file)->ReadFlows();
  ASSERT_TRUE(read.ok());
  for (size_t i = 0; i < flows.size(); ++i) EXPECT_EQ((*read)[i].flow_id, flows[i].flow_id);
}

TEST(Segment, AnEmptyOneAndAFullOneAreRead) {
  const std::string empty = FileOf({});
  ASSERT_TRUE(Segment::Parse(empty).ok());
  EXPECT_TRUE(Segment::Parse(empty)->ReadFlows()->empty());
  SegmentBuilder builder;
  for (size_t i = 0; i < kMaxSegmentRows; ++i) {
    flows::Flow flow = NumberedFlow(i);
    builder.Add(flow);
  }
  const std::string full = builder.Finish();
  EXPECT_EQ(Segment::Parse(full)->rows(), kMaxSegmentRows);
  EXPECT_LT(full.size() / kMaxSegmentRows, 12) << "bytes a row";
  EXPECT_EQ(builder.rows(), 0);
}

TEST(Segment, DamageAnywhereIsAnErrorAndNeverOtherRows) {
  const std::vector<flows::Flow> flows = {FullFlow(), NumberedFlow(3), NumberedFlow(4)};
  const std::string whole = FileOf(flows);
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    const auto segment = Segment::Parse(damaged);
    if (!segment.ok()) continue;
    const auto read = segment->ReadFlows();
    if (!read.ok()) continue;
    // A flipped bit that a frame's header does not care for may change nothing.
    for (size_t i = 0; i < flows.size(); ++i) {
      ASSERT_EQ(Json((*read)[i]), Json(flows[i])) << "byte " << at;
    }
  }
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Segment::Parse(whole.substr(0, size)).ok()) << size;
  }
}

TEST(Bytes, AVarintThatNeverEndsIsAnError) {
  for (const std::string& bytes : {std::string(), std::string("\x80"), std::string(11, '\xff')}) {
    ByteReader reader(bytes);
    EXPECT_EQ(reader.Varint(), 0);
    EXPECT_FALSE(reader.ok());
    EXPECT_EQ(reader.Varint(), 0);
  }
}

TEST(Bytes, AFrameMayNotClaimMoreThanItsBound) {
  const std::string frame = Compress(std::string(1'000, 'x'));
  EXPECT_TRUE(Decompress(frame, 1'000).ok());
  EXPECT_FALSE(Decompress(frame, 999).ok());
  EXPECT_FALSE(Decompress(frame + "x", 1'000).ok());
  EXPECT_FALSE(Decompress(frame.substr(1), 1'000).ok());
  EXPECT_FALSE(Decompress("", 1'000).ok());
}

}  // namespace
}  // namespace firebreak::store
