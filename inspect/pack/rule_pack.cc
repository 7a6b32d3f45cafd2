#include "inspect/pack/rule_pack.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace firebreak::inspect {
namespace {

bool Matches(absl::string_view pattern, absl::string_view path) {
  if (absl::EndsWith(pattern, "*")) {
    return absl::StartsWith(path, pattern.substr(0, pattern.size() - 1));
  }
  if (absl::StartsWith(pattern, "*")) return absl::EndsWith(path, pattern.substr(1));
  return path == pattern;
}

}  // namespace

bool PackCondition::Wants(Place place, absl::string_view name, bool is_name) const {
  if (is_name != names) return false;
  if (places != 0 && ((places >> static_cast<unsigned>(place)) & 1U) == 0) return false;
  return fields.empty() || std::find(fields.begin(), fields.end(), name) != fields.end();
}

bool PackRule::AppliesTo(absl::string_view method, absl::string_view path) const {
  const bool method_fits =
      methods.empty() || std::find(methods.begin(), methods.end(), method) != methods.end();
  return method_fits &&
         (paths.empty() || std::any_of(paths.begin(), paths.end(), [path](const auto& pattern) {
            return Matches(pattern, path);
          }));
}

std::string SignedPartOf(absl::string_view text) {
  return absl::StrCat("firebreak rule pack\n", text);
}

}  // namespace firebreak::inspect
