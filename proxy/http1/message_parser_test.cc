// What stands behind MessageParser's answers: how llhttp is set up, and that its opinion counts.
#include "proxy/http1/message_parser.h"

#include "gtest/gtest.h"
#include "proxy/http1/request_cases.h"

namespace firebreak::proxy {
namespace {

constexpr MessageParser::Limits kLimits = {.max_head_bytes = 65'536, .max_head_fields = 100};

TEST(LlhttpReader, H1_05_NoLenientFlagIsSet) {
  for (const MessageKind kind : {MessageKind::kRequest, MessageKind::kResponse}) {
    EXPECT_EQ(LlhttpReader(kind).lenient_flags(), 0U);
    MessageParser parser(kind, kLimits);
    EXPECT_EQ(parser.lenient_flags(), 0U);
    parser.Begin();
    EXPECT_EQ(parser.lenient_flags(), 0U);
  }
}

// Each of these is let through by llhttp in its loose mode, or with a lenient flag.
TEST(LlhttpReader, H1_05_IsStrict) {
  for (const std::string& bytes :
       {Get("X-Abc : 1\r\n"), Get("X-Abc:\rxTransfer-Encoding: chunked\r\n"),
        std::string("GET / HTTP/1.1\r\nHost: h\r\n\rX"), Get("X-Abc: \x01\r\n"),
        Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        Post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), Chunked("5 \r\nhello\r\n"),
        std::string("GET / HTTP/1.9\r\nHost: h\r\n\r\n"),
        absl::StrCat(Get("Connection: close\r\n"), Get(""))}) {
    LlhttpReader reader(MessageKind::kRequest);
    EXPECT_TRUE(reader.Feed(bytes).has_value()) << bytes;
  }
}

TEST(LlhttpReader, ReadsFramingOnItsOwn) {
  LlhttpReader counted(MessageKind::kRequest);
  EXPECT_FALSE(counted.Feed(Post("Content-Length: 5\r\n", "hell")));
  EXPECT_EQ(counted.content_length(), 5U);
  EXPECT_EQ(counted.body_bytes(), 4U);
  EXPECT_FALSE(counted.message_complete());
  EXPECT_FALSE(counted.Feed("o"));
  EXPECT_TRUE(counted.message_complete());

  LlhttpReader chunked(MessageKind::kResponse);
  EXPECT_FALSE(chunked.Feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1F\r\n"));
  EXPECT_TRUE(chunked.chunked());
  EXPECT_EQ(chunked.chunk_size(), 31U);
}

TEST(MessageParser, TakesNothingBeyondTheMessage) {
  MessageParser parser(MessageKind::kRequest, kLimits);
  const std::string bytes = absl::StrCat(Chunked("1\r\na\r\n0\r\n\r\n"), Get(""));
  absl::string_view input = bytes;
  EXPECT_EQ(parser.Next(input), MessageParser::Event::kHead);
  EXPECT_EQ(parser.Next(input), MessageParser::Event::kData);
  EXPECT_EQ(parser.Next(input), MessageParser::Event::kEnd);
  EXPECT_EQ(input, Get(""));
  EXPECT_EQ(parser.Next(input), MessageParser::Event::kMore);
  EXPECT_EQ(input, Get(""));
  parser.Begin();
  EXPECT_EQ(parser.Next(input), MessageParser::Event::kHead);
  EXPECT_EQ(parser.head().method, "GET");
}

TEST(MessageParser, CountsHeadsByTheByte) {
  const std::string bytes = Get("x: 1\r\n");
  for (const size_t cap : {bytes.size(), bytes.size() - 1}) {
    MessageParser parser(MessageKind::kRequest, {.max_head_bytes = cap, .max_head_fields = 2});
    absl::string_view input = bytes;
    EXPECT_EQ(parser.Next(input),
              cap == bytes.size() ? MessageParser::Event::kHead : MessageParser::Event::kRefused);
  }
}

TEST(MessageParser, KeepsNoMoreThanAHead) {
  // An endless line is refused when the limit is reached, not when it ends.
  MessageParser parser(MessageKind::kRequest, {.max_head_bytes = 1'000, .max_head_fields = 100});
  absl::string_view start = "GET / HTTP/1.1\r\nx: ";
  EXPECT_EQ(parser.Next(start), MessageParser::Event::kMore);
  size_t taken = 0;
  MessageParser::Event event = MessageParser::Event::kMore;
  for (; event == MessageParser::Event::kMore && taken < 2'000; ++taken) {
    absl::string_view byte = "a";
    event = parser.Next(byte);
  }
  EXPECT_EQ(event, MessageParser::Event::kRefused);
  EXPECT_EQ(parser.refusal().code, "header_bytes");
  EXPECT_LT(taken, 1'000U);
}

}  // namespace
}  // namespace firebreak::proxy
