// Finds tunnels in DNS: data in the names that are asked for, and in the records that answer.
#ifndef FIREBREAK_INSPECT_STREAM_DNS_WATCH_H_
#define FIREBREAK_INSPECT_STREAM_DNS_WATCH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

#include "base/ip.h"
#include "inspect/protocol/dns_message.h"
#include "inspect/stream/risk.h"

namespace firebreak::inspect {

// RegisteredDomain is the part of a name that somebody registered: two labels, or three below a
// country's "co", "com", "net", "org", "gov", "edu" or "ac". A list of all public suffixes would
// say it exactly; for counting, too long a domain splits one tunnel and hides none.
absl::string_view RegisteredDomain(absl::string_view name);

// DnsWatch counts for each (source, registered domain) over windows of five minutes:
//   more than 100 different names whose labels have more than 3.6 bits a character;
//   names of which one in twenty is longer than 80, when three in ten do not exist;
//   more than 10 questions a minute for TXT or NULL.
// It knows kMaxKeys pairs at most, of about 1.5 KiB; the one that was quiet the longest goes first.
class DnsWatch {
 public:
  static constexpr size_t kMaxKeys = 4096;
  static constexpr int64_t kWindow = 300'000'000;  // micros

  // Observe returns the risks that this message made certain: each once for a pair and window.
  std::vector<Risk> Observe(const IpAddress& client, const DnsQuestion& question, int64_t micros);

  size_t size() const { return counts_.size(); }

 private:
  struct Counts {
    int64_t started = 0;
    int64_t last = 0;
    uint32_t questions = 0;
    uint32_t answers = 0;
    uint32_t missing = 0;                // answered with NXDOMAIN
    uint32_t long_names = 0;             // of questions
    uint32_t records = 0;                // TXT and NULL
    uint8_t reported = 0;                // a bit a kind
    std::array<uint32_t, 40> letters{};  // of labels: a-z, 0-9, -, _, others
    uint32_t letter_total = 0;
    absl::flat_hash_set<uint32_t> names;  // hashes; full when it is certain
  };

  Counts& CountsOf(const IpAddress& client, absl::string_view domain, int64_t micros);
  static void Count(const DnsQuestion& question, absl::string_view below, Counts* counts);

  absl::flat_hash_map<std::string, Counts> counts_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_STREAM_DNS_WATCH_H_
