#include "certs/file_source.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "certs/pem.h"
#include "certs/pem_file.h"
#include "certs/private_key.h"
#include "certs/svid_validator.h"

namespace firebreak::certs {
namespace {

absl::Status FileError(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", why));
}

absl::Status InFile(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

// LoadSvid names, of the two files, the one that is to blame.
absl::StatusOr<X509Svid> LoadSvid(const IdentityFiles& files) {
  FB_ASSIGN_OR_RETURN(const std::string chain_pem, ReadPemFile(files.certificate_chain));
  absl::StatusOr<std::vector<std::string>> chain = ReadPemOf(kPemCertificate, chain_pem);
  if (!chain.ok()) return InFile(files.certificate_chain, chain.status());
  FB_ASSIGN_OR_RETURN(std::string key_pem, ReadKeyFile(files.private_key));
  absl::StatusOr<std::shared_ptr<evp_pkey_st>> key = ParsePrivateKeyPem(key_pem);
  WipeString(&key_pem);
  if (!key.ok()) return InFile(files.private_key, key.status());
  absl::StatusOr<X509Svid> svid = X509Svid::Make(*std::move(chain), *std::move(key));
  if (svid.ok()) return svid;
  if (absl::IsFailedPrecondition(svid.status())) {
    return FileError(files.private_key,
                     absl::StrCat("this private key is not the one of the certificate in ",
                                  files.certificate_chain));
  }
  return InFile(files.certificate_chain, svid.status());
}

absl::StatusOr<std::shared_ptr<const TrustBundle>> LoadBundle(absl::string_view trust_domain,
                                                              const std::string& bundle_path,
                                                              const std::string& crl_path) {
  TrustBundle::BundleDer der;
  FB_ASSIGN_OR_RETURN(const std::string pem, ReadPemFile(bundle_path));
  absl::StatusOr<std::vector<std::string>> certificates = ReadPemOf(kPemCertificate, pem);
  if (!certificates.ok()) return InFile(bundle_path, certificates.status());
  der.certificates = *std::move(certificates);
  absl::StatusOr<std::shared_ptr<const TrustBundle>> bundle =
      TrustBundle::FromDer(trust_domain, der);
  if (!bundle.ok()) return InFile(bundle_path, bundle.status());
  if (crl_path.empty()) return bundle;

  FB_ASSIGN_OR_RETURN(const std::string crl_pem, ReadPemFile(crl_path));
  absl::StatusOr<std::vector<std::string>> crls = ReadPemOf(kPemCrl, crl_pem);
  if (!crls.ok()) return InFile(crl_path, crls.status());
  der.crls = *std::move(crls);
  bundle = TrustBundle::FromDer(trust_domain, der);
  if (!bundle.ok()) return InFile(crl_path, bundle.status());
  return bundle;
}

absl::StatusOr<std::shared_ptr<const TrustStore>> LoadTrust(const IdentityFiles& files,
                                                            const IdentityOptions& options) {
  std::vector<std::shared_ptr<const TrustBundle>> bundles;
  FB_ASSIGN_OR_RETURN(std::shared_ptr<const TrustBundle> own,
                      LoadBundle(options.trust_domain, files.trust_bundle, files.crl));
  bundles.push_back(std::move(own));
  for (const auto& [trust_domain, path] : files.federated_bundles) {
    if (trust_domain == options.trust_domain) {
      return FileError(path, absl::StrCat("federated_bundles names our own trust domain ",
                                          trust_domain, ", whose bundle is trust_bundle"));
    }
    FB_ASSIGN_OR_RETURN(std::shared_ptr<const TrustBundle> bundle,
                        LoadBundle(trust_domain, path, ""));
    bundles.push_back(std::move(bundle));
  }
  return std::make_shared<const TrustStore>(std::move(bundles), options.epoch);
}

}  // namespace

std::vector<std::string> IdentityFiles::AllPaths() const {
  std::vector<std::string> paths = {certificate_chain, private_key, trust_bundle};
  if (!crl.empty()) paths.push_back(crl);
  for (const auto& [trust_domain, path] : federated_bundles) paths.push_back(path);
  return paths;
}

absl::StatusOr<IdentityMaterial> LoadIdentity(const IdentityFiles& files,
                                              const IdentityOptions& options, absl::Time now) {
  FB_RETURN_IF_ERROR(CheckTrustDomain(options.trust_domain));
  FB_ASSIGN_OR_RETURN(X509Svid svid, LoadSvid(files));
  if (svid.id().trust_domain() != options.trust_domain) {
    return FileError(files.certificate_chain,
                     absl::StrCat("the SVID is ", svid.id().uri(), ", but trust_domain is ",
                                  options.trust_domain));
  }
  FB_ASSIGN_OR_RETURN(std::shared_ptr<const TrustStore> trust, LoadTrust(files, options));

  // Peers will apply these rules to us: what they would refuse is better refused here, by name.
  const std::vector<absl::string_view> chain(svid.chain_der().begin(), svid.chain_der().end());
  const SvidVerdict verdict = SvidValidator(trust, options.limits).Validate(chain, now);
  if (!verdict.ok()) {
    return FileError(files.certificate_chain,
                     absl::StrCat("our own SVID is not valid under ", files.trust_bundle, ": ",
                                  SvidErrorName(verdict.error), ": ", SvidErrorHint(verdict.error),
                                  verdict.detail.empty() ? "" : ": ", verdict.detail));
  }
  return IdentityMaterial{std::move(svid), std::move(trust)};
}

}  // namespace firebreak::certs
