#include "flows/chain_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace firebreak::flows {
namespace {

using ::testing::ElementsAre;

// ToyHash is no hash to rely on: the real one has its home elsewhere.
std::array<uint8_t, 32> ToyHash(absl::string_view text) {
  std::array<uint8_t, 32> hash{};
  uint64_t state = 14'695'981'039'346'656'037U;
  for (size_t i = 0; i < text.size() + hash.size(); ++i) {
    const uint8_t byte = i < text.size() ? static_cast<uint8_t>(text[i]) : 0;
    state = (state ^ byte) * 1'099'511'628'211U;
    hash[i % hash.size()] ^= static_cast<uint8_t>(state >> 32);
  }
  return hash;
}

std::string ToyHex(absl::string_view text) {
  const auto hash = ToyHash(text);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
}

// A signature is the toy hash of the text.
absl::Status CheckToyHead(const Flow& head, absl::string_view text) {
  return head.signature == ToyHex(text) ? absl::OkStatus()
                                        : absl::InvalidArgumentError("the signature does not hold");
}

// Log writes the lines of runs as sidecars do.
class Log {
 public:
  explicit Log(std::string reporter = "example/orders") : reporter_(std::move(reporter)) {}

  void Start(const std::string& run) {
    run_ = run;
    sequence_ = 0;
    Head(false);
  }
  void Flow(const std::string& more = "") { Line(R"("event":"CLOSE")" + more); }
  void Head(bool last) {
    std::string text = Begin(
        absl::StrCat(R"("event":"HEAD","head":{"records":0)", last ? R"(,"last":true)" : "", "}"));
    const std::string signature = ToyHex("firebreak.flow.v1.HEAD\n" + text);
    Add(absl::StrCat(text, R"(,"signature":")", signature, "\"}"));
  }
  void Skip(uint64_t count) { sequence_ += count; }
  // Lost says that the sink "file" was not given so many of the lines from first to last.
  void Lost(uint64_t count, uint64_t first, uint64_t last, absl::string_view sink = "file") {
    Line(absl::StrCat(R"("event":"LOST","lost":{"count":)", count, R"(,"cause":"QUEUE_FULL",)",
                      R"("sink":")", sink, R"(","first_sequence":)", first, R"(,"last_sequence":)",
                      last, "}"));
  }
  void ContinueAs(const Log& other) {
    run_ = other.run_;
    sequence_ = other.sequence_;
    previous_ = other.previous_;
  }
  void Line(const std::string& fields) { Add(Begin(fields) + "}"); }
  void Add(const std::string& line) {
    lines.push_back(line);
    previous_ = ToyHex(line);
  }

  std::vector<std::string> lines;

 private:
  std::string Begin(const std::string& fields) {
    return absl::StrCat(R"({"time":"2027-01-15T08:00:00Z","reporter":{"principal":")", reporter_,
                        R"("},"run_id":")", run_, R"(","sequence":)", ++sequence_, ",", fields,
                        previous_.empty() ? "" : R"(,"previous_hash":")" + previous_ + "\"");
  }
  const std::string reporter_;
  std::string run_;
  std::string previous_;
  uint64_t sequence_ = 0;
};

// Good is a log of two runs, each ended in order.
Log Good() {
  Log log;
  for (const char* run : {"aaaa", "bbbb"}) {
    log.Start(run);
    for (int i = 0; i < 5; ++i) log.Flow();
    log.Head(false);
    for (int i = 0; i < 3; ++i) log.Flow();
    log.Head(true);
  }
  return log;
}

std::vector<std::string> Findings(const std::vector<std::string>& lines, bool partial = false) {
  std::vector<std::string> findings;
  const auto note = [&](const ChainFinding& finding) {
    findings.push_back(absl::StrCat(finding.place, " ", ChainFaultName(finding.fault)));
  };
  ChainCheck check(ToyHash, CheckToyHead, note, {.partial = partial});
  for (size_t i = 0; i < lines.size(); ++i) check.See(absl::StrCat(i + 1), lines[i]);
  check.Finish();
  EXPECT_EQ(check.findings(), findings.size());
  return findings;
}

TEST(ChainCheck, FindsNothingInAWholeLog) { EXPECT_THAT(Findings(Good().lines), ElementsAre()); }

