#include "certs/svid_path.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "certs/boringssl_error.h"
#include "certs/revocation_list.h"
#include "certs/spiffe_id.h"

namespace firebreak::certs {
namespace {

bssl::UniquePtr<X509> ToX509(absl::string_view der) {
  const auto* data = reinterpret_cast<const uint8_t*>(der.data());
  return bssl::UniquePtr<X509>(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
}

// ErrorOf maps BoringSSL's verdict, found at depth (0 is the leaf), to ours.
SvidError ErrorOf(int x509_error, int depth) {
  switch (x509_error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_UNTRUSTED:
      return SvidError::kUntrustedIssuer;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
      return SvidError::kBadSignature;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return depth == 0 ? SvidError::kNotYetValid : SvidError::kIssuerNotYetValid;
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return depth == 0 ? SvidError::kExpired : SvidError::kIssuerExpired;
    case X509_V_ERR_INVALID_CA:
      return SvidError::kIssuerNotCa;
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
      return SvidError::kIssuerKeyUsage;
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
      return SvidError::kPathLengthExceeded;
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
      return SvidError::kChainTooLong;
    // BoringSSL takes a URI constraint for names whose host it can read and reports the others as
    // unsupported syntax: a deny, under the same name.
    case X509_V_ERR_PERMITTED_VIOLATION:
    case X509_V_ERR_EXCLUDED_VIOLATION:
    case X509_V_ERR_SUBTREE_MINMAX:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE:
    case X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX:
    case X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
      return SvidError::kNameConstraint;
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
      return SvidError::kUnknownCriticalExtension;
    case X509_V_OK:  // reported with a failure: an error of the library's
    case X509_V_ERR_OUT_OF_MEM:
      return SvidError::kInternal;
    default:
      return SvidError::kPathInvalid;
  }
}

// CheckIssuer applies SPIFFE's rules for a certificate that signs (X509-SVID sections 2, 3.1 and
// 4): cA and keyCertSign, and where it has a SPIFFE ID, one that names a trust domain alone.
SvidError CheckIssuer(const Certificate& issuer) {
  if (!issuer.IsCa()) return SvidError::kIssuerNotCa;
  if (!issuer.key_usage.has_value() || !issuer.key_usage->Has(kKeyCertSign)) {
    return SvidError::kIssuerKeyUsage;
  }
  if (!issuer.subject_alt_name.has_value()) return SvidError::kNone;
  const std::vector<absl::string_view>& uris = issuer.subject_alt_name->uris;
  const bool is_svid = std::any_of(uris.begin(), uris.end(), [](absl::string_view uri) {
    return absl::StartsWithIgnoreCase(uri, "spiffe:");
  });
  if (!is_svid) return SvidError::kNone;
  if (uris.size() != 1) return SvidError::kIssuerSpiffeId;
  const absl::StatusOr<SpiffeId> id = SpiffeId::Parse(uris[0]);
  return id.ok() && !id->has_path() ? SvidError::kNone : SvidError::kIssuerSpiffeId;
}

// SaysMore tells whether error says more about why a chain is refused than what is known so far: a
// way that leads nowhere is worth mentioning only when no other way has led further.
bool SaysMore(SvidError error, SvidError known) {
  const auto rank = [](SvidError e) {
    if (e == SvidError::kUntrustedIssuer) return 0;
    return e == SvidError::kBadSignature ? 1 : 2;
  };
  return rank(error) > rank(known);
}

// PathFinder tries the ways from the leaf to an anchor, linked by issuer and subject names, until
// BoringSSL accepts one. BoringSSL would build paths by itself, but it does not turn back: of two
// cross-signed certificates, or two roots of one name, it takes the first it meets.
class PathFinder {
 public:
  PathFinder(const TrustBundle& bundle, const std::vector<Certificate>& chain, int64_t max_depth,
             const ValidationTimes& times)
      : bundle_(bundle), chain_(chain), max_depth_(max_depth), times_(times) {}

  PathVerdict Find();

 private:
  // Names may be shared by many; attempts cost a signature check each.
  static constexpr int kMaxAttempts = 16;
  static constexpr int kMaxSteps = 64;

  // Extend goes on from the last element of way_ (indices into chain_). True: verdict_ is final.
  bool Extend();
  bool Attempt(const TrustAnchor& anchor);
  bool Reject(SvidError error, std::string detail);
  SvidError CheckRevoked(X509_STORE_CTX* context, std::string* detail) const;
  // Fills in the validity of the way that was found.
  void SetValidity(const TrustAnchor& anchor);
  bool IsThisWay(X509_STORE_CTX* context) const;

  const TrustBundle& bundle_;
  const std::vector<Certificate>& chain_;
  const int64_t max_depth_;
  const ValidationTimes times_;
  std::vector<bssl::UniquePtr<X509>> x509s_;  // of chain_
  std::vector<size_t> way_ = {0};
  int attempts_ = 0;
  int steps_ = 0;
  PathVerdict verdict_;
};

PathVerdict PathFinder::Find() {
  for (size_t i = 0; i < chain_.size(); ++i) {
    x509s_.push_back(ToX509(chain_[i].der));
    if (x509s_.back() == nullptr) {
      verdict_.error = SvidError::kMalformed;
      verdict_.detail = absl::StrCat("certificate ", i + 1, ": ", DrainErrors());
      return verdict_;
    }
  }
  verdict_.error = SvidError::kUntrustedIssuer;
  verdict_.detail = absl::StrCat("issuer ", NameText(chain_[0].issuer));
  Extend();
  return verdict_;
}

// Reject keeps the error that says most, and tells Extend to go on.
bool PathFinder::Reject(SvidError error, std::string detail) {
  if (SaysMore(error, verdict_.error)) {
    verdict_.error = error;
    verdict_.detail = std::move(detail);
  }
  return error == SvidError::kInternal;
}

bool PathFinder::Extend() {
  if (++steps_ > kMaxSteps) return true;  // certificates of one name can be ordered in many ways
  const Certificate& child = chain_[way_.back()];
  for (const std::unique_ptr<TrustAnchor>& anchor : bundle_.anchors()) {
    if (anchor->certificate.subject == child.issuer && Attempt(*anchor)) return true;
  }
  for (size_t next = 1; next < chain_.size(); ++next) {
    const Certificate& issuer = chain_[next];
    const bool used = std::find(way_.begin(), way_.end(), next) != way_.end();
    if (used || issuer.subject != child.issuer) continue;
    const SvidError error = CheckIssuer(issuer);
    if (error != SvidError::kNone) {
      Reject(error, absl::StrCat("issuer ", NameText(issuer.subject)));
      continue;
    }
    way_.push_back(next);
    if (Extend()) return true;
    way_.pop_back();
  }
  return attempts_ >= kMaxAttempts;
}

bool PathFinder::Attempt(const TrustAnchor& anchor) {
  if (++attempts_ > kMaxAttempts) return true;
  const SvidError issuer_error = CheckIssuer(anchor.certificate);
  if (issuer_error != SvidError::kNone) {
    return Reject(issuer_error, absl::StrCat("issuer ", NameText(anchor.certificate.subject)));
  }
  const bssl::UniquePtr<STACK_OF(X509)> others(sk_X509_new_null());
  const bssl::UniquePtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
  bool ready = others != nullptr && context != nullptr;
  for (size_t i = 1; ready && i < way_.size(); ++i) {
    ready = bssl::PushToStack(others.get(), bssl::UpRef(x509s_[way_[i]]));
  }
  if (!ready ||
      X509_STORE_CTX_init(context.get(), anchor.store.get(), x509s_[0].get(), others.get()) != 1) {
    return Reject(SvidError::kInternal, DrainErrors());
  }
  X509_VERIFY_PARAM* const params = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(params, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  X509_VERIFY_PARAM_set_depth(params, static_cast<int>(max_depth_));
  X509_VERIFY_PARAM_set_time(params, absl::ToTimeT(times_.certificates));
  const bool verified = X509_verify_cert(context.get()) == 1;
  DrainErrors();  // success leaves remarks behind, too
  if (!verified) {
    const int error = X509_STORE_CTX_get_error(context.get());
    const int depth = X509_STORE_CTX_get_error_depth(context.get());
    return Reject(ErrorOf(error, depth),
                  absl::StrCat(X509_verify_cert_error_string(error), " at depth ", depth));
  }
  if (!IsThisWay(context.get()))
    return Reject(SvidError::kPathInvalid, "another path was verified");
  SetValidity(anchor);
  verdict_.detail.clear();
  verdict_.error = SvidError::kNone;
  // What a list says is final: another way around a revoked certificate is not looked for.
  if (bundle_.has_crl()) verdict_.error = CheckRevoked(context.get(), &verdict_.detail);
  return true;
}

bool PathFinder::IsThisWay(X509_STORE_CTX* context) const {
  const STACK_OF(X509)* const path = X509_STORE_CTX_get0_chain(context);
  if (path == nullptr || sk_X509_num(path) != way_.size() + 1) return false;
  for (size_t i = 0; i < way_.size(); ++i) {
    if (sk_X509_value(path, i) != x509s_[way_[i]].get()) return false;
  }
  return true;
}

void PathFinder::SetValidity(const TrustAnchor& anchor) {
  verdict_.not_before = anchor.certificate.not_before;
  verdict_.not_after = anchor.certificate.not_after;
  for (const size_t i : way_) {
    verdict_.not_before = std::max(verdict_.not_before, chain_[i].not_before);
    verdict_.not_after = std::min(verdict_.not_after, chain_[i].not_after);
  }
}

// CheckRevoked looks at every certificate below the anchor. Once the bundle has lists, each issuer
// of the path must be covered by one that is current: a missing list is no proof of anything.
SvidError PathFinder::CheckRevoked(X509_STORE_CTX* context, std::string* detail) const {
  const STACK_OF(X509)* const path = X509_STORE_CTX_get0_chain(context);
  for (size_t i = 0; i < way_.size(); ++i) {
    const Certificate& certificate = chain_[way_[i]];
    X509* const issuer = sk_X509_value(path, i + 1);
    bool covered = false;
    bool current = false;
    for (const std::unique_ptr<RevocationList>& list : bundle_.crls()) {
      if (!list->IsFrom(issuer)) continue;
      covered = true;
      current |= list->IsCurrent(times_.revocation);
      if (!list->Lists(certificate.serial)) continue;
      *detail = absl::StrCat("serial ", certificate.SerialHex());
      return i == 0 ? SvidError::kRevoked : SvidError::kIssuerRevoked;
    }
    *detail = absl::StrCat("issuer ", NameText(certificate.issuer));
    if (!covered) return SvidError::kCrlMissing;
    if (!current) return SvidError::kCrlStale;
  }
  detail->clear();
  return SvidError::kNone;
}

}  // namespace

PathVerdict CheckPath(const TrustBundle& bundle, const std::vector<Certificate>& chain,
                      int64_t max_depth, const ValidationTimes& times) {
  return PathFinder(bundle, chain, max_depth, times).Find();
}

}  // namespace firebreak::certs
