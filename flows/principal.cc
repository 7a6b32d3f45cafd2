#include "flows/principal.h"

#include <array>

namespace firebreak::flows {

std::optional<PrincipalParts> SplitPrincipal(absl::string_view principal) {
  std::array<absl::string_view, 5> parts;
  for (absl::string_view& part : parts) {
    const bool last = &part == &parts.back();
    const size_t slash = principal.find('/');
    if (last != (slash == absl::string_view::npos)) return std::nullopt;
    part = principal.substr(0, slash);
    principal.remove_prefix(last ? principal.size() : slash + 1);
  }
  if (parts[1] != "ns" || parts[3] != "sa") return std::nullopt;
  if (parts[0].empty() || parts[2].empty() || parts[4].empty()) return std::nullopt;
  return PrincipalParts{
      .trust_domain = parts[0], .namespace_name = parts[2], .service_account = parts[4]};
}

}  // namespace firebreak::flows
