// What policies grant and recorded traffic does not use.
#ifndef FIREBREAK_POLICY_WORKBENCH_TIGHTEN_H_
#define FIREBREAK_POLICY_WORKBENCH_TIGHTEN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "policy/workbench/book.h"
#include "policy/workbench/traffic.h"

namespace firebreak::policy {

// Unused is one thing that an enforced ALLOW rule grants: the whole rule, an entry of its from or
// to, or one value of a list.
struct Unused {
  size_t document = 0;  // index into PolicyBook::documents
  std::string path;     // "spec.rules[0].from[0].source.principals[1]"
  std::string policy;   // "shop/payments"
  std::string rule;
  std::string grant;  // "rule", "from entry", "principals shop.example/ns/shop/sa/web"
  std::string place;  // file:line:column
  // The last time it was used, before the span that counts; nothing: never in these flows.
  std::optional<absl::Time> last_used;
};

// FindUnused returns what was not used since `since` by traffic that was carried, or allowed and
// failed. A grant counts as used by every question that it alone would allow, whichever rule
// decided; where a rule asks for what no record holds, such as headers, by those whose records name
// it, or no rule. A rule that a record names is never unused. What is within another unused thing
// is not listed. A workload has one label, `label`, with its name.
std::vector<Unused> FindUnused(const PolicyBook& book, const TrafficLog& log,
                               const std::string& label, absl::Time since);

// Tightened is one file without what was found unused.
struct Tightened {
  std::string file;
  std::string before;
  std::string after;
};

struct Tightening {
  std::vector<Tightened> files;      // those that change
  std::vector<std::string> by_hand;  // what has to be taken out by hand, and why
};

// Tighten takes what was found out of the files. Before it returns, the engine has loaded the
// result and allowed all traffic of log since `since` that the policies allow now. Internal: it
// did not.
absl::StatusOr<Tightening> Tighten(const PolicyBook& book, const std::vector<Unused>& unused,
                                   const TrafficLog& log, const std::string& label,
                                   absl::Time since);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_TIGHTEN_H_
