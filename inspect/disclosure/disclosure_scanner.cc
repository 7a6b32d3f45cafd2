#include "inspect/disclosure/disclosure_scanner.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace firebreak::inspect {
namespace {

using D = Disclosure;

// In the order of the enum. A message of a database or a trace alone may be a bug; together they
// reach the default threshold.
constexpr std::array<RuleInfo, kDisclosures> kRules = {{
    {"FBI-OUT-001", Category::kDisclosure, kError, 1,
     "A response with the message of a database about a statement."},
    {"FBI-OUT-002", Category::kDisclosure, kWarning, 1, "A response with a stack trace."},
    {"FBI-OUT-003", Category::kDisclosure, kWarning, 1, "A response that lists a folder."},
    {"FBI-OUT-004", Category::kDisclosure, kCritical, 1,
     "A response with a file of the system's users."},
    {"FBI-OUT-005", Category::kDisclosure, kCritical, 1,
     "A response with the output of a system's command."},
    {"FBI-OUT-006", Category::kDisclosure, kError, 2,
     "A response with the source of a script that should have run."},
}};

// Whether what stands behind a sign makes it one. A yes stays one whatever more there is.
using Check = bool (*)(absl::string_view behind);

bool Always(absl::string_view /*behind*/) { return true; }

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }

bool FiveDigits(absl::string_view behind) {
  return behind.size() >= 5 && std::all_of(behind.begin(), behind.begin() + 5, IsDigit);
}

// SQLSTATE[42000]
bool FiveSignsAndBracket(absl::string_view behind) {
  return behind.size() >= 6 && behind[5] == ']' &&
         std::all_of(behind.begin(), behind.begin() + 5,
                     [](char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); });
}

// "com.shop.Orders.find(Orders.java:12)"
bool JavaFrame(absl::string_view behind) {
  const absl::string_view line = behind.substr(0, behind.find('\n'));
  return absl::StrContains(line, ".java:") || absl::StrContains(line, "(Native Method)") ||
         absl::StrContains(line, ".kt:");
}

// "/var/www/x.php on line 7", perhaps with markup in between.
bool PhpPlace(absl::string_view behind) {
  const size_t line = behind.find("on line ");
  return line != absl::string_view::npos && absl::StrContains(behind.substr(0, line), ".php");
}

// " [running]:"
bool GoRoutine(absl::string_view behind) {
  size_t at = 0;
  while (at < behind.size() && IsDigit(behind[at])) ++at;
  return at > 0 && absl::StartsWith(behind.substr(at), " [running]:");
}

// "0(root) gid=0(root)"
bool IdOutput(absl::string_view behind) {
  size_t at = 0;
  while (at < behind.size() && IsDigit(behind[at])) ++at;
  const size_t close = behind.find(')');
  return at > 0 && at < behind.size() && behind[at] == '(' && close != absl::string_view::npos &&
         absl::StartsWith(behind.substr(close), ") gid=");
}

struct Sign {
  absl::string_view text;  // two bytes at least: they decide where to look
  D disclosure;
  Check check = Always;
};