TEST(ChainCheck, NamesEveryLineThatIsChanged) {
  const std::vector<std::string> lines = Good().lines;
  for (size_t i = 0; i < lines.size(); ++i) {
    std::vector<std::string> changed = lines;
    changed[i].insert(1, " ");
    const auto findings = Findings(changed);
    ASSERT_FALSE(findings.empty()) << "line " << i + 1;
  }
}

TEST(ChainCheck, NamesEveryLineThatIsTakenOut) {
  const std::vector<std::string> lines = Good().lines;
  for (size_t i = 0; i < lines.size(); ++i) {
    std::vector<std::string> less = lines;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(Findings(less).empty()) << "line " << i + 1;
  }
}

TEST(ChainCheck, NamesLinesThatChangePlaces) {
  const std::vector<std::string> lines = Good().lines;
  for (size_t i = 0; i + 1 < lines.size(); ++i) {
    std::vector<std::string> swapped = lines;
    std::swap(swapped[i], swapped[i + 1]);
    EXPECT_FALSE(Findings(swapped).empty()) << "line " << i + 1;
  }
  std::vector<std::string> swapped = lines;
  std::swap(swapped[2], swapped[3]);
  EXPECT_THAT(Findings(swapped), testing::Contains("4 ORDER"));
}

TEST(ChainCheck, NamesEveryPlaceWhereTheLogIsCutOff) {
  const std::vector<std::string> lines = Good().lines;
  for (size_t size = 1; size < lines.size(); ++size) {
    const std::vector<std::string> cut(lines.begin(),
                                       lines.begin() + static_cast<std::ptrdiff_t>(size));
    const auto findings = Findings(cut);
    const bool between_runs = size == 11;
    EXPECT_EQ(findings.empty(), between_runs) << size;
    EXPECT_THAT(Findings(cut, /*partial=*/true), ElementsAre()) << size;
  }
}

TEST(ChainCheck, NamesALineThatWasAddedWithAHashThatFits) {
  std::vector<std::string> lines = Good().lines;
  std::string forged = lines[8];
  lines.insert(lines.begin() + 8, forged);
  lines[8].replace(lines[8].find("CLOSE"), 5, "OTHER");
  EXPECT_FALSE(Findings(lines).empty());
}

TEST(ChainCheck, WhoRewritesAllHashesStillLacksTheKey) {
  // Every line after the change is made to fit again; the next head cannot be.
  Log log;
  log.Start("aaaa");
  log.Flow(R"(,"verdict":"FORWARDED")");
  log.Line(R"("event":"HEAD","head":{"last":true},"signature":"00")");
  EXPECT_THAT(Findings(log.lines), testing::Contains("3 SIGNATURE"));
}

TEST(ChainCheck, ALineThatComesTwiceIsNoFault) {
  std::vector<std::string> lines = Good().lines;
  const std::vector<std::string> again(lines.begin() + 1, lines.begin() + 5);
  lines.insert(lines.begin() + 5, again.begin(), again.end());
  EXPECT_THAT(Findings(lines), ElementsAre());
}

TEST(ChainCheck, AGapThatTheSidecarTellsOfIsNoFault) {
  Log log;
  log.Start("aaaa");
  log.Head(false);
  log.Skip(3);  // lines 3 to 5 did not reach this sink
  log.Flow();
  EXPECT_THAT(Findings(log.lines, true), ElementsAre("3 GAP"));
  log.Lost(3, 3, 5);
  log.Head(true);
  EXPECT_THAT(Findings(log.lines), ElementsAre());
}

TEST(ChainCheck, AGapMayBeToldOfInPieces) {
  Log log;
  log.Start("aaaa");
  log.Skip(8);  // 2 to 9
  log.Flow();
  log.Lost(5, 2, 6);
  log.Lost(3, 7, 9);
  log.Head(true);
  EXPECT_THAT(Findings(log.lines), ElementsAre());
}

TEST(ChainCheck, AStretchExcusesNoMoreLinesThanItCounts) {
  Log log;
  log.Start("aaaa");
  for (int i = 0; i < 10; ++i) log.Head(false);  // 2 to 11
  log.Lost(2, 2, 11);
  log.Head(true);
  std::vector<std::string> lines = log.lines;
  lines.erase(lines.begin() + 8);
  lines.erase(lines.begin() + 3);
  EXPECT_THAT(Findings(lines), ElementsAre());
  lines.erase(lines.begin() + 5);
  EXPECT_THAT(Findings(lines), ElementsAre("7 GAP")) << "one too many: the last is named";
}

