#include "inspect/payload/protobuf_walker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "inspect/payload/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Field makes a length-delimited field of fewer than 128 bytes and a number below 16.
std::string Field(int number, absl::string_view content) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(content.size())} +
         std::string(content);
}

std::string Framed(absl::string_view message, char flag = 0) {
  std::string frame(5, '\0');
  frame[0] = flag;
  frame[3] = static_cast<char>(message.size() >> 8);
  frame[4] = static_cast<char>(message.size());
  return frame + std::string(message);
}

TakenApart Message(absl::string_view message) {
  return TakeApart("application/grpc+proto", Framed(message));
}

TEST(ProtobufWalker, GivesTextByItsFieldNumbers) {
  const TakenApart got = Message(Field(1, "hello") + std::string("\x10\x96\x01", 3) +
                                 Field(3, Field(1, "x' or 1=1") + Field(2, "")));
  EXPECT_THAT(got.fields, ElementsAre("grpc 1 = hello", "grpc 3.1 = x' or 1=1", "grpc 3.2 = "));
  EXPECT_THAT(got.oddities, IsEmpty());
}

TEST(ProtobufWalker, SkipsNumbersOfEveryWidth) {
  const std::string message = std::string("\x0d") + "abcd" + "\x11" + "abcdefgh" + Field(4, "t");
  EXPECT_THAT(Message(message).fields, ElementsAre("grpc 4 = t"));
}

TEST(ProtobufWalker, TakesAMessageThatBeginsLikeALineOfTextForAMessage) {
  // Field 1 with 32 bytes: "\n" and a space.
  const std::string inner(32, 'q');
  EXPECT_THAT(Message(Field(2, Field(1, inner))).fields, ElementsAre("grpc 2.1 = " + inner));
  EXPECT_THAT(Message(Field(2, "\nline")).fields, ElementsAre("grpc 2 = \nline"));
}

TEST(ProtobufWalker, HandsOnBytesThatAreNeither) {
  const std::string bytes("\xff\xfe\x00\x01", 4);
  EXPECT_THAT(Message(Field(5, bytes)).fields, ElementsAre("grpc 5 = " + bytes));
}

TEST(ProtobufWalker, DecidesOnTheStartOfALongField) {
  const std::string content = std::string(300, 'a') + "\x01";
  const std::string message = std::string("\x0a\xad\x02", 3) + content;
  EXPECT_THAT(Message(message).fields, ElementsAre("grpc 1 = " + content));
  const std::string nested = std::string("\x12\xb0\x02", 3) + message;
  EXPECT_THAT(Message(nested).fields, ElementsAre("grpc 2.1 = " + content));
}

TEST(ProtobufWalker, ReportsWhatIsNoProtobufAndHandsItOn) {
  const TakenApart got = Message(Field(1, "a") + "\x07rest");
  EXPECT_THAT(got.fields, ElementsAre("grpc 1 = a", "bytes = rest"));
  EXPECT_THAT(got.oddities, ElementsAre("protobuf_wire"));
  EXPECT_THAT(Message("\x0a\x7fshort").oddities, ElementsAre("protobuf_wire"));
  EXPECT_THAT(Message("\x08").oddities, ElementsAre("protobuf_wire"));
  EXPECT_THAT(Message(std::string(11, '\xff')).oddities, ElementsAre("protobuf_wire"));
}

TEST(ProtobufWalker, StopsAtItsDepth) {
  std::string message = Field(1, "\x01");
  for (size_t i = 0; i < 40; ++i) message = Field(1, message);
  BodyCase body{.type = "application/grpc", .body = Framed(message)};
  EXPECT_THAT(TakeApart(body).oddities, ElementsAre("protobuf_depth"));
  body.limits.max_protobuf_depth = 64;
  EXPECT_THAT(TakeApart(body).oddities, IsEmpty());
}

TEST(GrpcExtractor, TakesMessagesOneBehindTheOther) {
  const TakenApart got =
      TakeApart("application/grpc", Framed(Field(1, "a")) + Framed("") + Framed(Field(1, "b")));
  EXPECT_THAT(got.fields, ElementsAre("grpc 1 = a", "grpc 1 = b"));
  EXPECT_THAT(got.oddities, IsEmpty());
}

TEST(GrpcExtractor, ReportsCompressedAndBrokenFrames) {
  const TakenApart compressed = TakeApart("application/grpc", Framed("zzz", 1));
  EXPECT_THAT(compressed.fields, ElementsAre("bytes = zzz"));
  EXPECT_THAT(compressed.oddities, ElementsAre("grpc_compressed"));
  EXPECT_THAT(TakeApart("application/grpc", Framed("zzz", 7)).oddities,
              ElementsAre("grpc_frame", "grpc_compressed"));
  EXPECT_THAT(TakeApart("application/grpc", Framed(Field(1, "a")).substr(0, 7)).oddities,
              ElementsAre("protobuf_wire", "grpc_frame"));
}

TEST(GrpcExtractor, TakesABareMessage) {
  EXPECT_THAT(TakeApart("application/x-protobuf", Field(1, "a") + Field(2, "b")).fields,
              ElementsAre("grpc 1 = a", "grpc 2 = b"));
}

}  // namespace
}  // namespace firebreak::inspect