constexpr Sign kSigns[] = {
    {"You have an error in your SQL syntax", D::kDatabaseError},
    {"Unclosed quotation mark after the character string", D::kDatabaseError},
    {"quoted string not properly terminated", D::kDatabaseError},
    {"ERROR: syntax error at or near", D::kDatabaseError},
    {"unterminated quoted string at or near", D::kDatabaseError},
    {"sqlite3.OperationalError:", D::kDatabaseError},
    {"SQLite3::SQLException", D::kDatabaseError},
    {"psycopg2.errors.", D::kDatabaseError},
    {"PG::SyntaxError", D::kDatabaseError},
    {"java.sql.SQLSyntaxErrorException", D::kDatabaseError},
    {"Incorrect syntax near '", D::kDatabaseError},
    {"ORA-", D::kDatabaseError, FiveDigits},
    {"SQLSTATE[", D::kDatabaseError, FiveSignsAndBracket},
    {"\tat ", D::kStackTrace, JavaFrame},
    {"Traceback (most recent call last):", D::kStackTrace},
    {"Fatal error: ", D::kStackTrace, PhpPlace},
    {"Fatal error</b>: ", D::kStackTrace, PhpPlace},
    {"goroutine ", D::kStackTrace, GoRoutine},
    {"System.NullReferenceException:", D::kStackTrace},
    {"[ArgumentException: ", D::kStackTrace},
    {"<title>Index of /", D::kDirectoryListing},
    {"<title>Directory listing for /", D::kDirectoryListing},
    {"[To Parent Directory]", D::kDirectoryListing},
    {"root:x:0:0:", D::kSystemFile},
    {"root:*:0:0:", D::kSystemFile},
    {"daemon:x:1:1:", D::kSystemFile},
    {"[boot loader]\r\ntimeout=", D::kSystemFile},
    {"uid=", D::kCommandOutput, IdOutput},
    {" Volume Serial Number is ", D::kCommandOutput},
    {"Windows IP Configuration\r\n", D::kCommandOutput},
    {"<?php ", D::kSourceCode},
    {"<%@ Page Language=", D::kSourceCode},
    {"<%@ page import=", D::kSourceCode},
};

constexpr bool FitsAhead() {
  for (const Sign& sign : kSigns) {
    if (sign.text.size() < 2 || sign.text.size() > DisclosureScanner::kAhead) return false;
  }
  return true;
}
static_assert(FitsAhead(), "a sign is too short or too long");

size_t PairAt(absl::string_view text, size_t at) {
  return static_cast<size_t>(static_cast<uint8_t>(text[at])) << 8 |
         static_cast<uint8_t>(text[at + 1]);
}

// The first two bytes of every sign: nearly all places of a text are passed over by them.
const std::bitset<65'536>& Pairs() {
  static const std::bitset<65'536>* const pairs = [] {
    auto* set = new std::bitset<65'536>();
    for (const Sign& sign : kSigns) set->set(PairAt(sign.text, 0));
    return set;
  }();
  return *pairs;
}

}  // namespace

const RuleInfo& DisclosureRule(Disclosure disclosure) {
  return kRules[static_cast<size_t>(disclosure)];
}

void DisclosureScanner::Scan(absl::string_view text, size_t places, const Sink& sink) {
  const std::bitset<65'536>& pairs = Pairs();
  for (size_t at = 0; at < places && at + 1 < text.size(); ++at) {
    if (!pairs[PairAt(text, at)]) continue;
    const absl::string_view here = text.substr(at, kAhead);
    for (const Sign& sign : kSigns) {
      const auto kind = static_cast<size_t>(sign.disclosure);
      if (told_[kind] || !absl::StartsWith(here, sign.text)) continue;
      if (!sign.check(here.substr(sign.text.size()))) continue;
      told_.set(kind);
      sink(sign.disclosure, here);
    }
  }
}

// The last places of a piece are looked at once more when there is more behind them.
void DisclosureScanner::Feed(absl::string_view bytes, const Sink& sink) {
  std::array<char, 2 * kAhead> seam;
  std::copy_n(held_.begin(), held_size_, seam.begin());
  const size_t joined = std::min(bytes.size(), kAhead);
  std::copy_n(bytes.begin(), joined, seam.begin() + static_cast<ptrdiff_t>(held_size_));
  absl::string_view rest(seam.data(), held_size_ + joined);
  Scan(rest, held_size_, sink);
  Scan(bytes, bytes.size(), sink);
  if (bytes.size() > joined) rest = bytes;
  rest = rest.substr(rest.size() - std::min(rest.size(), held_.size()));
  std::copy(rest.begin(), rest.end(), held_.begin());
  held_size_ = rest.size();
}

}  // namespace firebreak::inspect
