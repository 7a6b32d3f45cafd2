// Server-side request forgery: URLs and addresses that lead where the caller may not go.
#ifndef FIREBREAK_INSPECT_ATTACK_TARGET_H_
#define FIREBREAK_INSPECT_ATTACK_TARGET_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindTarget finds URLs with which a server is made to call where its caller may not.
void FindTarget(const View& view, Hits& hits);

// OddAddress reads a host the way inet_aton does: one to four parts, decimal, octal or hexadecimal,
// the last one filling what is left. nullopt: no address, or one in the usual dotted decimal form.
std::optional<uint32_t> OddAddress(absl::string_view host);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_TARGET_H_
