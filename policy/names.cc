#include "policy/names.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "config/error_codes.h"

namespace firebreak::policy {
namespace {

// Kubernetes' limit for the names of objects.
constexpr size_t kMaxNameBytes = 253;

bool IsName(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ||
                  c == '.';
         });
}

}  // namespace

void CheckName(absl::string_view name, const Scope& scope) {
  if (IsName(name)) return;
  scope.Error(config::ErrorCode::kPolicyName,
              name.empty() ? "a name is required" : "this is not a name",
              absl::StrCat("1 to ", kMaxNameBytes, " letters, digits, \"-\", \"_\" and \".\""));
}

}  // namespace firebreak::policy
