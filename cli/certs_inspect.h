// `firebreak certs inspect` and `certs verify`: what reads certificates.
#ifndef FIREBREAK_CLI_CERTS_INSPECT_H_
#define FIREBREAK_CLI_CERTS_INSPECT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "certs/trust_bundle.h"
#include "cli/command.h"

namespace firebreak::cli {

struct InspectFlags {
  std::string file;
  OutputFormat format = OutputFormat::kTable;
};
// RunInspect sets exit_code to kExitNo when a certificate cannot be read strictly.
absl::Status RunInspect(const InspectFlags& flags, CommandContext& context);

struct VerifyFlags {
  std::string chain;
  std::string bundle;
  std::string crl;
  std::string trust_domain;  // empty: as the bundle's CA says
  std::string at;            // empty: now
  OutputFormat format = OutputFormat::kTable;
};
// ReadTrust reads bundle and crl of the flags.
absl::StatusOr<std::shared_ptr<const certs::TrustStore>> ReadTrust(const VerifyFlags& flags);
// RunVerify sets exit_code to kExitNo when the chain is not valid.
absl::Status RunVerify(const VerifyFlags& flags, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_CERTS_INSPECT_H_
