#include "proxy/tcp/request_line.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kFields =
    "X-Firebreak-Principal: shop.example/ns/shop/sa/admin\r\n\r\n";

// Whether a request is found in `bytes`, and how many of them were passed on before.
struct Outcome {
  bool found = false;
  size_t passed = 0;
};

Outcome Watch(absl::string_view bytes, const std::vector<size_t>& cuts) {
  RequestLine line;
  Outcome outcome;
  for (size_t i = 0; i <= cuts.size(); ++i) {
    const size_t end = i < cuts.size() ? cuts[i] : bytes.size();
    const auto reading = line.Read(bytes.substr(outcome.passed, end - outcome.passed));
    outcome.found = reading == RequestLine::Reading::kRequest;
    if (reading != RequestLine::Reading::kMore) return outcome;
    outcome.passed = end;
  }
  return outcome;
}

TEST(RequestLine, A_03_KnowsRequestsThatSomeServerTakesForOneHoweverTheyAreCut) {
  for (const std::string line :
       {"GET / HTTP/1.1\r\n", "\r\n\r\n \t\nGET / HTTP/1.1\n", "GET\t/\tHTTP/1.1\r\n",
        "\rx GET / HTTP/1.0\r\n", "\x85GET / HTTP/1.1\r\n", "GET\xa0/\x1fHTTP/1.1\r\n",
        "PRI * HTTP/2.0\r\n", "SOURCE / ICE/1.0\r\n", "OPTIONS / RTSP/1.0\r\n"}) {
    const std::string bytes = absl::StrCat(line, kFields);
    for (size_t first = 0; first <= bytes.size(); ++first) {
      for (size_t second = first; second <= bytes.size(); ++second) {
        const Outcome outcome = Watch(bytes, {first, second});
        ASSERT_TRUE(outcome.found) << line << first << " " << second;
        ASSERT_LT(outcome.passed, line.size()) << "a server saw the end of the line";
      }
    }
  }
}

// As of HTTP/0.9; Node.js and Python read fields behind it all the same.
TEST(RequestLine, A_03_KnowsRequestsWhoseLineNamesNoProtocol) {
  for (const std::string line :
       {"GET /admin\r\n", "\r\nGET /admin\n", "POST /a\r\n", "GET admin\r\n", "GET\t\x85?\r\n",
        "PROPFIND /dav\r\n", "get /\r\n", "OPTIONS *\r\n", "M-SEARCH *\r\n", "MOVE http://a/b\r\n",
        "CONNECT a:443\r\n", "CONNECT [::1]:443\r\n"}) {
    const std::string bytes = absl::StrCat(line, kFields);
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
      const Outcome outcome = Watch(bytes, {cut});
      ASSERT_TRUE(outcome.found) << line << cut;
      ASSERT_LT(outcome.passed, line.size()) << "a server saw the end of the line";
    }
  }
}

// Python's http.server and cheroot take any bytes for a method when the line has its three words.
TEST(RequestLine, A_03_KnowsRequestsWhoseMethodIsNone) {
  for (const std::string& line :
       {std::string("\x01GET / HTTP/1.1\r\n"), std::string("G\0ET / HTTP/1.1\r\n", 17),
        std::string("\xe9GET\x1f/\x85HTTP/1.0\n"), std::string("\x02\ta / HTTP/1.1\r\n")}) {
    const std::string bytes = absl::StrCat(line, kFields);
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
      const Outcome outcome = Watch(bytes, {cut});
      ASSERT_TRUE(outcome.found) << line << cut;
      ASSERT_LT(outcome.passed, line.size()) << "a server saw the end of the line";
    }
  }
}

