#include "store/segment.h"

#include <gtest/gtest.h>

#include "flows/flow_json.h"
#include "store/bytes.h"
#include "store/columns.h"
#include "store/segment_format.h"
#include "store/testing.h"

namespace firebreak::store {
namespace {

std::string Json(const flows::Flow& flow) {
  std::string text;
  flows::AppendFlowJson(flow, &text);
  return text;
}

std::string FileOf(const std::vector<flows::Flow>& flows) {
  SegmentBuilder builder;
  for (const flows::Flow& flow : flows) builder.Add(flow);
  return *builder.Finish();
}

absl::StatusOr<std::vector<flows::Flow>> ReadFlows(const Segment& segment) {
  std::vector<flows::Flow> flows;
  const absl::Status read = segment.ForEach([&flows](flows::Flow& flow) {
    flows.push_back(std::move(flow));
    return true;
  });
  if (!read.ok()) return read;
  return flows;
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
  const auto read = ReadFlows(*segment);
  ASSERT_TRUE(read.ok()) << read.status();
  for (size_t i = 0; i < flows.size(); ++i) EXPECT_EQ(Json((*read)[i]), Json(flows[i])) << i;
}

TEST(Segment, IdsThatAreNoneStayTexts) {
  std::vector<flows::Flow> flows = Variety();
  flows[0].flow_id = "not an id";
  flows[2].flow_id = std::string(32, 'F');  // upper case: the same bytes come back
  const std::string file = FileOf(flows);
  const auto read = ReadFlows(*Segment::Parse(file));
  ASSERT_TRUE(read.ok());
  for (size_t i = 0; i < flows.size(); ++i) EXPECT_EQ((*read)[i].flow_id, flows[i].flow_id);
}

TEST(Segment, AnEmptyOneAndAFullOneAreRead) {
  const std::string empty = FileOf({});
  ASSERT_TRUE(Segment::Parse(empty).ok());
  EXPECT_TRUE(ReadFlows(*Segment::Parse(empty))->empty());
  SegmentBuilder builder;
  for (size_t i = 0; i < kMaxSegmentRows; ++i) {
    flows::Flow flow = NumberedFlow(i);
    builder.Add(flow);
  }
  const std::string full = *builder.Finish();
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
    const auto read = ReadFlows(*segment);
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

// A file whose directory names one column, with the frame it is given.
std::string FileOfOneColumn(absl::string_view column, absl::string_view frame) {
  std::string file(kSegmentMagic.data(), kSegmentMagic.size());
  file.append(frame.data(), frame.size());
  std::string directory;
  AppendVarint(1, &directory);  // rows
  AppendVarint(1, &directory);  // columns
  AppendVarint(column.size(), &directory);
  directory.append(column.data(), column.size());
  AppendVarint(static_cast<uint64_t>(ColumnKind::kNumbers), &directory);
  AppendVarint(kSegmentMagic.size(), &directory);
  AppendVarint(frame.size(), &directory);
  const std::string directory_frame = *Compress(directory);
  file += directory_frame;
  for (size_t i = 0; i < 4; ++i) {
    file.push_back(static_cast<char>(directory_frame.size() >> (8 * i)));
  }
  return file + std::string(kSegmentMagic);
}

TEST(Segment, AColumnWithoutItsFrameIsDamageAndNotAbsent) {
  const std::string whole = FileOfOneColumn("weight", *Compress(std::string(1, '\x04')));
  ASSERT_TRUE(Segment::Parse(whole).ok());
  EXPECT_EQ(Segment::Parse(whole)->Read(ColumnNamed("weight"))->Number(0), 2);
  EXPECT_TRUE(absl::IsDataLoss(Segment::Parse(FileOfOneColumn("weight", "")).status()));
}

// Lines may be a mebibyte long. Whatever they hold, what was written is read.
TEST(Segment, IsFullBeforeAReaderCouldNotTakeIt) {
  SegmentBuilder builder;
  while (!builder.full()) {
    flows::Flow flow = NumberedFlow(builder.rows());
    flow.http.path = absl::StrCat(builder.rows(), std::string(1'000'000, 'x'));
    builder.Add(flow);
  }
  EXPECT_LT(builder.rows(), 70);
  const size_t rows = builder.rows();
  const std::string file = *builder.Finish();
  EXPECT_EQ(builder.rows(), 0);
  EXPECT_FALSE(builder.full());
  const auto segment = Segment::Parse(file);
  ASSERT_TRUE(segment.ok()) << segment.status();
  size_t read = 0;
  const absl::Status done = segment->ForEach([&read](flows::Flow& flow) {
    read += flow.http.path == absl::StrCat(read, std::string(1'000'000, 'x')) ? 1 : 0;
    return true;
  });
  EXPECT_TRUE(done.ok()) << done;
  EXPECT_EQ(read, rows);
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
  const std::string frame = *Compress(std::string(1'000, 'x'));
  EXPECT_TRUE(Decompress(frame, 1'000).ok());
  EXPECT_FALSE(Decompress(frame, 999).ok());
  EXPECT_FALSE(Decompress(frame + "x", 1'000).ok());
  EXPECT_FALSE(Decompress(frame.substr(1), 1'000).ok());
  EXPECT_FALSE(Decompress("", 1'000).ok());
}

}  // namespace
}  // namespace firebreak::store
