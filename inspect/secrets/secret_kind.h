// What should not leave: kinds of keys, tokens and numbers.
#ifndef FIREBREAK_INSPECT_SECRETS_SECRET_KIND_H_
#define FIREBREAK_INSPECT_SECRETS_SECRET_KIND_H_

#include <bitset>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

enum class SecretKind : uint8_t {
  kAwsKeyId,
  kAwsSecret,
  kGcpApiKey,
  kAzureStorageKey,
  kGithubToken,
  kGitlabToken,
  kSlackToken,
  kSlackWebhook,
  kStripeKey,
  kNpmToken,
  kPypiToken,
  kSendgridKey,
  kVaultToken,
  kDigitalOceanToken,
  kJwt,
  kPrivateKey,
  kPgpPrivateKey,
  kCard,
  kIban,
  kUsSsn,
  kGeneric,  // looks random, behind a word such as "password"
  kCustom,   // of a rule of the configuration
};
inline constexpr size_t kSecretKinds = static_cast<size_t>(SecretKind::kCustom) + 1;

// A set of kinds.
using SecretKinds = std::bitset<kSecretKinds>;

// As reports spell it: "aws-access-key-id", "card-number".
absl::string_view SecretKindName(SecretKind kind);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_SECRETS_SECRET_KIND_H_
