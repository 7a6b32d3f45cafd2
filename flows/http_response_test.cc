#include "flows/http_response.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace firebreak::flows {
namespace {

// Read feeds text in pieces of a size, then ends the connection.
absl::StatusOr<HttpResponse> Read(const std::string& text, size_t piece = 1'000'000) {
  HttpResponseReader reader;
  for (size_t at = 0; at < text.size(); at += piece) {
    const absl::Status status = reader.Feed(absl::string_view(text).substr(at, piece));
    if (!status.ok()) return status;
  }
  const absl::Status ended = reader.End();
  if (!ended.ok()) return ended;
  return reader.response();
}

TEST(HttpResponse, ReadsAllThreeWaysToEndABody) {
  const std::string chunked = absl::StrCat("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                                           "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nA: b\r\n\r\n");
  for (const std::string& text : std::vector<std::string>{
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", chunked,
           "HTTP/1.1 200 OK\r\n\r\nhello", "HTTP/1.0 200\nContent-Length: 5\n\nhello",
           "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"}) {
    for (const size_t piece : {1UL, 2UL, 7UL, 1'000UL}) {
      const auto response = Read(text, piece);
      ASSERT_TRUE(response.ok()) << response.status() << "\n" << text;
      EXPECT_EQ(response->status, 200);
      EXPECT_EQ(response->body, "hello") << text;
    }
  }
}

TEST(HttpResponse, SaysWhetherTheConnectionCanBeUsedAgain) {
  const auto keeps = [](const std::string& text) { return Read(text)->keep_alive; };
  EXPECT_TRUE(keeps("HTTP/1.1 204 No Content\r\n\r\n"));
  EXPECT_TRUE(keeps("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.1 200 OK\r\n\r\n"));
}

TEST(HttpResponse, ReadsRetryAfterInSeconds) {
  const auto after = [](const std::string& value) {
    return Read("HTTP/1.1 503 X\r\nContent-Length: 0\r\nRetry-After: " + value + "\r\n\r\n")
        ->retry_after;
  };
  EXPECT_EQ(after("7"), absl::Seconds(7));
  EXPECT_EQ(after("999999999"), absl::Hours(24));
  EXPECT_EQ(after("Fri, 31 Dec 1999 23:59:59 GMT"), absl::ZeroDuration());
  EXPECT_EQ(after("-1"), absl::ZeroDuration());
}

TEST(HttpResponse, RefusesNonsenseAndHalfAResponse) {
  for (const std::string text :
       {"",
        "SSH-2.0-x\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 20\r\n\r\n",
        "HTTP/1.1 2000 X\r\n\r\n",
        "HTTP/1.1 +20 X\r\n\r\n",
        "HTTP/1.1 900 X\r\n\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello!",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n123456789\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n"}) {
    EXPECT_FALSE(Read(text).ok()) << text;
    EXPECT_FALSE(Read(text, 1).ok()) << text;
  }
}

TEST(HttpResponse, BoundsHeadAndBody) {
  const std::string endless(HttpResponseReader::kMaxHeadBytes, 'x');
  EXPECT_FALSE(Read("HTTP/1.1 200 OK\r\nA: " + endless).ok());
  std::string informs;
  while (informs.size() <= HttpResponseReader::kMaxHeadBytes) informs += "HTTP/1.1 100 X\r\n\r\n";
  EXPECT_FALSE(Read(informs).ok());
  const std::string large(HttpResponseReader::kKeptBodyBytes * 2, 'x');
  EXPECT_EQ(Read("HTTP/1.1 200 OK\r\n\r\n" + large)->body.size(),
            HttpResponseReader::kKeptBodyBytes);
  EXPECT_FALSE(
      Read("HTTP/1.1 200 OK\r\n\r\n" + std::string(HttpResponseReader::kMaxBodyBytes + 1, 'x'))
          .ok());
}

}  // namespace
}  // namespace firebreak::flows
