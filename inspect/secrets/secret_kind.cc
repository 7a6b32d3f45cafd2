#include "inspect/secrets/secret_kind.h"

#include <array>

namespace firebreak::inspect {

absl::string_view SecretKindName(SecretKind kind) {
  constexpr std::array<absl::string_view, kSecretKinds> kNames = {"aws-access-key-id",
                                                                  "aws-secret-access-key",
                                                                  "gcp-api-key",
                                                                  "azure-storage-key",
                                                                  "github-token",
                                                                  "gitlab-token",
                                                                  "slack-token",
                                                                  "slack-webhook",
                                                                  "stripe-key",
                                                                  "npm-token",
                                                                  "pypi-token",
                                                                  "sendgrid-key",
                                                                  "vault-token",
                                                                  "digitalocean-token",
                                                                  "jwt",
                                                                  "private-key",
                                                                  "pgp-private-key",
                                                                  "card-number",
                                                                  "iban",
                                                                  "us-ssn",
                                                                  "generic-secret",
                                                                  "custom"};
  return kNames[static_cast<size_t>(kind)];
}

}  // namespace firebreak::inspect
