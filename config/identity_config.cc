#include "config/identity_config.h"

#include "absl/strings/str_cat.h"

#include "base/principal_syntax.h"
#include "config/field_checks.h"
#include "config/proxy.pb.h"

namespace firebreak::config {

namespace {

IdentityFilesConfig BuildFiles(const v1::IdentityFiles& proto, const std::string& trust_domain,
                               const FieldChecks& checks) {
  const std::string path = "identity.files";
  IdentityFilesConfig files;
  files.certificate_chain =
      checks.RequiredPath(path + ".certificate_chain", proto.certificate_chain());
  files.private_key = checks.RequiredPath(path + ".private_key", proto.private_key());
  files.trust_bundle = checks.RequiredPath(path + ".trust_bundle", proto.trust_bundle());
  // An empty name is not "no revocation list": somebody meant to have one.
  if (checks.Contains(path + ".crl")) files.crl = checks.RequiredPath(path + ".crl", proto.crl());
  // Sorted, so that the same file has the same errors.
  const std::map<std::string, std::string> bundles(proto.federated_bundles().begin(),
                                                   proto.federated_bundles().end());
  for (const auto& [domain, file] : bundles) {
    const std::string entry = absl::StrCat(path, ".federated_bundles[", domain, "]");
    const absl::string_view wrong = WrongWithTrustDomain(domain);
    if (!wrong.empty()) {
      checks.Report(entry, ErrorCode::kInvalidValue,
                    absl::StrCat("bad trust domain \"", domain, "\""), wrong);
    } else if (domain == trust_domain) {
      checks.Report(entry, ErrorCode::kConflict,
                    absl::StrCat("\"", domain, "\" is this workload's own trust domain"),
                    "its bundle is identity.files.trust_bundle");
    }
    files.federated_bundles[domain] = checks.RequiredPath(entry, file);
  }
  return files;
}

}  // namespace

std::string BuildTrustDomain(const std::string& value, const FieldChecks& checks) {
  if (!checks.Required("trust_domain", value)) return "";
  const absl::string_view wrong = WrongWithTrustDomain(value);
  if (!wrong.empty()) {
    checks.Report("trust_domain", ErrorCode::kInvalidValue,
                  absl::StrCat("bad trust domain \"", value, "\""), wrong);
  }
  return value;
}

IdentityFilesConfig BuildIdentity(const v1::Identity& proto, const std::string& trust_domain,
                                  const FieldChecks& checks) {
  checks.NotSupported("identity.workload_api",
                      "let spiffe-helper write the three files that `files` names");
  if (proto.has_files()) return BuildFiles(proto.files(), trust_domain, checks);
  if (!proto.has_workload_api()) {
    checks.Report("identity", ErrorCode::kRequiredField, "identity has no source",
                  "add `files` with certificate_chain, private_key and trust_bundle");
  }
  return {};
}

}  // namespace firebreak::config
