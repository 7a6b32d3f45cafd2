// `firebreak certs inspect` and `certs verify`: what reads certificates.
#ifndef FIREBREAK_CLI_CERTS_INSPECT_H_
#define FIREBREAK_CLI_CERTS_INSPECT_H_

#include <string>

#include "absl/status/status.h"

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
// RunVerify sets exit_code to kExitNo when the chain is not valid.
absl::Status RunVerify(const VerifyFlags& flags, CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_CERTS_INSPECT_H_
