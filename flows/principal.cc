#include "flows/principal.h"

#include <vector>

#include "absl/strings/str_split.h"

namespace firebreak::flows {

std::optional<PrincipalParts> SplitPrincipal(absl::string_view principal) {
  const std::vector<absl::string_view> parts = absl::StrSplit(principal, absl::MaxSplits('/', 5));
  if (parts.size() != 5 || parts[1] != "ns" || parts[3] != "sa") return std::nullopt;
  if (parts[0].empty() || parts[2].empty() || parts[4].empty()) return std::nullopt;
  return PrincipalParts{
      .trust_domain = parts[0], .namespace_name = parts[2], .service_account = parts[4]};
}

}  // namespace firebreak::flows
