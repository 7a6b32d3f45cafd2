#include "proxy/http1/request_check.h"

#include "gtest/gtest.h"
#include "proxy/http1/request_cases.h"

namespace firebreak::proxy {
namespace {

std::string CodeOf(absl::string_view bytes) {
  const std::optional<http::Rejection> refusal = CodecRefusal(bytes);
  return refusal.has_value() ? std::string(refusal->code) : "";
}

TEST(CodecRefusal, IsWhatTheCodecSays) {
  EXPECT_EQ(CodeOf(Get("")), "");
  EXPECT_EQ(CodeOf(Post("Content-Length: 5\r\n", "hello")), "");
  EXPECT_EQ(CodeOf(Chunked("1\r\na\r\n0\r\n\r\n")), "");
  EXPECT_EQ(CodeOf("GET / HTTP/1.1\nHost: h\n\n"), "bare_lf");
  EXPECT_EQ(CodeOf("GET / HTTP/2\r\nHost: h\r\n\r\n"), "version");
  EXPECT_EQ(CodeOf(Chunked("x\r\n")), "chunk_size");
}

TEST(CodecRefusal, TellsOfARequestThatIsCutShort) {
  EXPECT_EQ(CodeOf(""), "truncated");
  EXPECT_EQ(CodeOf("GET / HTTP/1.1\r\nHost: h\r\n"), "truncated");
  EXPECT_EQ(CodeOf(Post("Content-Length: 5\r\n", "hell")), "truncated");
  EXPECT_EQ(CodeOf(Chunked("1\r\na\r\n")), "truncated");
}

}  // namespace
}  // namespace firebreak::proxy
