#include "certs/trust_bundle.h"

#include <openssl/x509.h>

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "certs/boringssl_error.h"
#include "certs/certificate.h"
#include "certs/pem.h"
#include "certs/revocation_list.h"

namespace firebreak::certs {

TrustBundle::TrustBundle(absl::string_view trust_domain) : trust_domain_(trust_domain) {}

TrustBundle::~TrustBundle() = default;

absl::Status TrustBundle::AddCertificate(const std::string& der) {
  auto anchor = std::make_unique<TrustAnchor>();
  anchor->der = der;
  const SvidError error = ParseCertificate(anchor->der, &anchor->certificate);
  if (error != SvidError::kNone) return absl::InvalidArgumentError(SvidErrorHint(error));
  const Certificate& certificate = anchor->certificate;
  if (!certificate.IsCa()) return absl::InvalidArgumentError("not a CA certificate (cA is false)");
  if (!certificate.key_usage.has_value() || !certificate.key_usage->Has(kKeyCertSign)) {
    return absl::InvalidArgumentError("not a CA certificate (keyUsage lacks keyCertSign)");
  }
  const auto* data = reinterpret_cast<const uint8_t*>(der.data());
  const bssl::UniquePtr<X509> x509(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
  anchor->store.reset(X509_STORE_new(), X509_STORE_free);
  if (x509 == nullptr || anchor->store == nullptr ||
      X509_STORE_add_cert(anchor->store.get(), x509.get()) != 1) {
    return absl::InvalidArgumentError(DrainErrors());
  }
  anchors_.push_back(std::move(anchor));
  return absl::OkStatus();
}

absl::Status TrustBundle::AddCrl(const std::string& der) {
  FB_ASSIGN_OR_RETURN(std::unique_ptr<RevocationList> list, RevocationList::Parse(der));
  crls_.push_back(std::move(list));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const TrustBundle>> TrustBundle::FromDer(
    absl::string_view trust_domain, const BundleDer& der) {
  FB_RETURN_IF_ERROR(CheckTrustDomain(trust_domain));
  const std::shared_ptr<TrustBundle> bundle(new TrustBundle(trust_domain));
  for (size_t i = 0; i < der.certificates.size(); ++i) {
    const absl::Status status = bundle->AddCertificate(der.certificates[i]);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("certificate ", i + 1, " of the bundle: ", status.message()));
    }
  }
  for (size_t i = 0; i < der.crls.size(); ++i) {
    const absl::Status status = bundle->AddCrl(der.crls[i]);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("revocation list ", i + 1, ": ", status.message()));
    }
  }
  return bundle;
}

absl::StatusOr<std::shared_ptr<const TrustBundle>> TrustBundle::FromPem(
    absl::string_view trust_domain, absl::string_view pem, absl::string_view crl_pem) {
  BundleDer der;
  FB_ASSIGN_OR_RETURN(der.certificates, ReadPemOf(kPemCertificate, pem));
  if (!crl_pem.empty()) {
    FB_ASSIGN_OR_RETURN(der.crls, ReadPemOf(kPemCrl, crl_pem));
  }
  return FromDer(trust_domain, der);
}

TrustStore::TrustStore(std::vector<std::shared_ptr<const TrustBundle>> bundles, uint64_t epoch)
    : epoch_(epoch) {
  for (std::shared_ptr<const TrustBundle>& bundle : bundles) {
    std::string name = bundle->trust_domain();
    bundles_.insert_or_assign(std::move(name), std::move(bundle));
  }
}

const TrustBundle* TrustStore::Find(absl::string_view trust_domain) const {
  const auto found = bundles_.find(trust_domain);
  return found == bundles_.end() ? nullptr : found->second.get();
}

}  // namespace firebreak::certs
