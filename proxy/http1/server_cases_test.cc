// The catalogue's rows on HTTP/1 requests, each as one message on a connection of its own.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/escape.h"
#include "gtest/gtest.h"
#include "proxy/http1/recorder.h"
#include "proxy/http1/request_cases.h"

namespace firebreak::proxy {
namespace {

// Whether the log ends as expected; "*" stands for a code that Canonicalise chooses.
bool EndsAsExpected(absl::string_view log, absl::string_view expect) {
  const std::vector<std::string> lines = absl::StrSplit(absl::StripSuffix(log, "\n"), '\n');
  for (const std::string& line : lines) {
    if (line == expect) return true;
    if (absl::EndsWith(expect, "*") && absl::StartsWith(line, absl::StripSuffix(expect, "*"))) {
      return true;
    }
  }
  return false;
}

void CheckRow(absl::string_view id) {
  int cases = 0;
  for (const WireCase& c : RequestCases()) {
    if (c.id != id) continue;
    ++cases;
    SCOPED_TRACE(PrintableEscaped(c.bytes.substr(0, 200)));
    ServerRecorder server;
    const std::string log = server.Feed(c.bytes);
    EXPECT_TRUE(EndsAsExpected(log, c.expect)) << "expected " << c.expect << ", got\n" << log;
    // One request comes of it at most, and what is refused ends the connection with an answer.
    EXPECT_LE(server.requests, 1) << log;
    if (absl::StartsWith(c.expect, "end")) continue;
    EXPECT_EQ(server.codec->state(), CodecState::kFailed) << server.Outcome();
    EXPECT_TRUE(absl::StartsWith(server.wire.written, "HTTP/1.1 ")) << server.wire.written;
    EXPECT_TRUE(absl::StrContains(server.wire.written, "connection: close\r\n"));
    EXPECT_FALSE(server.codec->wants_input());
  }
  EXPECT_GT(cases, 0);
}

TEST(Http1Server, TakesWhatIsInOrder) { CheckRow(""); }
TEST(Http1Server, H1_01_RefusesLengthWithChunked) { CheckRow("H1-01"); }
TEST(Http1Server, H1_02_RefusesDuplicateAndOddLengths) { CheckRow("H1-02"); }
TEST(Http1Server, H1_03_KnowsChunkedAndNothingElse) { CheckRow("H1-03"); }
TEST(Http1Server, H1_04_RefusesOddChunks) { CheckRow("H1-04"); }
TEST(Http1Server, H1_05_EndsLinesWithCrlfOnly) { CheckRow("H1-05"); }
TEST(Http1Server, H1_06_RefusesOddHeaderBytes) { CheckRow("H1-06"); }
TEST(Http1Server, H1_07_RefusesOddRequestLines) { CheckRow("H1-07"); }
TEST(Http1Server, H1_08_WantsOneHost) { CheckRow("H1-08"); }
TEST(Http1Server, H1_10_FramesByTheRfcOnly) { CheckRow("H1-10"); }
TEST(Http1Server, H1_13_DropsForbiddenTrailers) { CheckRow("H1-13"); }
TEST(Http1Server, U_01_RefusesUnknownUpgrades) { CheckRow("U-01"); }
TEST(Http1Server, U_03_RefusesConnect) { CheckRow("U-03"); }

std::string Split(absl::string_view bytes, size_t at) {
  ServerRecorder server;
  server.Feed(bytes.substr(0, at));
  server.Feed(bytes.substr(at));
  return server.Transcript();
}

std::string InPieces(absl::string_view bytes, size_t piece) {
  ServerRecorder server;
  server.Feed(bytes, piece);
  return server.Transcript();
}

TEST(Http1Server, H1_12_GivesTheSameAnswerAtEverySplit) {
  for (const WireCase& c : RequestCases()) {
    SCOPED_TRACE(PrintableEscaped(c.bytes.substr(0, 200)));
    // A second request shows whether the first one's end was found at the same place.
    const std::string bytes = absl::StrCat(c.bytes, Get("x-second: 1\r\n"));
    const std::string whole = InPieces(bytes, bytes.size());
    // Long ones are long for a limit's sake; their ends are where it gets interesting.
    const size_t step = std::max<size_t>(1, bytes.size() / 2'000);
    for (size_t at = 1; at < bytes.size(); at += step) {
      ASSERT_EQ(whole, Split(bytes, at)) << "split at " << at;
    }
    ASSERT_EQ(whole, InPieces(bytes, 1));
    ASSERT_EQ(whole, InPieces(bytes, 7));
  }
}

}  // namespace
}  // namespace firebreak::proxy
