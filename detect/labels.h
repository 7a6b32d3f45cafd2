// What people declare about identities: what is precious, what is exposed, what is bait.
#ifndef FIREBREAK_DETECT_LABELS_H_
#define FIREBREAK_DETECT_LABELS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "config/diagnostics.h"
#include "detect/names.h"

namespace firebreak::detect {

struct IdentityLabels {
  bool crown_jewel = false;  // what an intruder would be after: incidents reaching it are critical
  bool internet_facing = false;  // where an intruder would come in
  bool honey = false;            // bait: nobody has a reason to call it, or to be it
  // Matters to `firebreak quarantine` alone: cutting it off by mistake would do most harm.
  bool is_protected = false;
  bool scanner = false;  // may probe and touch bait: its own fan-out and refusals are usual
};

// Labels answers for names. Patterns are matched once a name.
class Labels {
 public:
  // Parse reads the labels file. Anything that it does not understand is reported, with its
  // position, and gives nullopt.
  static std::optional<Labels> Parse(absl::string_view file, absl::string_view text,
                                     config::Diagnostics* diagnostics);

  const IdentityLabels& Of(NameId identity, const Names& names);
  bool IsProtected(absl::string_view identity) const;
  // IsHoneyRoute takes a route as calls have it: "GET /admin/backup".
  bool IsHoneyRoute(NameId destination, NameId route, const Names& names);

  // Declared are the principals that are written out, and not patterns. Protected are those with
  // that label, as they are written.
  std::vector<std::string> Declared() const;
  std::vector<std::string> Protected() const;

  bool HasJewels() const;

  bool empty() const { return identities_.empty() && routes_.empty(); }

 private:
  struct Pattern {
    std::string text;
    bool prefix = false;
    bool Matches(absl::string_view name) const;
    std::string Written() const { return prefix ? text + "*" : text; }
  };
  struct Rule {
    Pattern principal;
    IdentityLabels labels{};
  };
  struct Route {
    Pattern principal;
    Pattern path;
  };
  static Pattern PatternOf(const std::string& text);

  std::vector<Rule> identities_;
  std::vector<Route> routes_;
  absl::flat_hash_map<NameId, IdentityLabels> known_;
  absl::flat_hash_map<uint64_t, bool> known_routes_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_LABELS_H_