TEST(ChainCheck, StretchesThatOverlapExcuseWhatTheyCanTogether) {
  Log log;
  log.Start("aaaa");
  log.Skip(4);  // 2 to 5
  log.Lost(2, 2, 5);
  log.Lost(2, 2, 3);
  log.Head(true);
  EXPECT_THAT(Findings(log.lines), ElementsAre());
}

TEST(ChainCheck, WhatAnotherSinkLostExcusesNothing) {
  Log log;
  log.Start("aaaa");
  log.Skip(3);
  log.Lost(3, 2, 4, "syslog");
  log.Head(true);
  EXPECT_THAT(Findings(log.lines), ElementsAre("2 GAP"));
}

// Whoever can write the file and has no key could else write such a line himself.
TEST(ChainCheck, ALostLineExcusesOnceItIsSigned) {
  Log log;
  log.Start("aaaa");
  log.Skip(3);
  log.Lost(3, 2, 4);
  EXPECT_THAT(Findings(log.lines, true), ElementsAre("2 GAP"));
  log.Skip(1);
  log.Lost(1, 6, 6);
  log.Head(true);
  EXPECT_THAT(Findings(log.lines), ElementsAre("2 UNVOUCHED", "2 GAP"));
}

TEST(ChainCheck, SaysWhichLinesBeforeAGapNobodySigned) {
  Log log;
  log.Start("aaaa");
  log.Flow();
  log.Flow();
  log.Skip(1);
  log.Lost(1, 4, 4);
  log.Head(true);
  EXPECT_THAT(Findings(log.lines), ElementsAre("3 UNVOUCHED"));
}

TEST(ChainCheck, NamesALogWhoseFirstRunsAreGone) {
  const std::vector<std::string> lines = Good().lines;
  const std::vector<std::string> second(lines.begin() + 11, lines.end());
  EXPECT_THAT(Findings(second), ElementsAre("1 CHANGED"));
  EXPECT_THAT(Findings(second, /*partial=*/true), ElementsAre());
}

TEST(ChainCheck, NumbersAtTheirLimitsAreNoTrap) {
  Log log;
  log.Start("aaaa");
  log.Skip(~uint64_t{0} - 4);
  log.Lost(~uint64_t{0}, 1, ~uint64_t{0});
  log.Lost(~uint64_t{0}, 3, 2);
  log.Head(false);
  EXPECT_THAT(Findings(log.lines, true), ElementsAre());
}

TEST(ChainCheck, ARunIsOneIdentitysFromItsFirstLineOn) {
  Log victim("example/victim");
  victim.Start("aaaa");
  victim.Flow();
  victim.Flow();
  // Whoever has another SVID of the trust domain goes on with the run, and signs that.
  Log forged("example/evil");
  forged.ContinueAs(victim);
  forged.Head(true);
  std::vector<std::string> lines = victim.lines;
  lines.push_back(forged.lines.back());
  EXPECT_THAT(Findings(lines), testing::Contains("4 SIGNATURE"));
}

