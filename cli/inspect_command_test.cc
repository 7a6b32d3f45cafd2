#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "cli/testing.h"
#include "tests/support/gzip.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Get(const std::string& target) {
  return absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: shop.example\r\n\r\n");
}

TEST(InspectRequest, ExplainsWhatItWouldBlock) {
  const CommandRun run =
      RunForTest({"inspect", "request", "-"}, Get("/find?q=7%27+union+select+1,2--"));
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr("block"));
  EXPECT_THAT(run.out, HasSubstr("FBI-SQL-001"));
  EXPECT_THAT(run.out, HasSubstr("query q"));
  EXPECT_THAT(run.out, HasSubstr("union select 1,2"));
}

TEST(InspectRequest, PassesOrdinaryRequests) {
  const CommandRun run =
      RunForTest({"inspect", "request", "-"}, Get("/find?q=select+the+best+from+our+union"));
  EXPECT_EQ(run.exit_code, kExitYes) << run.out;
  EXPECT_THAT(run.out, HasSubstr("pass, score 0 of 5"));
}

TEST(InspectRequest, LooksIntoBodies) {
  const CommandRun whole = RunForTest({"inspect", "request", "-", "-o", "json"},
                                      "POST /a HTTP/1.1\r\nHost: shop.example\r\n"
                                      "Content-Type: application/json\r\n\r\n"
                                      "{\"note\":\"<img src=x onerror=a()>\"}");
  EXPECT_EQ(whole.exit_code, kExitNo);
  EXPECT_THAT(whole.out, HasSubstr("\"field\":\"$.note\""));
  EXPECT_THAT(whole.out, HasSubstr("\"verdict\":\"block\""));
}

// Post is a request whose body is announced by these lines.
std::string Post(const std::string& lines, const std::string& body) {
  return absl::StrCat("POST /a HTTP/1.1\r\nHost: shop.example\r\n",
                      "Content-Type: application/x-www-form-urlencoded\r\n", lines, "\r\n", body);
}

constexpr absl::string_view kAttack = "q=7%27+union+select+1,2--";

TEST(InspectRequest, PutsChunksTogether) {
  const std::string body = absl::StrCat("c;name=x\r\n", kAttack.substr(0, 12), "\r\nd\r\n",
                                        kAttack.substr(12), "\r\n0\r\n\r\n");
  const CommandRun run =
      RunForTest({"inspect", "request", "-"}, Post("Transfer-Encoding: chunked\r\n", body));
  EXPECT_EQ(run.exit_code, kExitNo) << run.out;
  EXPECT_THAT(run.out, HasSubstr("form q"));
}

TEST(InspectRequest, TakesAsItIsWhatIsSaidToBeChunkedAndIsNot) {
  for (const std::string& body : {std::string(kAttack), absl::StrCat("19\r\n", kAttack)}) {
    EXPECT_EQ(RunForTest({"inspect", "request", "-"}, Post("Transfer-Encoding: chunked\r\n", body))
                  .exit_code,
              kExitNo)
        << body;
  }
}

TEST(InspectRequest, LooksBehindAChunkedBody) {
  const CommandRun run =
      RunForTest({"inspect", "request", "-"},
                 Post("Transfer-Encoding: chunked\r\n",
                      "3\r\nq=1\r\n0\r\nX-Note: <script>alert(1)</script>\r\n\r\n"));
  EXPECT_EQ(run.exit_code, kExitNo) << run.out;
  EXPECT_THAT(run.out, HasSubstr("x-note"));
}

TEST(InspectRequest, UndoesTheCodingOfABody) {
  const std::string packed = tests::Gzip(std::string(kAttack));
  const CommandRun run =
      RunForTest({"inspect", "request", "-"}, Post("Content-Encoding: gzip\r\n", packed));
  EXPECT_EQ(run.exit_code, kExitNo) << run.out;
  EXPECT_THAT(run.out, HasSubstr("FBI-SQL-001"));
  EXPECT_EQ(RunForTest({"inspect", "request", "-"},
                       Post("Content-Encoding: gzip\r\n", tests::Gzip("q=hello")))
                .exit_code,
            kExitYes);
}

TEST(InspectRequest, BlocksWhatHidesBehindACoding) {
  const std::string packed = tests::Gzip("q=hello");
  for (const auto& [coding, body] : {std::pair<std::string, std::string>{"gzip", "q=hello"},
                                     {"gzip", packed.substr(0, packed.size() - 4)},
                                     {"compress", "q=hello"}}) {
    const CommandRun run =
        RunForTest({"inspect", "request", "-"}, Post("Content-Encoding: " + coding + "\r\n", body));
    EXPECT_EQ(run.exit_code, kExitNo) << coding << " " << body;
    EXPECT_THAT(run.out, HasSubstr("FBI-ENC-")) << coding << " " << body;
  }
}

