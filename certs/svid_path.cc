#include "certs/svid_path.h"

#include <openssl/mem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
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

// BlameIssuer finds out why there is no path: BoringSSL does not take for an issuer what must not
// sign, and then says only that none was found. It follows names from the leaf through what was
// presented; the count bounds it, since names may form a circle.
SvidError BlameIssuer(const std::vector<Certificate>& chain) {
  const Certificate* child = &chain[0];
  for (size_t step = 1; step < chain.size(); ++step) {
    const auto issuer = std::find_if(
        chain.begin() + 1, chain.end(),
        [child](const Certificate& candidate) { return candidate.subject == child->issuer; });
    if (issuer == chain.end()) return SvidError::kNone;
    const SvidError error = CheckIssuer(*issuer);
    if (error != SvidError::kNone) return error;
    child = &*issuer;
  }
  return SvidError::kNone;
}

// Path is a chain that BoringSSL has built and verified, read with our own parser.
struct Path {
  STACK_OF(X509) * x509s = nullptr;  // owned by the X509_STORE_CTX
  std::vector<Certificate> certificates;
  std::deque<std::string> der;  // of those that come from the bundle
};

bool ReadPath(X509_STORE_CTX* context, const std::vector<Certificate>& chain, Path* path) {
  path->x509s = X509_STORE_CTX_get0_chain(context);
  const size_t size = path->x509s == nullptr ? 0 : sk_X509_num(path->x509s);
  if (size < 2) return false;  // a leaf cannot be its own anchor
  for (size_t i = 0; i < size; ++i) {
    uint8_t* data = nullptr;
    const int bytes = i2d_X509(sk_X509_value(path->x509s, i), &data);
    const bssl::UniquePtr<uint8_t> own_data(data);
    if (bytes <= 0) return false;
    path->der.emplace_back(reinterpret_cast<const char*>(data), static_cast<size_t>(bytes));
    Certificate certificate;
    if (ParseCertificate(path->der.back(), &certificate) != SvidError::kNone) return false;
    path->certificates.push_back(std::move(certificate));
  }
  return path->certificates[0].der == chain[0].der;
}

// CheckRevoked looks at every certificate below the anchor. Once the bundle has lists, each issuer
// of the path must be covered by one that is current: a missing list is no proof of anything.
SvidError CheckRevoked(const TrustBundle& bundle, const Path& path, absl::Time now,
                       std::string* detail) {
  for (size_t i = 0; i + 1 < path.certificates.size(); ++i) {
    const Certificate& certificate = path.certificates[i];
    X509* const issuer = sk_X509_value(path.x509s, i + 1);
    bool covered = false;
    bool current = false;
    for (const std::unique_ptr<RevocationList>& list : bundle.crls()) {
      if (!list->IsFrom(issuer)) continue;
      covered = true;
      current |= list->IsCurrent(now);
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

PathVerdict CheckVerifiedPath(const TrustBundle& bundle, const Path& path, absl::Time now) {
  PathVerdict verdict;
  verdict.not_before = absl::InfinitePast();
  verdict.not_after = absl::InfiniteFuture();
  for (size_t i = 0; i < path.certificates.size(); ++i) {
    const Certificate& certificate = path.certificates[i];
    verdict.error = i == 0 ? SvidError::kNone : CheckIssuer(certificate);
    if (verdict.error != SvidError::kNone) {
      verdict.detail = absl::StrCat("issuer ", NameText(certificate.subject));
      return verdict;
    }
    verdict.not_before = std::max(verdict.not_before, certificate.not_before);
    verdict.not_after = std::min(verdict.not_after, certificate.not_after);
  }
  verdict.error = SvidError::kNone;
  if (bundle.has_crl()) verdict.error = CheckRevoked(bundle, path, now, &verdict.detail);
  return verdict;
}

PathVerdict Failure(SvidError error, std::string detail) {
  PathVerdict verdict;
  verdict.error = error;
  verdict.detail = std::move(detail);
  return verdict;
}

PathVerdict FailureOf(X509_STORE_CTX* context, const std::vector<Certificate>& chain) {
  const int x509_error = X509_STORE_CTX_get_error(context);
  const int depth = X509_STORE_CTX_get_error_depth(context);
  DrainErrors();
  const SvidError error = ErrorOf(x509_error, depth);
  const SvidError blamed = BlameIssuer(chain);
  if (blamed != SvidError::kNone && error != SvidError::kInternal) return Failure(blamed, "");
  return Failure(error,
                 absl::StrCat(X509_verify_cert_error_string(x509_error), " at depth ", depth));
}

}  // namespace

PathVerdict CheckPath(const TrustBundle& bundle, const std::vector<Certificate>& chain,
                      int64_t max_depth, absl::Time now) {
  const bssl::UniquePtr<X509> leaf = ToX509(chain[0].der);
  const bssl::UniquePtr<STACK_OF(X509)> others(sk_X509_new_null());
  if (leaf == nullptr || others == nullptr) {
    return Failure(SvidError::kMalformed, absl::StrCat("certificate 1: ", DrainErrors()));
  }
  for (size_t i = 1; i < chain.size(); ++i) {
    bssl::UniquePtr<X509> other = ToX509(chain[i].der);
    if (other == nullptr || !bssl::PushToStack(others.get(), std::move(other))) {
      return Failure(SvidError::kMalformed,
                     absl::StrCat("certificate ", i + 1, ": ", DrainErrors()));
    }
  }
  const bssl::UniquePtr<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (context == nullptr ||
      X509_STORE_CTX_init(context.get(), bundle.store(), leaf.get(), others.get()) != 1) {
    return Failure(SvidError::kInternal, DrainErrors());
  }
  X509_VERIFY_PARAM* const params = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_flags(params, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  X509_VERIFY_PARAM_set_depth(params, static_cast<int>(max_depth));
  X509_VERIFY_PARAM_set_time(params, absl::ToTimeT(now));
  if (X509_verify_cert(context.get()) != 1) return FailureOf(context.get(), chain);
  DrainErrors();  // success leaves remarks behind
  Path path;
  if (!ReadPath(context.get(), chain, &path)) {
    return Failure(SvidError::kInternal, "a verified path cannot be read");
  }
  return CheckVerifiedPath(bundle, path, now);
}

}  // namespace firebreak::certs
