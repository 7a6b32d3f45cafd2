#include "certs/certificate_builder.h"

#include <openssl/bytestring.h>
#include <openssl/digest.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/sha.h>

#include <array>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/time/civil_time.h"

#include "base/status.h"
#include "certs/boringssl_error.h"
#include "certs/oids.h"

namespace firebreak::certs {
namespace {

constexpr unsigned kContext = CBS_ASN1_CONTEXT_SPECIFIC;
constexpr unsigned kContextList = CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED;
constexpr size_t kKeyIdBytes = 20;
constexpr size_t kMaxDerBytes = 1 << 20;

// DerWriter is CBB with the error kept until the end: a failed step makes every later one fail.
class DerWriter {
 public:
  DerWriter() { good_ = CBB_init(root_.get(), 512) == 1; }

  CBB* root() { return root_.get(); }

  // Open starts an element in parent; it ends when its parent is next written to, or flushed.
  void Open(CBB* parent, CBB* child, unsigned tag) { Keep(CBB_add_asn1(parent, child, tag)); }
  void Bytes(CBB* parent, absl::string_view bytes) {
    Keep(CBB_add_bytes(parent, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  }
  void Element(CBB* parent, unsigned tag, absl::string_view content) {
    CBB child;
    if (!good_) return;
    Open(parent, &child, tag);
    if (good_) Bytes(&child, content);
    Flush(parent);
  }
  void Number(CBB* parent, uint64_t value) { Keep(CBB_add_asn1_uint64(parent, value)); }
  void Flush(CBB* parent) { Keep(CBB_flush(parent)); }
  void Keep(int result) { good_ = good_ && result == 1; }
  bool good() const { return good_; }

  absl::StatusOr<std::string> Finish() {
    uint8_t* data = nullptr;
    size_t size = 0;
    if (!good_ || CBB_finish(root_.get(), &data, &size) != 1 || size > kMaxDerBytes) {
      return absl::InternalError(DrainErrors());
    }
    const bssl::UniquePtr<uint8_t> own_data(data);
    return std::string(reinterpret_cast<const char*>(data), size);
  }

 private:
  bssl::ScopedCBB root_;
  bool good_ = false;
};

// Wrapped returns one element around content.
absl::StatusOr<std::string> Wrapped(unsigned tag, absl::string_view content) {
  DerWriter writer;
  writer.Element(writer.root(), tag, content);
  return writer.Finish();
}

void WriteTime(DerWriter* writer, CBB* parent, absl::Time time) {
  // RFC 5280 section 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.
  const bool generalized = absl::ToCivilYear(time, absl::UTCTimeZone()).year() >= 2050;
  const absl::string_view format = generalized ? "%Y%m%d%H%M%SZ" : "%y%m%d%H%M%SZ";
  writer->Element(parent, generalized ? CBS_ASN1_GENERALIZEDTIME : CBS_ASN1_UTCTIME,
                  absl::FormatTime(format, time, absl::UTCTimeZone()));
}

void WriteExtension(DerWriter* writer, CBB* parent, absl::string_view oid, bool critical,
                    const absl::StatusOr<std::string>& value) {
  writer->Keep(value.ok() ? 1 : 0);
  if (!writer->good()) return;
  CBB extension;
  writer->Open(parent, &extension, CBS_ASN1_SEQUENCE);
  if (!writer->good()) return;
  writer->Element(&extension, CBS_ASN1_OBJECT, oid);
  if (critical) writer->Element(&extension, CBS_ASN1_BOOLEAN, "\xff");
  writer->Element(&extension, CBS_ASN1_OCTETSTRING, *value);
  writer->Flush(parent);
}

absl::StatusOr<std::string> BasicConstraintsOf(const CertificateFields& fields) {
  DerWriter writer;
  if (fields.is_ca) writer.Element(writer.root(), CBS_ASN1_BOOLEAN, "\xff");
  if (fields.path_length.has_value()) writer.Number(writer.root(), *fields.path_length);
  FB_ASSIGN_OR_RETURN(const std::string content, writer.Finish());
  return Wrapped(CBS_ASN1_SEQUENCE, content);
}

absl::StatusOr<std::string> KeyUsageOf(bool is_ca) {
  // keyCertSign and cRLSign (bits 5 and 6), or digitalSignature (bit 0).
  return Wrapped(CBS_ASN1_BITSTRING,
                 is_ca ? absl::string_view("\x01\x06", 2) : absl::string_view("\x07\x80", 2));
}

absl::StatusOr<std::string> ExtendedKeyUsageOf() {
  DerWriter writer;
  writer.Element(writer.root(), CBS_ASN1_OBJECT, kOidServerAuth);
  writer.Element(writer.root(), CBS_ASN1_OBJECT, kOidClientAuth);
  FB_ASSIGN_OR_RETURN(const std::string content, writer.Finish());
  return Wrapped(CBS_ASN1_SEQUENCE, content);
}

absl::StatusOr<std::string> SubjectAltNameOf(const CertificateFields& fields) {
  DerWriter writer;
  writer.Element(writer.root(), kContext | 6, fields.uri);
  for (const std::string& name : fields.dns_names)
    writer.Element(writer.root(), kContext | 2, name);
  for (const std::string& ip : fields.ip_addresses) writer.Element(writer.root(), kContext | 7, ip);
  FB_ASSIGN_OR_RETURN(const std::string content, writer.Finish());
  return Wrapped(CBS_ASN1_SEQUENCE, content);
}

absl::StatusOr<std::string> AuthorityKeyIdOf(absl::string_view key_id) {
  FB_ASSIGN_OR_RETURN(const std::string content, Wrapped(kContext | 0, key_id));
  return Wrapped(CBS_ASN1_SEQUENCE, content);
}

absl::StatusOr<std::string> ExtensionsOf(const CertificateFields& fields) {
  FB_ASSIGN_OR_RETURN(const std::string key_id, KeyId(fields.public_key));
  DerWriter writer;
  CBB* const root = writer.root();
  WriteExtension(&writer, root, kOidBasicConstraints, true, BasicConstraintsOf(fields));
  WriteExtension(&writer, root, kOidKeyUsage, true, KeyUsageOf(fields.is_ca));
  if (!fields.is_ca) {
    WriteExtension(&writer, root, kOidExtendedKeyUsage, false, ExtendedKeyUsageOf());
  }
  WriteExtension(&writer, root, kOidSubjectKeyId, false, Wrapped(CBS_ASN1_OCTETSTRING, key_id));
  WriteExtension(&writer, root, kOidAuthorityKeyId, false, AuthorityKeyIdOf(fields.issuer_key_id));
  WriteExtension(&writer, root, kOidSubjectAltName, false, SubjectAltNameOf(fields));
  FB_ASSIGN_OR_RETURN(const std::string content, writer.Finish());
  return Wrapped(CBS_ASN1_SEQUENCE, content);
}

struct Signing {
  absl::string_view oid;
  const EVP_MD* digest;  // null for Ed25519, which hashes for itself
  bool null_parameters;  // RSA, RFC 4055 section 5
};

Signing SigningOf(const EVP_PKEY* key) {
  switch (EVP_PKEY_id(key)) {
    case EVP_PKEY_RSA:
      return {kOidRsaSha256, EVP_sha256(), true};
    case EVP_PKEY_ED25519:
      return {kOidEd25519, nullptr, false};
    default:
      break;
  }
  if (EVP_PKEY_bits(key) > 256) return {kOidEcdsaSha384, EVP_sha384(), false};
  return {kOidEcdsaSha256, EVP_sha256(), false};
}

absl::StatusOr<std::string> AlgorithmOf(const Signing& signing) {
  DerWriter writer;
  writer.Element(writer.root(), CBS_ASN1_OBJECT, signing.oid);
  if (signing.null_parameters) writer.Element(writer.root(), CBS_ASN1_NULL, "");
  FB_ASSIGN_OR_RETURN(const std::string content, writer.Finish());
  return Wrapped(CBS_ASN1_SEQUENCE, content);
}

// Sign returns SEQUENCE { tbs, algorithm, BIT STRING signature }.
absl::StatusOr<std::string> Sign(absl::string_view tbs, EVP_PKEY* key) {
  const Signing signing = SigningOf(key);
  const auto* data = reinterpret_cast<const uint8_t*>(tbs.data());
  bssl::ScopedEVP_MD_CTX context;
  size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, signing.digest, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, data, tbs.size()) != 1) {
    return absl::InternalError(DrainErrors());
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(signature.data()), &size, data,
                     tbs.size()) != 1) {
    return absl::InternalError(DrainErrors());
  }
  signature.resize(size);
  FB_ASSIGN_OR_RETURN(const std::string algorithm, AlgorithmOf(signing));
  DerWriter writer;
  writer.Bytes(writer.root(), tbs);
  writer.Bytes(writer.root(), algorithm);
  writer.Element(writer.root(), CBS_ASN1_BITSTRING, std::string(1, '\0') + signature);
  FB_ASSIGN_OR_RETURN(const std::string content, writer.Finish());
  return Wrapped(CBS_ASN1_SEQUENCE, content);
}

absl::StatusOr<std::string> PublicKeyOf(const EVP_PKEY* key) {
  DerWriter writer;
  writer.Keep(EVP_marshal_public_key(writer.root(), key));
  return writer.Finish();
}

absl::StatusOr<std::string> ValidityOf(absl::Time from, absl::Time to) {
  DerWriter writer;
  WriteTime(&writer, writer.root(), from);
  WriteTime(&writer, writer.root(), to);
  FB_ASSIGN_OR_RETURN(const std::string content, writer.Finish());
  return Wrapped(CBS_ASN1_SEQUENCE, content);
}

absl::StatusOr<std::string> RevokedOf(const CrlFields& fields) {
  DerWriter writer;
  for (const std::string& serial : fields.serials) {
    CBB entry;
    writer.Open(writer.root(), &entry, CBS_ASN1_SEQUENCE);
    if (!writer.good()) break;
    writer.Element(&entry, CBS_ASN1_INTEGER, serial);
    WriteTime(&writer, &entry, fields.this_update);
    writer.Flush(writer.root());
  }
  FB_ASSIGN_OR_RETURN(const std::string content, writer.Finish());
  return Wrapped(CBS_ASN1_SEQUENCE, content);
}

}  // namespace