TEST(InspectRequest, SaysWhenTheSidecarWouldRefuseBeforeInspection) {
  const CommandRun run =
      RunForTest({"inspect", "request", "-"}, "GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, HasSubstr("refused before inspection"));
}

// The reader here is lenient, the codec is not: what it would refuse passes nowhere.
TEST(InspectRequest, SaysWhatTheCodecWouldRefuseAndWhatIsInItAllTheSame) {
  for (const auto& [bytes, code] : {
           std::pair<std::string, std::string>{"GET /a HTTP/1.1\nHost: a\n\n", "bare_lf (400)"},
           {"GET /a HTTP/2\r\nHost: a\r\n\r\n", "version (400)"},
           {"GET /a HTTP/1.1\r\nHost: a\r\n", "truncated (400)"},
           {Post("Content-Length: 9\r\n", "q=1"), "truncated (400)"},
       }) {
    const CommandRun run = RunForTest({"inspect", "request", "-"}, bytes);
    EXPECT_EQ(run.exit_code, kExitNo) << bytes;
    EXPECT_EQ(run.out, "-: block, refused before inspection: " + code + ", score 0 of 5\n");
  }
  const CommandRun json = RunForTest({"inspect", "request", "-o", "json", "-"},
                                     absl::StrCat("GET /a?", kAttack, " HTTP/1.1\nHost: a\n\n"));
  EXPECT_EQ(json.exit_code, kExitNo);
  EXPECT_THAT(json.out, HasSubstr(R"("refused":"bare_lf")"));
  EXPECT_THAT(json.out, HasSubstr("FBI-SQL-001"));
}

TEST(InspectRequest, EscapesWhatCameFromTheNetwork) {
  const CommandRun run = RunForTest({"inspect", "request", "-"}, Get("/?q=%3Cscript%3E%1B%5B2J"));
  EXPECT_EQ(run.exit_code, kExitNo);
  EXPECT_THAT(run.out, Not(HasSubstr("\x1b")));
}

TEST(InspectRequest, TellsOfInputThatIsNoRequest) {
  EXPECT_EQ(RunForTest({"inspect", "request", "-"}, "hello").exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"inspect", "request", "/nowhere"}).exit_code, kExitUsage);
  EXPECT_EQ(RunForTest({"inspect", "request", "-", "--paranoia", "9"}, Get("/")).exit_code,
            kExitUsage);
}

std::string Record(char label, const std::string& request) {
  std::string record(1, label);
  for (int i = 0; i < 4; ++i) record.push_back(static_cast<char>(request.size() >> (8 * i)));
  return record + request;
}

TEST(InspectCorpus, CountsWhatItDetectsAndBlocks) {
  const tests::TempFolder folder;
  const std::string path = folder.Write(
      "counts.bin", Record(0, Get("/?q=hello")) + Record(0, Get("/?q=O%27Brien")) +
                        Record(1, Get("/?q=%3Cscript%3E")) + Record(1, Get("/?q=fine")));
  const CommandRun run =
      RunForTest({"inspect", "corpus", path, "-o", "json", "--show-misses", "5"});
  EXPECT_EQ(run.exit_code, kExitYes);
  EXPECT_THAT(run.out, HasSubstr("\"benign\":2,\"malicious\":2,\"benign_blocked\":0,"
                                 "\"malicious_blocked\":1"));
  EXPECT_THAT(run.out, HasSubstr("\"balanced_accuracy\":0.750000"));
  EXPECT_THAT(run.err, HasSubstr("missed: GET /?q=fine"));
}

TEST(InspectCorpus, LearnsFromAnotherFileFirst) {
  const tests::TempFolder folder;
  std::string usual;
  for (int i = 0; i < 400; ++i) usual += Record(0, Get(absl::StrCat("/cart?amount=", i % 9)));
  const std::string learn = folder.Write("learn.bin", usual);
  const std::string test = folder.Write(
      "learned.bin", Record(0, Get("/cart?amount=3")) + Record(1, Get("/cart?amount=x%21y%24z")));
  EXPECT_THAT(RunForTest({"inspect", "corpus", test, "-o", "json"}).out,
              HasSubstr("\"malicious_blocked\":0"));
  const CommandRun run = RunForTest({"inspect", "corpus", test, "-o", "json", "--learn", learn});
  EXPECT_THAT(run.out, HasSubstr("\"benign_blocked\":0,\"malicious_blocked\":1"));
  EXPECT_EQ(RunForTest({"inspect", "corpus", test, "--learn", "/nowhere"}).exit_code, kExitUsage);
}

TEST(InspectCorpus, LearnsNothingFromAttacksThatPassForBenign) {
  const tests::TempFolder folder;
  std::string usual;
  for (int i = 0; i < 400; ++i) {
    usual += Record(0, Get(absl::StrCat("/cart?amount=", i % 9)));
    if (i % 10 == 0) usual += Record(0, Get("/cart?amount=7%27+union+select+1,2--"));
  }
  const std::string learn = folder.Write("learn.bin", usual);
  const std::string test = folder.Write("test.bin", Record(1, Get("/cart?amount=7%27")));
  const CommandRun run = RunForTest({"inspect", "corpus", test, "-o", "json", "--learn", learn});
  EXPECT_THAT(run.out, HasSubstr("\"malicious_blocked\":1"));
  EXPECT_THAT(run.err, HasSubstr("40 of 440 benign requests"));
}

TEST(InspectCorpus, RefusesFilesThatAreNone) {
  const tests::TempFolder folder;
  const std::string label = folder.Write("label.bin", Record(7, "x"));
  const std::string cut = folder.Write("cut.bin", Record(0, "x").substr(0, 5));
  const std::string zstd = folder.Write("zstd.bin", "\x28\xb5\x2f\xfdnothing");
  for (const std::string& path : {label, cut, zstd, std::string("/nowhere.bin")}) {
    const CommandRun run = RunForTest({"inspect", "corpus", path});
    EXPECT_EQ(run.exit_code, kExitUsage) << path;
    EXPECT_THAT(run.err, HasSubstr("firebreak: ")) << path;
  }
}

}  // namespace
}  // namespace firebreak::cli