// Java's HttpServer splits what comes before the first CRLF at its first two spaces.
TEST(RequestLine, A_03_KnowsRequestsThatOnlyTheirTargetGivesAway) {
  for (const std::string line :
       {"G{T / x\r\n", "(GET) / 1\r\n", "X\nGET / HTTP/1.1\r\n", "PING\nA / b\r\n",
        "\r\n\r\nPING\nA / b\r\n", "a\rb\n http://a/b \r\n", " /a c\r\n",
        // URI.getPath() of each of these is /admin.
        "X x:/admin 1\r\n", "(X) x+y-z.1:/admin 1\r\n", "X %2fadmin 1\r\n", "(X) %2Fadmin 1\r\n",
        "(X) aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:///admin 1\r\n",
        // CR CR LF is part of the method there.
        "A\r\r\nB /admin x\r\n", "\r\r\nB /admin x\r\n", "\r\n\r\r\n\r\nB /admin x\r\n",
        "A\r\r\r\r\nB x:/admin 1\r\n", "A\r\rB %2Fadmin 1\r\n",
        // For whom it ends the line, as an LF alone does.
        "G{T / x\r\r\n", "G{T / x\n", "A\r\r\nB x:/a \r\r\n",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / x\r\n"}) {
    const std::string bytes = absl::StrCat(line, kFields);
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
      const Outcome outcome = Watch(bytes, {cut});
      ASSERT_TRUE(outcome.found) << line << cut;
      ASSERT_LT(outcome.passed, line.size()) << "a server saw the end of the line";
    }
  }
}

TEST(AnswerStart, KnowsAStatusLineHoweverItIsCut) {
  const absl::string_view answer = "HTTP/1.0 200 OK\r\n";
  for (size_t cut = 0; cut <= answer.size(); ++cut) {
    AnswerStart start;
    EXPECT_TRUE(start.IsHttp(answer.substr(0, cut)) || start.IsHttp(answer.substr(cut))) << cut;
  }
  AnswerStart other;
  EXPECT_FALSE(other.IsHttp("HT"));
  EXPECT_FALSE(other.IsHttp("ML"));
  EXPECT_FALSE(other.IsHttp("HTTP/1.1 200 OK\r\n")) << "not what the server says first";
}

TEST(RequestLine, FindsTheEndOfALineOfAnyLength) {
  const std::string line = "MOVE " + std::string(3'000'000, 'a') + " HTTP/1.1\r\n";
  EXPECT_TRUE(Watch(line, {100, 65'536, 2'000'000, line.size() - 5}).found);
}

TEST(RequestLine, LetsOtherProtocolsPassAndLooksAtTheirFirstLineOnly) {
  for (const absl::string_view bytes :
       {absl::string_view("EHLO mail.example\r\nGET / HTTP/1.1\r\n"),
        absl::string_view("SSH-2.0-OpenSSH_9.2\r\n"), absl::string_view("*1\r\n$4\r\nPING\r\n"),
        absl::string_view("INVITE sip:a@b SIP/2.0\r\n"), absl::string_view("LPUSH key a/b\r\n"),
        absl::string_view("USER anonymous\r\nGET /\r\n"), absl::string_view("get key\r\n"),
        absl::string_view("get user_1:/x\r\n"), absl::string_view("get a/b:/c\r\n"),
        absl::string_view("CONNECT {\"verbose\":false}\r\n"), absl::string_view("/gopher\r\n"),
        absl::string_view("gemini://a/b\r\n"), absl::string_view("a1 LOGIN x y\r\n"),
        absl::string_view("A\r\r\r\nB /a x\r\n"), absl::string_view("\x02 a:b/c x\r\n"),
        absl::string_view("\x02 1:/c x\r\n"), absl::string_view("\x02 %25/c x\r\n"),
        absl::string_view("weather,at=a url=\"b:/c\" 1\n"),
        absl::string_view("\x16\x03\x01\0\0\x01\x08http/1.1\x02h2\n", 19)}) {
    for (size_t cut = 0; cut <= bytes.size(); ++cut) {
      EXPECT_FALSE(Watch(bytes, {cut}).found) << bytes;
    }
  }
  // What PostgreSQL's clients begin with, and a query; MongoDB's, whose length comes first.
  const std::string zeros(3, '\0');
  for (const std::string& bytes : {absl::StrCat(zeros, "!user", zeros, "Q values (' HTTP/1.1')"),
                                   absl::StrCat("\x93 tag ", zeros, "a GET /path HTTP/1.1"),
                                   absl::StrCat("?", zeros, " insert GET / HTTP/1.1")}) {
    for (size_t cut = 0; cut <= bytes.size(); ++cut) EXPECT_FALSE(Watch(bytes, {cut}).found);
  }
  RequestLine line;
  EXPECT_EQ(line.Read("EHLO a"), RequestLine::Reading::kMore);
  EXPECT_EQ(line.Read("\r\n"), RequestLine::Reading::kOther);
}

}  // namespace
}  // namespace firebreak::proxy
