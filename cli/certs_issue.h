// `firebreak certs ca init`, `certs issue` and `certs crl`: what writes certificates.
#ifndef FIREBREAK_CLI_CERTS_ISSUE_H_
#define FIREBREAK_CLI_CERTS_ISSUE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "certs/dev_ca.h"
#include "cli/command.h"

namespace firebreak::cli {

// ValidityFlags are --ttl, --not-before and --not-after as they were typed.
struct ValidityFlags {
  std::string ttl;
  std::string not_before;
  std::string not_after;
};

// ParseTtl takes a positive length of time: 90s, 15m, 24h, 30d, or sums such as 1h30m.
absl::StatusOr<absl::Duration> ParseTtl(absl::string_view text);

// ParseWhen takes RFC 3339 (2026-01-31T12:00:00Z) or a distance from now: -2h, +30d, 24h.
absl::StatusOr<absl::Time> ParseWhen(absl::string_view text, absl::Time now);

// ToValidity fills what is not given: a minute ago, for clocks that differ, and ttl from now.
absl::StatusOr<certs::Validity> ToValidity(const ValidityFlags& flags, absl::Time now);

struct CaInitFlags {
  std::string trust_domain;
  std::string out;
  certs::KeyType key_type = certs::KeyType::kP256;
  ValidityFlags validity{"365d", "", ""};
  bool force = false;
};
absl::Status RunCaInit(const CaInitFlags& flags, CommandContext& context);

struct IssueFlags {
  std::string ca;
  std::string spiffe_id;
  std::string out;
  certs::KeyType key_type = certs::KeyType::kP256;
  ValidityFlags validity{"24h", "", ""};
  std::vector<std::string> dns;
  std::vector<std::string> ips;
  bool force = false;
};
absl::Status RunIssue(const IssueFlags& flags, CommandContext& context);

struct CrlFlags {
  std::string ca;
  std::string out;
  std::vector<std::string> serials;
  std::vector<std::string> revoked_files;
  ValidityFlags validity{"24h", "", ""};
  bool force = false;
};
absl::Status RunCrl(const CrlFlags& flags, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_CERTS_ISSUE_H_
