#include "flows/spool_frame.h"

#include <gtest/gtest.h>

#include <vector>

namespace firebreak::flows {
namespace {

constexpr uint64_t kRun = 0x0f1e2d3c4b5a6978;

std::string TextOf(uint64_t i) { return "line " + std::to_string(i) + "\n"; }

std::string FrameOf(uint64_t i) {
  return EncodeFrame({.run = kRun,
                      .first_sequence = i,
                      .last_sequence = i,
                      .time = absl::FromUnixSeconds(static_cast<int64_t>(i)),
                      .lines = 1},
                     TextOf(i));
}

struct ReadBack {
  std::vector<uint64_t> sequences;
  FrameDamage damage;
};

// ReadAll checks that what is read is what was written under that number.
ReadBack ReadAll(const std::string& bytes) {
  ReadBack read;
  FrameReader reader(bytes);
  while (const auto frame = reader.Next()) {
    EXPECT_EQ(frame->text, TextOf(frame->header.first_sequence));
    read.sequences.push_back(frame->header.first_sequence);
  }
  read.damage = reader.damage();
  EXPECT_EQ(reader.offset(), bytes.size());
  return read;
}

TEST(SpoolFrame, ReadsBackWhatWasWritten) {
  const std::string bytes = FrameOf(7);
  FrameReader reader(bytes);
  const auto frame = reader.Next();
  ASSERT_TRUE(frame.has_value());
  EXPECT_EQ(frame->text, TextOf(7));
  EXPECT_EQ(frame->header.run, kRun);
  EXPECT_EQ(frame->header.last_sequence, 7U);
  EXPECT_EQ(frame->header.time, absl::FromUnixSeconds(7));
  EXPECT_EQ(frame->header.lines, 1U);
  EXPECT_FALSE(reader.Next().has_value());
  EXPECT_EQ(reader.damage().places, 0U);
}

TEST(SpoolFrame, CutAtAnyByteKeepsEveryWholeFrame) {
  const std::string bytes = FrameOf(1) + FrameOf(2) + FrameOf(3);
  const size_t one = FrameOf(1).size();
  const size_t two = one + FrameOf(2).size();
  for (size_t cut = 0; cut <= bytes.size(); ++cut) {
    const ReadBack read = ReadAll(bytes.substr(0, cut));
    const size_t whole = cut < one ? 0 : cut < two ? 1 : cut < bytes.size() ? 2 : 3;
    ASSERT_EQ(read.sequences.size(), whole) << "cut at " << cut;
    const bool between = cut == 0 || cut == one || cut == two || cut == bytes.size();
    ASSERT_EQ(read.damage.places, between ? 0U : 1U) << "cut at " << cut;
  }
}

TEST(SpoolFrame, DamageAtAnyByteCostsItsOwnFrameAndIsCounted) {
  const std::string good = FrameOf(1) + FrameOf(2) + FrameOf(3);
  const size_t one = FrameOf(1).size();
  const size_t two = one + FrameOf(2).size();
  for (size_t at = 0; at < good.size(); ++at) {
    for (const char flip : {'\x01', '\x80', '\xff'}) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      const ReadBack read = ReadAll(bytes);
      const uint64_t hit = at < one ? 1 : at < two ? 2 : 3;
      std::vector<uint64_t> expected;
      for (uint64_t i = 1; i <= 3; ++i) {
        if (i != hit) expected.push_back(i);
      }
      ASSERT_EQ(read.sequences, expected) << "byte " << at;
      ASSERT_EQ(read.damage.places, 1U) << "byte " << at;
      // At the edges a damaged header leaves nothing to tell how much it stood for.
      if (hit == 2) {
        ASSERT_EQ(read.damage.lines, 1U) << "byte " << at;
      }
    }
  }
}

TEST(SpoolFrame, BytesTakenOutOrPutInCostNoOtherFrame) {
  const std::string good = FrameOf(1) + FrameOf(2) + FrameOf(3);
  const size_t one = FrameOf(1).size();
  const size_t two = one + FrameOf(2).size();
  for (size_t at = one; at < two; ++at) {
    std::string less = good;
    less.erase(at, 1);
    std::string more = good;
    more.insert(at, 1, 'F');
    for (const std::string& bytes : {less, more}) {
      const ReadBack read = ReadAll(bytes);
      ASSERT_EQ(read.sequences.front(), 1U) << at;
      ASSERT_EQ(read.sequences.back(), 3U) << at;
      ASSERT_GE(read.damage.places, 1U) << at;
    }
  }
}

}  // namespace
}  // namespace firebreak::flows
