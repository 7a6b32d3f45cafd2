// What tests of packs share. Included by tests only.
#ifndef FIREBREAK_INSPECT_PACK_TESTING_H_
#define FIREBREAK_INSPECT_PACK_TESTING_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// A pack of one rule with one condition, "{...}".
inline std::string PackOf(absl::string_view condition, absl::string_view target = "/?q=bad",
                          absl::string_view harmless = "/?q=good") {
  return absl::StrCat(R"(pack: shop
version: 1
rules:
- id: SHOP-1
  cve: [CVE-2026-0001]
  why: The search breaks on it.
  conditions:
  - )",
                      condition, R"(
  tests:
  - {target: ")",
                      target, R"(", matches: true}
  - {target: ")",
                      harmless, R"(", matches: false}
)");
}

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PACK_TESTING_H_