TEST(ChainCheck, KnowsThousandsOfLinesWhenTheyComeAgain) {
  Log log;
  log.Start("aaaa");
  for (int i = 0; i < 4'200; ++i) log.Flow();
  log.Head(true);
  std::vector<std::string> lines = log.lines;
  const std::vector<std::string> again(lines.begin() + 4'000, lines.begin() + 4'150);
  lines.insert(lines.begin() + 4'150, again.begin(), again.end());
  EXPECT_THAT(Findings(lines), ElementsAre());
}

TEST(ChainCheck, ALossThatCoversLessThanTheGapDoesNotExcuseIt) {
  Log log;
  log.Start("aaaa");
  log.Skip(3);
  log.Lost(2, 2, 3);
  log.Head(true);
  EXPECT_THAT(Findings(log.lines), ElementsAre("2 GAP"));
}

TEST(ChainCheck, ALineThatACrashCutShortIsVouchedForByTheNextStart) {
  Log log;
  log.Start("aaaa");
  log.Flow();
  log.Add(R"({"time":"2027-01)");
  log.Start("bbbb");
  log.Head(true);
  EXPECT_THAT(Findings(log.lines), ElementsAre("2 OPEN_END"));
  log.lines[2].push_back('7');
  EXPECT_THAT(Findings(log.lines), ElementsAre("3 UNREADABLE", "4 CHANGED", "2 OPEN_END"));
}

TEST(ChainCheck, RunsOfSeveralSidecarsMayBeMixed) {
  Log a("example/a");
  Log b("example/b");
  a.Start("aaaa");
  b.Start("bbbb");
  a.Flow();
  b.Flow();
  a.Head(true);
  b.Head(true);
  std::vector<std::string> lines;
  for (size_t i = 0; i < a.lines.size(); ++i) {
    lines.push_back(a.lines[i]);
    lines.push_back(b.lines[i]);
  }
  EXPECT_THAT(Findings(lines, /*partial=*/true), ElementsAre());
}

TEST(ChainCheck, PartsTheWrongWayRoundAreToldOfOnceAPart) {
  const std::vector<std::string> lines = Good().lines;
  std::vector<std::string> findings;
  ChainCheck check(
      ToyHash, CheckToyHead,
      [&](const ChainFinding& finding) {
        findings.push_back(absl::StrCat(finding.place, " ", ChainFaultName(finding.fault)));
      },
      {});
  constexpr size_t kSplit = 5;  // within the first run
  for (const auto& [first, last] :
       {std::pair{kSplit, lines.size()}, std::pair{size_t{0}, kSplit}}) {
    check.StartFile();
    for (size_t i = first; i < last; ++i) check.See(absl::StrCat(i + 1), lines[i]);
  }
  check.Finish();
  EXPECT_THAT(findings, ElementsAre("1 ORDER"));
}

TEST(ChainCheck, ALogOfNoLinesIsNoWholeLog) { EXPECT_THAT(Findings({}), ElementsAre(" EMPTY")); }

TEST(ChainCheck, LinesWithoutAChainAreToldOf) {
  EXPECT_THAT(Findings({R"({"time":"2027-01-15T08:00:00Z","event":"CLOSE"})"}),
              ElementsAre("1 NO_CHAIN"));
}

// A log that somebody wrote to keep its reader busy: a gap, and late lines that cut it to pieces.
TEST(ChainCheck, KeepsNoMoreGapsHoweverTheyComeAbout) {
  constexpr uint64_t kLate = 100'010;
  std::vector<ChainFinding> findings;
  ChainCheck check(ToyHash, CheckToyHead,
                   [&](const ChainFinding& finding) { findings.push_back(finding); }, {});
  const auto see = [&](uint64_t sequence) {
    check.See("", absl::StrCat(R"({"time":"2027-01-15T08:00:00Z","event":"CLOSE","run_id":"a",)",
                               R"("previous_hash":"00","sequence":)", sequence, "}"));
  };
  see(1);
  see(3 * kLate);
  findings.clear();
  for (uint64_t i = 0; i < kLate; ++i) see(2 * i + 3);
  const auto told = [&](ChainFault fault) {
    return std::count_if(findings.begin(), findings.end(),
                         [&](const ChainFinding& finding) { return finding.fault == fault; });
  };
  EXPECT_EQ(told(ChainFault::kOrder), kLate);
  EXPECT_EQ(told(ChainFault::kGap), 1) << "what is left cannot be kept";
  findings.clear();
  check.Finish();
  EXPECT_EQ(told(ChainFault::kGap), 100'000);
}

TEST(ChainCheck, LinesOfAStoreAreNoChainAndThatIsAllThereIsToSay) {
  std::vector<std::string> lines;
  for (int sequence = 2; sequence < 40; sequence += 3) {  // without HEAD, LOST and ROLLUP lines
    lines.push_back(
        absl::StrCat(R"({"time":"2027-01-15T08:00:00Z","run_id":"aaaa","event":"CLOSE",)",
                     R"("sequence":)", sequence, "}"));
  }
  EXPECT_THAT(Findings(lines), ElementsAre("1 NO_CHAIN"));
  EXPECT_THAT(Findings(lines, /*partial=*/true), ElementsAre("1 NO_CHAIN"));
}

TEST(ChainCheck, ALineWithoutItsHashIsMissingInTheChainOfTheOthers) {
  std::vector<std::string> lines = Good().lines;
  const size_t at = lines[3].find(R"(,"previous_hash")");
  lines[3] = lines[3].substr(0, at) + "}";
  EXPECT_THAT(Findings(lines), ElementsAre("4 NO_CHAIN", "3 UNVOUCHED", "5 GAP"));
}

}  // namespace
}  // namespace firebreak::flows