absl::StatusOr<std::string> KeyId(const EVP_PKEY* key) {
  FB_ASSIGN_OR_RETURN(const std::string spki, PublicKeyOf(key));
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const uint8_t*>(spki.data()), spki.size(), digest.data());
  return std::string(reinterpret_cast<const char*>(digest.data()), kKeyIdBytes);
}

absl::StatusOr<std::string> MakeName(absl::string_view organization,
                                     absl::string_view common_name) {
  DerWriter writer;
  const std::array<std::array<absl::string_view, 2>, 2> parts = {
      {{kOidOrganization, organization}, {kOidCommonName, common_name}}};
  for (const auto& [oid, value] : parts) {
    if (value.empty() || !writer.good()) continue;
    DerWriter attribute;
    attribute.Element(attribute.root(), CBS_ASN1_OBJECT, oid);
    attribute.Element(attribute.root(), CBS_ASN1_UTF8STRING, value);
    FB_ASSIGN_OR_RETURN(const std::string content, attribute.Finish());
    FB_ASSIGN_OR_RETURN(const std::string sequence, Wrapped(CBS_ASN1_SEQUENCE, content));
    writer.Element(writer.root(), CBS_ASN1_SET, sequence);
  }
  FB_ASSIGN_OR_RETURN(const std::string content, writer.Finish());
  return Wrapped(CBS_ASN1_SEQUENCE, content);
}

