// Secrets of an organisation's own, which nobody else knows the form of.
#ifndef FIREBREAK_INSPECT_SECRETS_SECRET_RULES_H_
#define FIREBREAK_INSPECT_SECRETS_SECRET_RULES_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace firebreak::config {
class Diagnostics;
}  // namespace firebreak::config

namespace firebreak::inspect {

// CustomSecret is a token with a beginning of its own.
struct CustomSecret {
  std::string name;
  std::string prefix;    // at least kMinPrefix bytes: it is what makes looking cheap
  size_t shortest = 16;  // characters behind the prefix
  size_t longest = 256;
  bool hex = false;                // only 0-9 and a-f; else letters, digits, _ and -
  double entropy = 3;              // bits a character, at least
  std::vector<std::string> allow;  // whole tokens that are no secret
};
inline constexpr size_t kMinSecretPrefix = 3;
inline constexpr size_t kMaxCustomSecrets = 64;

using SecretRules = std::vector<CustomSecret>;

// ParseSecretRules reads
//
//   secrets:
//   - name: order-key
//     prefix: "shopord_"
//     length: [24, 40]
//     characters: hex
//     entropy: 3.2
//     allow: ["shopord_000000000000000000000000"]
//
// nullopt: see *diagnostics, which then has an error with its place.
std::optional<SecretRules> ParseSecretRules(absl::string_view file, absl::string_view text,
                                            config::Diagnostics* diagnostics);

// LoadSecretRules reads the rules of all these files, kMaxCustomSecrets at most. Null: see
// *diagnostics.
std::shared_ptr<const SecretRules> LoadSecretRules(const std::vector<std::string>& files,
                                                   config::Diagnostics* diagnostics);

// Whether token, from `at` on, is one; its size.
std::optional<size_t> MatchCustomSecret(const CustomSecret& rule, absl::string_view token,
                                        size_t at);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_SECRETS_SECRET_RULES_H_
