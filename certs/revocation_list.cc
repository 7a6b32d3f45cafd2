#include "certs/revocation_list.h"

#include <openssl/bytestring.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "certs/boringssl_error.h"
#include "certs/der.h"
#include "certs/oids.h"

namespace firebreak::certs {
namespace {

constexpr unsigned kContextList = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED;
constexpr uint64_t kVersion2 = 1;

absl::Status Refused(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a usable revocation list: ", why));
}

// CheckExtensions: what is critical and unknown changes what the list means
// (issuingDistributionPoint and deltaCRLIndicator are critical by definition), so that it cannot be
// used.
absl::Status CheckExtensions(CBS* cbs) {
  std::vector<Extension> extensions;
  if (TakeExtensions(cbs, &extensions) != ExtensionsError::kNone || CBS_len(cbs) != 0) {
    return Refused("its extensions cannot be read");
  }
  for (const Extension& extension : extensions) {
    const bool known = extension.oid == kOidCrlNumber || extension.oid == kOidAuthorityKeyId;
    if (extension.critical && !known) {
      return Refused(
          "it has a critical extension (delta, indirect and partial lists are not supported)");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> TakeRevokedSerial(CBS* entries) {
  CBS entry;
  CBS serial;
  if (!CBS_get_asn1(entries, &entry, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1(&entry, &serial, CBS_ASN1_INTEGER) || !TakeTime(&entry)) {
    return Refused("an entry cannot be read");
  }
  std::vector<Extension> extensions;
  if (CBS_len(&entry) > 0 &&
      (TakeExtensions(&entry, &extensions) != ExtensionsError::kNone || CBS_len(&entry) != 0)) {
    return Refused("an entry's extensions cannot be read");
  }
  for (const Extension& extension : extensions) {
    if (extension.critical) return Refused("an entry has a critical extension (indirect list)");
  }
  std::string content(AsView(serial));
  return content;
}

}  // namespace

absl::Status RevocationList::ReadTbs(absl::string_view tbs_der) {
  CBS tbs = AsCbs(tbs_der);
  uint64_t version = 0;
  CBS skipped;
  if (!CBS_get_asn1_uint64(&tbs, &version) || version != kVersion2) return Refused("not version 2");
  if (!CBS_get_asn1(&tbs, &skipped, CBS_ASN1_SEQUENCE) ||  // signature algorithm
      !CBS_get_asn1(&tbs, &skipped, CBS_ASN1_SEQUENCE)) {  // issuer
    return Refused("it cannot be read");
  }
  const std::optional<absl::Time> this_update = TakeTime(&tbs);
  const std::optional<absl::Time> next_update = TakeTime(&tbs);
  if (!this_update) return Refused("no thisUpdate");
  if (!next_update) return Refused("no nextUpdate");
  this_update_ = *this_update;
  next_update_ = *next_update;
  if (CBS_peek_asn1_tag(&tbs, CBS_ASN1_SEQUENCE)) {
    CBS entries;
    if (!CBS_get_asn1(&tbs, &entries, CBS_ASN1_SEQUENCE)) return Refused("it cannot be read");
    while (CBS_len(&entries) > 0) {
      FB_ASSIGN_OR_RETURN(std::string serial, TakeRevokedSerial(&entries));
      serials_.push_back(std::move(serial));
    }
    std::sort(serials_.begin(), serials_.end());
  }
  if (CBS_len(&tbs) == 0) return absl::OkStatus();
  CBS extensions;
  if (!CBS_get_asn1(&tbs, &extensions, kContextList | 0) || CBS_len(&tbs) != 0) {
    return Refused("it cannot be read");
  }
  return CheckExtensions(&extensions);
}

absl::StatusOr<std::unique_ptr<RevocationList>> RevocationList::Parse(absl::string_view der) {
  if (!IsStrictDer(der)) return Refused("not strict DER");
  CBS cbs = AsCbs(der);
  CBS list;
  CBS tbs;
  CBS algorithm;
  CBS signature;
  if (!CBS_get_asn1(&cbs, &list, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1(&list, &tbs, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1_element(&list, &algorithm, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1(&list, &signature, CBS_ASN1_BITSTRING) || CBS_len(&list) != 0) {
    return Refused("it cannot be read");
  }
  if (!IsStrongSignature(AsView(algorithm))) return Refused("its signature algorithm is too weak");
  std::unique_ptr<RevocationList> out(new RevocationList);
  FB_RETURN_IF_ERROR(out->ReadTbs(AsView(tbs)));
  const auto* data = reinterpret_cast<const uint8_t*>(der.data());
  out->crl_.reset(d2i_X509_CRL(nullptr, &data, static_cast<long>(der.size())));
  if (out->crl_ == nullptr) return Refused(DrainErrors());
  return out;
}

bool RevocationList::IsFrom(X509* issuer) const {
  if (X509_NAME_cmp(X509_CRL_get_issuer(crl_.get()), X509_get_subject_name(issuer)) != 0) {
    return false;
  }
  if ((X509_get_key_usage(issuer) & X509v3_KU_CRL_SIGN) == 0) return false;
  const bssl::UniquePtr<EVP_PKEY> key(X509_get_pubkey(issuer));
  const bool good = key != nullptr && X509_CRL_verify(crl_.get(), key.get()) == 1;
  if (!good) DrainErrors();
  return good;
}

bool RevocationList::Lists(absl::string_view serial) const {
  return std::binary_search(serials_.begin(), serials_.end(), serial);
}

}  // namespace firebreak::certs
