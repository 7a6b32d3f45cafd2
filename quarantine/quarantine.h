// Who is quarantined: what every decision of a sidecar is asked before any policy.
#ifndef FIREBREAK_QUARANTINE_QUARANTINE_H_
#define FIREBREAK_QUARANTINE_QUARANTINE_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/verdict.h"

namespace firebreak::quarantine {

// Entry quarantines an identity, or all that a pattern names, until it is over by itself.
struct Entry {
  // A principal, or a pattern of whole segments: "shop.example/ns/shop/*", "*/sa/web", "*".
  std::string identity;
  QuarantineMode mode = QuarantineMode::kIsolate;  // never kNone
  absl::Time until;
  std::string reason;
  // Principals that may still reach it and be reached by it, as far as policy allows: whoever looks
  // into what happened.
  std::vector<std::string> allow;
};

// Covers tells whether an identity, a principal or a pattern, names this principal.
bool Covers(absl::string_view identity, absl::string_view principal);

// Quarantine answers for the two ends of a connection. Immutable; read by every worker.
class Quarantine {
 public:
  Quarantine() = default;  // nobody
  explicit Quarantine(std::vector<Entry> entries);

  // Finding is how far one of the two is quarantined, the stricter of them, and the rule to name
  // for it: its policy is "quarantine", its rule the identity.
  struct Finding {
    QuarantineMode mode = QuarantineMode::kNone;
    std::shared_ptr<const RuleRef> rule;  // null with kNone
  };
  // Find looks at both ends; an empty principal is nobody's, and only patterns of everybody name
  // it. The cost is a hash of each, and a look at each pattern.
  Finding Find(absl::string_view source, absl::string_view destination, absl::Time now) const;

  // Entries that have not been released yet.
  size_t InForce(absl::Time now) const;
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  void Consider(size_t index, absl::string_view other, absl::Time now, Finding* finding) const;
  void Look(absl::string_view one, absl::string_view other, absl::Time now, Finding* finding) const;

  std::vector<Entry> entries_;
  std::vector<std::shared_ptr<const RuleRef>> rules_;  // of entries_
  absl::flat_hash_map<std::string, std::vector<size_t>> exact_;
  std::vector<size_t> patterns_;
};

}  // namespace firebreak::quarantine

#endif  // FIREBREAK_QUARANTINE_QUARANTINE_H_
