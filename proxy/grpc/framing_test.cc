#include "proxy/grpc/framing.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <vector>

namespace firebreak::proxy {
namespace {

// Of the heap; under a sanitizer, whose allocator does not tell, always as many.
size_t BytesInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

TEST(MessageReader, TakesMessagesWhateverThePieces) {
  const std::string bytes = Framed("one") + Framed("") + Framed(std::string(300, 'x'));
  for (size_t piece = 1; piece <= bytes.size(); ++piece) {
    MessageReader reader(1'000);
    std::vector<std::string> messages;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      reader.Feed(absl::string_view(bytes).substr(at, piece));
      while (true) {
        auto message = reader.Next();
        ASSERT_TRUE(message.ok());
        if (!message->has_value()) break;
        messages.push_back(**std::move(message));
      }
    }
    EXPECT_EQ(messages, (std::vector<std::string>{"one", "", std::string(300, 'x')})) << piece;
    EXPECT_FALSE(reader.in_message());
  }
}

TEST(MessageReader, SaysHowLargeTheMessageUnderWayWillBe) {
  MessageReader reader(1'000);
  const std::string bytes = Framed(std::string(700, 'x'));
  reader.Feed(absl::string_view(bytes).substr(0, 4));
  EXPECT_EQ(reader.announced(), 0);
  EXPECT_TRUE(reader.in_message());
  reader.Feed(absl::string_view(bytes).substr(4, 1));
  EXPECT_EQ(reader.announced(), 700);
}

TEST(MessageReader, KeepsNoMemoryOfAMessageForTheFewBytesBehindIt) {
  constexpr size_t kLarge = size_t{1} << 20;
  const std::string bytes = Framed(std::string(kLarge, 'x')) + Framed("next");
  const size_t before = BytesInUse();
  MessageReader reader(kLarge);
  reader.Feed(absl::string_view(bytes).substr(0, kLarge + 10));
  EXPECT_EQ((*reader.Next())->size(), kLarge);
  EXPECT_TRUE(reader.in_message());
  EXPECT_LT(BytesInUse(), before + kLarge / 2);
}

TEST(MessageReader, SetsAsideNothingForWhatIsAnnouncedUntilItIsAskedTo) {
  constexpr size_t kLarge = size_t{1} << 20;
  const std::string bytes = Framed(std::string(kLarge, 'x'));
  const size_t before = BytesInUse();
  MessageReader reader(kLarge);
  reader.Feed(absl::string_view(bytes).substr(0, 100));
  EXPECT_EQ(reader.announced(), kLarge);
  EXPECT_LT(BytesInUse(), before + kLarge / 2);
  reader.Reserve();
  reader.Feed(absl::string_view(bytes).substr(100));
  EXPECT_EQ((*reader.Next())->size(), kLarge);
}

TEST(MessageReader, RefusesWhatIsTooLongBeforeItHasCome) {
  MessageReader reader(1'000);
  reader.Feed(absl::string_view(Framed(std::string(1'001, 'x'))).substr(0, 5));
  EXPECT_TRUE(absl::IsInvalidArgument(reader.Next().status()));
}

TEST(MessageReader, RefusesACompressedMessage) {
  MessageReader reader(1'000);
  std::string bytes = Framed("abc");
  bytes[0] = 1;
  reader.Feed(bytes);
  EXPECT_TRUE(absl::IsUnimplemented(reader.Next().status()));
}

TEST(GrpcMessage, IsPlainAndShort) {
  EXPECT_EQ(GrpcMessage("no: 5%\n\xc3\xa9"), "no: 5%25%0A%C3%A9");
  EXPECT_EQ(GrpcMessage(std::string(1'000, 'x')).size(), 256);
}

TEST(StatusOf, KnowsWhatGrpcHasAndNothingElse) {
  EXPECT_TRUE(StatusOf("0", "").ok());
  EXPECT_TRUE(absl::IsPermissionDenied(StatusOf("7", "why")));
  EXPECT_EQ(StatusOf("16", "why\x1b").message(), "why\\x1b");
  for (const char* code : {"", "-1", "17", "x", "99999999999"}) {
    EXPECT_TRUE(absl::IsUnknown(StatusOf(code, ""))) << code;
  }
}

}  // namespace
}  // namespace firebreak::proxy
