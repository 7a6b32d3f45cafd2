#include "inspect/stream/dns_watch.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/escape.h"

namespace firebreak::inspect {
namespace {

constexpr size_t kManyNames = 100;
constexpr size_t kLongName = 80;
constexpr uint32_t kEnoughAnswers = 20;
constexpr uint32_t kRecordsAMinute = 10;
// Of the characters of all labels together. Host names that people give stay below it; hex has 4,
// base32 about 4.9 and base64 about 5.9.
constexpr double kRandomBits = 3.6;

size_t LetterOf(char c) {
  if (absl::ascii_islower(c)) return static_cast<size_t>(c - 'a');
  if (absl::ascii_isdigit(c)) return 26 + static_cast<size_t>(c - '0');
  if (c == '-') return 36;
  if (c == '_') return 37;
  return static_cast<unsigned char>(c) < 0x80 ? 38 : 39;
}

double Bits(const std::array<uint32_t, 40>& letters, uint32_t total) {
  double bits = 0;
  for (const uint32_t count : letters) {
    if (count > 0)
      bits -= static_cast<double>(count) / total * std::log2(static_cast<double>(count) / total);
  }
  return bits;
}

}  // namespace

absl::string_view RegisteredDomain(absl::string_view name) {
  size_t at = name.size();
  std::array<absl::string_view, 3> labels;  // the last ones, last first
  std::array<size_t, 3> starts{};
  size_t count = 0;
  while (count < 3 && at > 0) {
    const size_t dot = name.substr(0, at).rfind('.');
    const size_t start = dot == absl::string_view::npos ? 0 : dot + 1;
    labels[count] = name.substr(start, at - start);
    starts[count++] = start;
    at = dot == absl::string_view::npos ? 0 : dot;
  }
  if (count < 3) return name;
  bool public_suffix = false;
  for (const absl::string_view part : {"co", "com", "net", "org", "gov", "edu", "ac"}) {
    public_suffix = public_suffix || (labels[0].size() == 2 && labels[1] == part);
  }
  return name.substr(starts[public_suffix ? 2 : 1]);
}

DnsWatch::Counts& DnsWatch::CountsOf(const IpAddress& client, absl::string_view domain,
                                     int64_t micros) {
  const std::string key = absl::StrCat(client.ToString(), " ", domain);
  auto at = counts_.find(key);
  if (at == counts_.end()) {
    if (counts_.size() >= kMaxKeys) {
      counts_.erase(std::min_element(
          counts_.begin(), counts_.end(),
          [](const auto& a, const auto& b) { return a.second.last < b.second.last; }));
    }
    at = counts_.try_emplace(key).first;
    at->second.started = micros;
  }
  if (micros - at->second.started > kWindow) {
    at->second = Counts();
    at->second.started = micros;
  }
  at->second.last = micros;
  return at->second;
}

void DnsWatch::Count(const DnsQuestion& question, absl::string_view below, Counts* counts) {
  if (question.response) {
    ++counts->answers;
    if (question.code == kDnsNoSuchName) ++counts->missing;
    return;
  }
  ++counts->questions;
  if (question.name.size() > kLongName) ++counts->long_names;
  if (question.type == kDnsTxt || question.type == kDnsNull) ++counts->records;
  if (below.empty() || counts->names.size() > kManyNames) return;
  if (!counts->names.insert(static_cast<uint32_t>(absl::HashOf(below))).second) return;
  for (const char c : below) {
    if (c == '.') continue;
    ++counts->letters[LetterOf(c)];
    ++counts->letter_total;
  }
}

std::vector<Risk> DnsWatch::Observe(const IpAddress& client, const DnsQuestion& question,
                                    int64_t micros) {
  const absl::string_view domain = RegisteredDomain(question.name);
  if (domain.empty()) return {};
  const absl::string_view below =
      absl::string_view(question.name).substr(0, question.name.size() - domain.size());
  Counts& counts = CountsOf(client, domain, micros);
  Count(question, below, &counts);
  std::vector<Risk> risks;
  const auto report = [&](int bit, RiskKind kind, const std::string& why) {
    if ((counts.reported >> bit & 1) != 0) return;
    counts.reported = static_cast<uint8_t>(counts.reported | 1U << bit);
    risks.push_back(
        {kind, absl::StrCat(client.ToString(), " and ", PrintableEscaped(domain), ": ", why)});
  };
  if (counts.names.size() > kManyNames) {
    const double bits = Bits(counts.letters, counts.letter_total);
    if (bits > kRandomBits) {
      report(0, RiskKind::kDnsNames,
             absl::StrFormat("more than %d names within five minutes, of %.1f bits a character",
                             kManyNames, bits));
    }
  }
  if (counts.answers >= kEnoughAnswers && counts.long_names * 20 > counts.questions &&
      counts.missing * 10 > counts.answers * 3) {
    report(1, RiskKind::kDnsLongNames,
           absl::StrFormat("%d of %d names are longer than %d, and %d of %d do not exist",
                           counts.long_names, counts.questions, kLongName, counts.missing,
                           counts.answers));
  }
  const int64_t minutes = (micros - counts.started) / 60'000'000 + 1;
  if (counts.records > kRecordsAMinute * static_cast<uint64_t>(minutes)) {
    report(2, RiskKind::kDnsRecords,
           absl::StrFormat("%d questions for TXT or NULL in %d min", counts.records, minutes));
  }
  return risks;
}

}  // namespace firebreak::inspect
