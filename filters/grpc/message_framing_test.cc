#include "filters/grpc/message_framing.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace firebreak::filters {
namespace {

constexpr MessageFraming::Options kOptions{
    .max_message_bytes = 1000, .max_empty_messages = 3, .compression_declared = false};

std::string Prefix(char flag, uint32_t length) {
  std::string prefix(1, flag);
  for (const int shift : {24, 16, 8, 0}) prefix += static_cast<char>(length >> shift & 0xff);
  return prefix;
}

std::string Message(absl::string_view payload, char flag = 0) {
  return absl::StrCat(Prefix(flag, static_cast<uint32_t>(payload.size())), payload);
}

// The verdict on a body that comes in two pieces, cut at `cut`.
FramingFault Cut(const std::string& body, size_t cut, const MessageFraming::Options& options) {
  MessageFraming framing(options);
  const absl::string_view whole = body;
  framing.Feed(whole.substr(0, cut));
  framing.Feed(whole.substr(cut));
  return framing.End();
}

// The verdict on a body, which must be the same however it is cut.
FramingFault Verdict(const std::string& body, const MessageFraming::Options& options = kOptions) {
  const FramingFault verdict = Cut(body, 0, options);
  for (size_t cut = 1; cut < body.size(); ++cut) {
    EXPECT_EQ(Cut(body, cut, options), verdict) << "cut at " << cut;
  }
  MessageFraming bytewise(options);
  for (const char byte : body) bytewise.Feed(absl::string_view(&byte, 1));
  EXPECT_EQ(bytewise.End(), verdict);
  return verdict;
}

TEST(MessageFraming, I_05_TakesWholeMessagesHoweverTheyAreCut) {
  EXPECT_EQ(Verdict(""), FramingFault::kNone);
  EXPECT_EQ(Verdict(Message("")), FramingFault::kNone);
  EXPECT_EQ(Verdict(Message("a")), FramingFault::kNone);
  EXPECT_EQ(Verdict(Message("one") + Message("") + Message(std::string(1000, 'x'))),
            FramingFault::kNone);
}

TEST(MessageFraming, I_05_RefusesAFlagThatDoesNotExist) {
  for (const int flag : {2, 3, 0x7f, 0x80, 0x81, 0xff}) {
    EXPECT_EQ(Verdict(Message("ok") + Message("bad", static_cast<char>(flag))),
              FramingFault::kFlag);
  }
}

TEST(MessageFraming, I_05_RefusesCompressionThatNobodyDeclared) {
  MessageFraming::Options declared = kOptions;
  declared.compression_declared = true;
  EXPECT_EQ(Verdict(Message("gz", 1)), FramingFault::kCompression);
  EXPECT_EQ(Verdict(Message("gz", 1), declared), FramingFault::kNone);
  EXPECT_EQ(Verdict(Message("plain", 0), declared), FramingFault::kNone);
}

TEST(MessageFraming, I_05_RefusesTheDeclaredLengthBeforeItsBytesCome) {
  for (const uint32_t length : {1001U, 0x10000U, 0x80000000U, 0xffffffffU}) {
    EXPECT_EQ(Verdict(Prefix(0, length)), FramingFault::kMessageSize) << length;
  }
  EXPECT_EQ(Verdict(Message(std::string(1000, 'x'))), FramingFault::kNone);
}

TEST(MessageFraming, I_05_ABodyThatEndsWithinAMessageIsTruncated) {
  const std::string whole = Message("first") + Message("second");
  for (size_t end = 1; end < whole.size(); ++end) {
    const bool boundary = end == Message("first").size();
    EXPECT_EQ(Verdict(whole.substr(0, end)),
              boundary ? FramingFault::kNone : FramingFault::kTruncated)
        << end;
  }
}

TEST(MessageFraming, I_05_EmptyMessagesInARowAreBounded) {
  const std::string three = Message("") + Message("") + Message("");
  EXPECT_EQ(Verdict(three), FramingFault::kNone);
  EXPECT_EQ(Verdict(three + Message("x") + three), FramingFault::kNone);
  EXPECT_EQ(Verdict(three + Message("")), FramingFault::kEmptyMessages);
}

TEST(MessageFraming, I_05_TheFirstFaultStands) {
  MessageFraming framing(kOptions);
  EXPECT_EQ(framing.Feed(Prefix(9, 0)), FramingFault::kFlag);
  EXPECT_EQ(framing.Feed(Message("good")), FramingFault::kFlag);
  EXPECT_EQ(framing.End(), FramingFault::kFlag);
}

}  // namespace
}  // namespace firebreak::filters
