#include "certs/certificate.h"

#include <openssl/bytestring.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "certs/der.h"
#include "certs/oids.h"

namespace firebreak::certs {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr uint64_t kVersion3 = 2;
constexpr unsigned kContext = CBS_ASN1_CONTEXT_SPECIFIC;
constexpr unsigned kContextList = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED;

bool IsPrintableAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// CheckRsaKey: RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }. The size is
// measured here, before any library multiplies with it.
SvidError CheckRsaKey(CBS key, Certificate* out) {
  CBS sequence;
  CBS modulus_cbs;
  CBS exponent;
  if (!CBS_get_asn1(&key, &sequence, CBS_ASN1_SEQUENCE) || CBS_len(&key) != 0 ||
      !CBS_get_asn1(&sequence, &modulus_cbs, CBS_ASN1_INTEGER) ||
      !CBS_get_asn1(&sequence, &exponent, CBS_ASN1_INTEGER) || CBS_len(&sequence) != 0) {
    return SvidError::kUnsupportedKey;
  }
  absl::string_view modulus = AsView(modulus_cbs);
  if (modulus.empty() || (static_cast<uint8_t>(modulus[0]) & 0x80) != 0) {
    return SvidError::kUnsupportedKey;  // negative
  }
  if (modulus[0] == '\0') modulus.remove_prefix(1);
  if (modulus.size() > kMaxRsaBits / 8 + 1) return SvidError::kWeakKey;
  int bits = static_cast<int>(modulus.size()) * 8;
  for (unsigned mask = 0x80; bits > 0 && mask != 0 && (modulus[0] & mask) == 0; mask >>= 1) --bits;
  out->key_type = PublicKeyType::kRsa;
  out->key_bits = bits;
  return bits < kMinRsaBits || bits > kMaxRsaBits ? SvidError::kWeakKey : SvidError::kNone;
}

SvidError CheckEcKey(CBS parameters, Certificate* out) {
  CBS curve_cbs;
  if (!CBS_get_asn1(&parameters, &curve_cbs, CBS_ASN1_OBJECT) || CBS_len(&parameters) != 0) {
    return SvidError::kUnsupportedKey;  // explicit curve parameters, CVE-2020-0601's way in
  }
  const absl::string_view curve = AsView(curve_cbs);
  if (curve == kOidP256) {
    out->key_type = PublicKeyType::kP256;
    out->key_bits = 256;
  } else if (curve == kOidP384) {
    out->key_type = PublicKeyType::kP384;
    out->key_bits = 384;
  } else if (curve == kOidP521) {
    out->key_type = PublicKeyType::kP521;
    out->key_bits = 521;
  } else {
    return SvidError::kUnsupportedKey;
  }
  return SvidError::kNone;
}

SvidError CheckPublicKey(Certificate* out) {
  CBS spki = AsCbs(out->public_key);
  CBS sequence;
  CBS algorithm;
  CBS oid_cbs;
  CBS key;
  uint8_t unused_bits = 0;
  if (!CBS_get_asn1(&spki, &sequence, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1(&sequence, &algorithm, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1(&algorithm, &oid_cbs, CBS_ASN1_OBJECT) ||
      !CBS_get_asn1(&sequence, &key, CBS_ASN1_BITSTRING) || CBS_len(&sequence) != 0 ||
      !CBS_get_u8(&key, &unused_bits) || unused_bits != 0) {
    return SvidError::kMalformed;
  }
  const absl::string_view oid = AsView(oid_cbs);
  if (oid == kOidRsa) return CheckRsaKey(key, out);
  if (oid == kOidEcPublicKey) return CheckEcKey(algorithm, out);
  if (oid != kOidEd25519) return SvidError::kUnsupportedKey;
  out->key_type = PublicKeyType::kEd25519;
  out->key_bits = 256;
  return SvidError::kNone;
}

bool ParseBasicConstraints(absl::string_view value, Certificate* out) {
  CBS cbs = AsCbs(value);
  CBS sequence;
  BasicConstraints constraints;
  if (!CBS_get_asn1(&cbs, &sequence, CBS_ASN1_SEQUENCE)) return false;
  if (CBS_peek_asn1_tag(&sequence, CBS_ASN1_BOOLEAN)) {
    int is_ca = 0;
    // FALSE is the default, which DER leaves out.
    if (!CBS_get_asn1_bool(&sequence, &is_ca) || is_ca == 0) return false;
    constraints.is_ca = true;
  }
  if (CBS_len(&sequence) > 0) {
    uint64_t length = 0;
    if (!CBS_get_asn1_uint64(&sequence, &length)) return false;
    constraints.path_length = length;
  }
  out->basic_constraints = constraints;
  return CBS_len(&sequence) == 0;
}

bool ParseKeyUsage(absl::string_view value, bool critical, Certificate* out) {
  CBS cbs = AsCbs(value);
  CBS bits;
  uint8_t unused = 0;
  if (!CBS_get_asn1(&cbs, &bits, CBS_ASN1_BITSTRING) || !CBS_get_u8(&bits, &unused)) return false;
  const absl::string_view bytes = AsView(bits);
  KeyUsage usage;
  usage.critical = critical;
  for (size_t i = 0; i < 9 && i / 8 < bytes.size(); ++i) {
    const bool set = (static_cast<uint8_t>(bytes[i / 8]) & (0x80u >> (i % 8))) != 0;
    if (set) usage.bits = static_cast<uint16_t>(usage.bits | (1u << i));
  }
  out->key_usage = usage;
  return true;
}

bool ParseExtendedKeyUsage(absl::string_view value, Certificate* out) {
  CBS cbs = AsCbs(value);
  CBS sequence;
  std::vector<absl::string_view> purposes;
  if (!CBS_get_asn1(&cbs, &sequence, CBS_ASN1_SEQUENCE) || CBS_len(&sequence) == 0) return false;
  while (CBS_len(&sequence) > 0) {
    CBS oid;
    if (!CBS_get_asn1(&sequence, &oid, CBS_ASN1_OBJECT)) return false;
    purposes.push_back(AsView(oid));
  }
  out->extended_key_usage = std::move(purposes);
  return true;
}

// AddGeneralName files one GeneralName (RFC 5280 section 4.2.1.6) by its tag. Only tag 6 is a URI,
// whatever another kind of name may spell.
bool AddGeneralName(unsigned tag, absl::string_view content, SubjectAltName* out) {
  switch (tag) {
    case kContext | 1:  // rfc822Name
      ++out->others;
      out->bad_bytes |= !IsPrintableAscii(content);
      return true;
    case kContext | 2:
      out->dns_names.push_back(content);
      out->bad_bytes |= !IsPrintableAscii(content);
      return true;
    case kContext | 6:
      out->uris.push_back(content);
      out->bad_bytes |= !IsPrintableAscii(content);
      return true;
    case kContext | 7:
      out->ip_addresses.push_back(content);
      return content.size() == 4 || content.size() == 16;
    case kContextList | 0:  // otherName
    case kContextList | 3:  // x400Address
    case kContextList | 4:  // directoryName
    case kContextList | 5:  // ediPartyName
    case kContext | 8:      // registeredID
      ++out->others;
      return true;
    default:
      return false;
  }
}

bool ParseSubjectAltName(absl::string_view value, bool critical, Certificate* out) {
  CBS cbs = AsCbs(value);
  CBS sequence;
  SubjectAltName names;
  names.critical = critical;
  if (!CBS_get_asn1(&cbs, &sequence, CBS_ASN1_SEQUENCE)) return false;
  while (CBS_len(&sequence) > 0) {
    CBS name;
    unsigned tag = 0;
    if (!CBS_get_any_asn1(&sequence, &name, &tag)) return false;
    if (!AddGeneralName(tag, AsView(name), &names)) return false;
  }
  out->subject_alt_name = std::move(names);
  return true;
}

SvidError ReadExtension(const Extension& extension, Certificate* out) {
  const absl::string_view oid = extension.oid;
  // The values of extensions we do not act on are not ours to judge.
  const bool acted_on = oid == kOidBasicConstraints || oid == kOidKeyUsage ||
                        oid == kOidExtendedKeyUsage || oid == kOidSubjectAltName ||
                        oid == kOidNameConstraints || oid == kOidCertificatePolicies ||
                        oid == kOidAuthorityKeyId || oid == kOidSubjectKeyId;
  if (!acted_on) {
    out->unknown_critical_extension |= extension.critical;
    return SvidError::kNone;
  }
  bool good = IsStrictDer(extension.value);
  if (good && oid == kOidBasicConstraints) good = ParseBasicConstraints(extension.value, out);
  if (good && oid == kOidKeyUsage) good = ParseKeyUsage(extension.value, extension.critical, out);
  if (good && oid == kOidExtendedKeyUsage) good = ParseExtendedKeyUsage(extension.value, out);
  if (good && oid == kOidSubjectAltName) {
    good = ParseSubjectAltName(extension.value, extension.critical, out);
  }
  return good ? SvidError::kNone : SvidError::kMalformedExtension;
}

SvidError ReadExtensions(CBS* tbs, Certificate* out) {
  // issuerUniqueID and subjectUniqueID are history; BoringSSL reads past them, and so do we.
  CBS skipped;
  int present = 0;
  if (!CBS_get_optional_asn1(tbs, &skipped, &present, kContext | 1) ||
      !CBS_get_optional_asn1(tbs, &skipped, &present, kContext | 2)) {
    return SvidError::kMalformed;
  }
  if (CBS_len(tbs) == 0) return SvidError::kNone;
  CBS tagged;
  if (!CBS_get_asn1(tbs, &tagged, kContextList | 3) || CBS_len(tbs) != 0) {
    return SvidError::kMalformed;
  }
  std::vector<Extension> extensions;
  switch (TakeExtensions(&tagged, &extensions)) {
    case ExtensionsError::kMalformed:
      return SvidError::kMalformedExtension;
    case ExtensionsError::kDuplicate:
      return SvidError::kDuplicateExtension;
    case ExtensionsError::kNone:
      break;
  }
  if (CBS_len(&tagged) != 0) return SvidError::kMalformed;
  for (const Extension& extension : extensions) {
    const SvidError error = ReadExtension(extension, out);
    if (error != SvidError::kNone) return error;
  }
  return SvidError::kNone;
}

SvidError ReadVersion(CBS* tbs) {
  CBS version_cbs;
  int present = 0;
  uint64_t version = 0;
  if (!CBS_get_optional_asn1(tbs, &version_cbs, &present, kContextList | 0)) {
    return SvidError::kMalformed;
  }
  if (present == 0) return SvidError::kNotVersion3;
  if (!CBS_get_asn1_uint64(&version_cbs, &version) || CBS_len(&version_cbs) != 0) {
    return SvidError::kMalformed;
  }
  return version == kVersion3 ? SvidError::kNone : SvidError::kNotVersion3;
}

bool ReadValidity(CBS* tbs, Certificate* out) {
  CBS validity;
  if (!CBS_get_asn1(tbs, &validity, CBS_ASN1_SEQUENCE)) return false;
  const std::optional<absl::Time> not_before = TakeTime(&validity);
  const std::optional<absl::Time> not_after = TakeTime(&validity);
  if (!not_before || !not_after || CBS_len(&validity) != 0) return false;
  out->not_before = *not_before;
  out->not_after = *not_after;
  return true;
}

bool TakeElement(CBS* cbs, unsigned tag, absl::string_view* out) {
  CBS element;
  if (!CBS_get_asn1_element(cbs, &element, tag)) return false;
  *out = AsView(element);
  return true;
}

SvidError ReadTbs(CBS* tbs, Certificate* out) {
  const SvidError version = ReadVersion(tbs);
  if (version != SvidError::kNone) return version;
  CBS serial;
  absl::string_view inner_algorithm;
  if (!CBS_get_asn1(tbs, &serial, CBS_ASN1_INTEGER) ||
      !TakeElement(tbs, CBS_ASN1_SEQUENCE, &inner_algorithm) ||
      !TakeElement(tbs, CBS_ASN1_SEQUENCE, &out->issuer) || !ReadValidity(tbs, out) ||
      !TakeElement(tbs, CBS_ASN1_SEQUENCE, &out->subject) ||
      !TakeElement(tbs, CBS_ASN1_SEQUENCE, &out->public_key)) {
    return SvidError::kMalformed;
  }
  // RFC 5280 section 4.1.1.2: the algorithm inside the signed part is the one outside it.
  if (inner_algorithm != out->signature_algorithm) return SvidError::kMalformed;
  out->serial = AsView(serial);
  return ReadExtensions(tbs, out);
}

}  // namespace

SvidError ParseCertificate(absl::string_view der, Certificate* out) {
  *out = Certificate();
  out->der = der;
  if (!IsStrictDer(der)) return SvidError::kMalformed;
  CBS cbs = AsCbs(der);
  CBS certificate;
  CBS tbs;
  CBS signature;
  if (!CBS_get_asn1(&cbs, &certificate, CBS_ASN1_SEQUENCE) ||
      !CBS_get_asn1(&certificate, &tbs, CBS_ASN1_SEQUENCE) ||
      !TakeElement(&certificate, CBS_ASN1_SEQUENCE, &out->signature_algorithm) ||
      !CBS_get_asn1(&certificate, &signature, CBS_ASN1_BITSTRING) || CBS_len(&certificate) != 0) {
    return SvidError::kMalformed;
  }
  SvidError error = ReadTbs(&tbs, out);
  if (error == SvidError::kNone) error = CheckPublicKey(out);
  if (error != SvidError::kNone) return error;
  return IsStrongSignature(out->signature_algorithm) ? SvidError::kNone : SvidError::kWeakSignature;
}

std::string Certificate::SerialHex() const {
  absl::string_view bytes = serial;
  while (bytes.size() > 1 && bytes[0] == '\0') bytes.remove_prefix(1);
  if (bytes.empty() || bytes == absl::string_view("\0", 1)) return "0";
  return absl::BytesToHexString(bytes);
}

std::string Certificate::KeyName() const {
  switch (key_type) {
    case PublicKeyType::kRsa:
      return absl::StrCat("RSA-", key_bits);
    case PublicKeyType::kP256:
      return "P-256";
    case PublicKeyType::kP384:
      return "P-384";
    case PublicKeyType::kP521:
      return "P-521";
    case PublicKeyType::kEd25519:
      return "Ed25519";
  }
  return {};
}

std::string NameText(absl::string_view name_der) {
  CBS cbs = AsCbs(name_der);
  CBS name;
  if (!CBS_get_asn1(&cbs, &name, CBS_ASN1_SEQUENCE)) return {};
  std::string out;
  while (CBS_len(&name) > 0) {
    CBS relative;
    CBS attribute;
    CBS oid_cbs;
    CBS value;
    unsigned tag = 0;
    if (!CBS_get_asn1(&name, &relative, CBS_ASN1_SET) ||
        !CBS_get_asn1(&relative, &attribute, CBS_ASN1_SEQUENCE) ||
        !CBS_get_asn1(&attribute, &oid_cbs, CBS_ASN1_OBJECT) ||
        !CBS_get_any_asn1(&attribute, &value, &tag)) {
      break;
    }
    const absl::string_view oid = AsView(oid_cbs);
    absl::StrAppend(&out, out.empty() ? "" : ",");
    if (oid == kOidCommonName) {
      absl::StrAppend(&out, "CN");
    } else if (oid == kOidOrganization) {
      absl::StrAppend(&out, "O");
    } else {
      absl::StrAppend(&out, "oid.", absl::BytesToHexString(oid));
    }
    absl::StrAppend(&out, "=", PrintableEscaped(AsView(value)));
  }
  return out;
}

}  // namespace firebreak::certs
