// TrustBundle and TrustStore: whose signatures make an SVID, by trust domain.
#ifndef FIREBREAK_CERTS_TRUST_BUNDLE_H_
#define FIREBREAK_CERTS_TRUST_BUNDLE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "certs/certificate.h"
#include "certs/spiffe_id.h"

struct x509_store_st;  // BoringSSL's X509_STORE

namespace firebreak::certs {

class RevocationList;

// TrustAnchor is one CA certificate of a bundle. It has a store of its own, since a path is checked
// against one anchor at a time: two of the same name do not get in each other's way.
struct TrustAnchor {
  std::string der;
  Certificate certificate;  // views into der
  std::shared_ptr<x509_store_st> store;
};

// TrustBundle is the set of CA certificates of one trust domain, and its revocation lists. A bundle
// with no certificate is legal and trusts nobody. Immutable; any thread may use it.
class TrustBundle {
 public:
  // BundleDer is a bundle as the Workload API delivers it: one DER certificate or list an element.
  struct BundleDer {
    std::vector<std::string> certificates;
    std::vector<std::string> crls;
  };

  // FromDer refuses what is not a CA certificate (cA and keyCertSign, RFC 5280) or not a version 2
  // list, and says which element it is. A CA certificate that has expired is kept: only the paths
  // through it are refused.
  static absl::StatusOr<std::shared_ptr<const TrustBundle>> FromDer(absl::string_view trust_domain,
                                                                    const BundleDer& der);
  // FromPem takes any number of CERTIFICATE blocks, and of X509 CRL blocks in crl_pem, which may be
  // empty. Any other block, and a certificate text with no block at all, are errors.
  static absl::StatusOr<std::shared_ptr<const TrustBundle>> FromPem(absl::string_view trust_domain,
                                                                    absl::string_view pem,
                                                                    absl::string_view crl_pem = "");
  TrustBundle(const TrustBundle&) = delete;
  TrustBundle& operator=(const TrustBundle&) = delete;
  ~TrustBundle();

  const std::string& trust_domain() const { return trust_domain_; }
  bool empty() const { return anchors_.empty(); }
  bool has_crl() const { return !crls_.empty(); }
  absl::Span<const std::unique_ptr<TrustAnchor>> anchors() const { return anchors_; }
  absl::Span<const std::unique_ptr<RevocationList>> crls() const { return crls_; }

 private:
  explicit TrustBundle(absl::string_view trust_domain);
  absl::Status AddCertificate(const std::string& der);
  absl::Status AddCrl(const std::string& der);

  std::string trust_domain_;
  std::vector<std::unique_ptr<TrustAnchor>> anchors_;
  std::vector<std::unique_ptr<RevocationList>> crls_;
};

// TrustStore maps trust domains to bundles. Bundles of different domains are never merged: a leaf
// is checked against the bundle of the domain its ID names, or not at all. Immutable.
class TrustStore {
 public:
  using Bundles = std::map<std::string, std::shared_ptr<const TrustBundle>, std::less<>>;

  // An empty store, of epoch 0, trusts nobody: what is in force until the first good bundle.
  TrustStore() = default;
  // Epoch is the caller's: it must grow with every change of a bundle or a revocation list, since
  // caches and live connections are checked again when it does.
  TrustStore(std::vector<std::shared_ptr<const TrustBundle>> bundles, uint64_t epoch);

  // Null for an unknown trust domain.
  const TrustBundle* Find(absl::string_view trust_domain) const;
  uint64_t epoch() const { return epoch_; }
  const Bundles& bundles() const { return bundles_; }

 private:
  Bundles bundles_;
  uint64_t epoch_ = 0;
};

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_TRUST_BUNDLE_H_
