// Places in a policy document, for errors that say where.
#ifndef FIREBREAK_POLICY_SCOPE_H_
#define FIREBREAK_POLICY_SCOPE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

#include "config/diagnostics.h"
#include "config/source_map.h"

namespace firebreak::policy {

// Scope is a place in a policy document, such as spec.rules[0].from[1].source: it knows what was
// written there and reports errors there. Borrows the map and the diagnostics.
class Scope {
 public:
  Scope(const config::SourceMap& map, config::Diagnostics& diagnostics)
      : map_(&map), diagnostics_(&diagnostics) {}

  Scope Field(absl::string_view name) const;
  Scope Entry(size_t index) const;

  // Has says whether a field was written, be it empty.
  bool Has(absl::string_view field) const;

  void Error(config::ErrorCode code, absl::string_view message, absl::string_view help = "") const;
  void Warning(config::ErrorCode code, absl::string_view message,
               absl::string_view help = "") const;

  // RefuseEmptyList reports a list that was written and has no entries: one that lost its last
  // entry would otherwise turn into "no condition".
  void RefuseEmptyList(absl::string_view field, size_t entries) const;

  // file_and_line returns "policy.yaml:12" for RuleRef::source.
  std::string file_and_line() const;

 private:
  const config::SourceMap* map_;
  config::Diagnostics* diagnostics_;
  std::string path_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_SCOPE_H_