absl::StatusOr<std::string> SignCertificate(const CertificateFields& fields, EVP_PKEY* key) {
  FB_ASSIGN_OR_RETURN(const std::string algorithm, AlgorithmOf(SigningOf(key)));
  FB_ASSIGN_OR_RETURN(const std::string validity, ValidityOf(fields.not_before, fields.not_after));
  FB_ASSIGN_OR_RETURN(const std::string public_key, PublicKeyOf(fields.public_key));
  FB_ASSIGN_OR_RETURN(const std::string extensions, ExtensionsOf(fields));
  DerWriter writer;
  CBB* const root = writer.root();
  writer.Element(root, kContextList | 0, absl::string_view("\x02\x01\x02", 3));  // version 3
  writer.Element(root, CBS_ASN1_INTEGER, fields.serial);
  writer.Bytes(root, algorithm);
  writer.Bytes(root, fields.issuer);
  writer.Bytes(root, validity);
  writer.Bytes(root, fields.subject);
  writer.Bytes(root, public_key);
  writer.Element(root, kContextList | 3, extensions);
  FB_ASSIGN_OR_RETURN(const std::string content, writer.Finish());
  FB_ASSIGN_OR_RETURN(const std::string tbs, Wrapped(CBS_ASN1_SEQUENCE, content));
  return Sign(tbs, key);
}

absl::StatusOr<std::string> SignCrl(const CrlFields& fields, EVP_PKEY* key) {
  FB_ASSIGN_OR_RETURN(const std::string algorithm, AlgorithmOf(SigningOf(key)));
  DerWriter extensions;
  WriteExtension(&extensions, extensions.root(), kOidAuthorityKeyId, false,
                 AuthorityKeyIdOf(fields.issuer_key_id));
  // cRLNumber grows with time, which is all RFC 5280 section 5.2.3 asks of it.
  DerWriter number;
  number.Number(number.root(), static_cast<uint64_t>(absl::ToUnixSeconds(fields.this_update)));
  WriteExtension(&extensions, extensions.root(), kOidCrlNumber, false, number.Finish());
  FB_ASSIGN_OR_RETURN(const std::string extension_content, extensions.Finish());
  FB_ASSIGN_OR_RETURN(const std::string extension_list,
                      Wrapped(CBS_ASN1_SEQUENCE, extension_content));
  DerWriter writer;
  CBB* const root = writer.root();
  writer.Number(root, 1);  // version 2
  writer.Bytes(root, algorithm);
  writer.Bytes(root, fields.issuer);
  WriteTime(&writer, root, fields.this_update);
  WriteTime(&writer, root, fields.next_update);
  if (!fields.serials.empty()) {
    FB_ASSIGN_OR_RETURN(const std::string revoked, RevokedOf(fields));
    writer.Bytes(root, revoked);
  }
  writer.Element(root, kContextList | 0, extension_list);
  FB_ASSIGN_OR_RETURN(const std::string content, writer.Finish());
  FB_ASSIGN_OR_RETURN(const std::string tbs, Wrapped(CBS_ASN1_SEQUENCE, content));
  return Sign(tbs, key);
}

}  // namespace firebreak::certs
