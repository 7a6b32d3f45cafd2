#include "certs/dev_ca.h"

#include <openssl/bn.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/ip.h"
#include "base/status.h"
#include "certs/boringssl_error.h"
#include "certs/certificate.h"
#include "certs/certificate_builder.h"
#include "certs/pem.h"
#include "certs/private_key.h"
#include "certs/svid_error.h"

namespace firebreak::certs {
namespace {

using Key = std::shared_ptr<evp_pkey_st>;

constexpr size_t kSerialBytes = 16;
constexpr size_t kMaxSerialBytes = 20;
constexpr size_t kMaxDnsNameBytes = 253;
constexpr int kRsaBits = 2048;
constexpr absl::string_view kOrganization = "Firebreak development";

// In the order of KeyType.
constexpr std::array<absl::string_view, kKeyTypes.size()> kKeyTypeNames = {"p256", "p384",
                                                                           "rsa2048", "ed25519"};

bssl::UniquePtr<EVP_PKEY> GenerateEc(int curve) {
  const bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(curve));
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (ec == nullptr || key == nullptr || EC_KEY_generate_key(ec.get()) != 1 ||
      EVP_PKEY_set1_EC_KEY(key.get(), ec.get()) != 1) {
    return nullptr;
  }
  return key;
}

bssl::UniquePtr<EVP_PKEY> GenerateRsa() {
  const bssl::UniquePtr<RSA> rsa(RSA_new());
  const bssl::UniquePtr<BIGNUM> exponent(BN_new());
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (rsa == nullptr || exponent == nullptr || key == nullptr ||
      BN_set_word(exponent.get(), RSA_F4) != 1 ||
      RSA_generate_key_ex(rsa.get(), kRsaBits, exponent.get(), nullptr) != 1 ||
      EVP_PKEY_set1_RSA(key.get(), rsa.get()) != 1) {
    return nullptr;
  }
  return key;
}

bssl::UniquePtr<EVP_PKEY> GenerateEd25519() {
  const bssl::UniquePtr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_id(EVP_PKEY_ED25519, nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_keygen(context.get(), &key) != 1) {
    return nullptr;
  }
  return bssl::UniquePtr<EVP_PKEY>(key);
}

bssl::UniquePtr<EVP_PKEY> Generate(KeyType type) {
  switch (type) {
    case KeyType::kP256:
      return GenerateEc(NID_X9_62_prime256v1);
    case KeyType::kP384:
      return GenerateEc(NID_secp384r1);
    case KeyType::kRsa2048:
      return GenerateRsa();
    case KeyType::kEd25519:
      return GenerateEd25519();
  }
  return nullptr;
}

absl::StatusOr<Key> NewKey(KeyType type) {
  bssl::UniquePtr<EVP_PKEY> key = Generate(type);
  if (key == nullptr) return absl::InternalError(absl::StrCat("key generation: ", DrainErrors()));
  return Key(key.release(), EVP_PKEY_free);
}

// NewSerial is random and positive, and its first byte is never zero, so that it is minimal DER.
std::string NewSerial() {
  std::string serial(kSerialBytes, '\0');
  RAND_bytes(reinterpret_cast<uint8_t*>(serial.data()), serial.size());
  serial[0] = static_cast<char>((static_cast<uint8_t>(serial[0]) & 0x3f) | 0x40);
  return serial;
}

absl::Status CheckValidity(const Validity& validity) {
  const absl::Time last = absl::FromUnixSeconds(253402300799);  // 9999-12-31T23:59:59Z
  if (validity.not_before < absl::UnixEpoch() || validity.not_after > last) {
    return absl::InvalidArgumentError("validity lies outside the years 1970 to 9999");
  }
  if (validity.not_before >= validity.not_after) {
    return absl::InvalidArgumentError("validity ends before it begins");
  }
  return absl::OkStatus();
}

absl::Status CheckDnsName(absl::string_view name) {
  bool good = !name.empty() && name.size() <= kMaxDnsNameBytes;
  for (const char c : name) good = good && c > 0x20 && c < 0x7f;
  return good ? absl::OkStatus()
              : absl::InvalidArgumentError("a DNS name has 1 to 253 printable ASCII bytes");
}

absl::StatusOr<std::string> IpBytes(absl::string_view text) {
  FB_ASSIGN_OR_RETURN(const IpAddress address, IpAddress::Parse(text));
  absl::Span<const uint8_t> bytes = address.bytes();
  if (address.is_v4()) bytes.remove_prefix(12);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// SerialContent turns hex, as the tools print it, into INTEGER content bytes.
absl::StatusOr<std::string> SerialContent(absl::string_view hex) {
  const bool digits = std::all_of(hex.begin(), hex.end(), [](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
  });
  if (!digits || hex.empty() || hex.size() > 2 * kMaxSerialBytes) {
    return absl::InvalidArgumentError("a serial number has 1 to 40 hex digits");
  }
  std::string text(hex);
  if (text.size() % 2 != 0) text.insert(text.begin(), '0');
  std::string bytes = absl::HexStringToBytes(text);
  const size_t first = std::min(bytes.find_first_not_of('\0'), bytes.size() - 1);
  bytes.erase(0, first);
  if ((static_cast<uint8_t>(bytes[0]) & 0x80) != 0) bytes.insert(bytes.begin(), '\0');
  return bytes;
}

absl::StatusOr<IssuedCertificate> Issued(absl::string_view der, absl::string_view rest_pem,
                                         const Key& key, absl::string_view serial) {
  FB_ASSIGN_OR_RETURN(std::string key_pem, PrivateKeyPemOf(key.get()));
  return IssuedCertificate{absl::StrCat(WritePem(kPemCertificate, der), rest_pem),
                           std::move(key_pem), absl::BytesToHexString(serial)};
}

// IsSelfSigned by name; a root is not sent along with what it signs.
bool IsSelfSigned(const Certificate& certificate) {
  return certificate.issuer == certificate.subject;
}

}  // namespace

absl::string_view KeyTypeName(KeyType type) { return kKeyTypeNames[static_cast<size_t>(type)]; }

DevCa::DevCa(std::string trust_domain, std::string certificate_pem, std::string certificate_der,
             Key key)
    : trust_domain_(std::move(trust_domain)),
      certificate_pem_(std::move(certificate_pem)),
      certificate_der_(std::move(certificate_der)),
      key_(std::move(key)) {}

absl::StatusOr<DevCa> DevCa::Init(absl::string_view trust_domain, const Validity& validity,
                                  KeyType key_type) {
  FB_RETURN_IF_ERROR(CheckTrustDomain(trust_domain));
  FB_RETURN_IF_ERROR(CheckValidity(validity));
  FB_ASSIGN_OR_RETURN(Key key, NewKey(key_type));
  FB_ASSIGN_OR_RETURN(const std::string key_id, KeyId(key.get()));
  // The key is part of the name: two CAs of one trust domain stay apart.
  const std::string common_name =
      absl::StrCat("CA ", absl::BytesToHexString(absl::string_view(key_id).substr(0, 4)));
  CertificateFields fields;
  fields.serial = NewSerial();
  FB_ASSIGN_OR_RETURN(fields.subject, MakeName(kOrganization, common_name));
  fields.issuer = fields.subject;
  fields.not_before = validity.not_before;
  fields.not_after = validity.not_after;
  fields.public_key = key.get();
  fields.issuer_key_id = key_id;
  fields.is_ca = true;
  fields.uri = absl::StrCat("spiffe://", trust_domain);
  FB_ASSIGN_OR_RETURN(std::string der, SignCertificate(fields, key.get()));
  std::string pem = WritePem(kPemCertificate, der);
  return DevCa(std::string(trust_domain), std::move(pem), std::move(der), std::move(key));
}

absl::StatusOr<DevCa> DevCa::FromPem(absl::string_view certificate_pem, absl::string_view key_pem) {
  FB_ASSIGN_OR_RETURN(std::vector<std::string> chain, ReadPemOf(kPemCertificate, certificate_pem));
  FB_ASSIGN_OR_RETURN(Key key, ParsePrivateKeyPem(key_pem));
  Certificate ca;
  const SvidError error = ParseCertificate(chain[0], &ca);
  if (error != SvidError::kNone) return absl::InvalidArgumentError(SvidErrorHint(error));
  if (!ca.IsCa() || !ca.subject_alt_name.has_value() || ca.subject_alt_name->uris.size() != 1) {
    return absl::InvalidArgumentError("not a CA certificate with a SPIFFE ID");
  }
  FB_ASSIGN_OR_RETURN(const SpiffeId id, SpiffeId::Parse(ca.subject_alt_name->uris[0]));
  if (id.has_path()) return absl::InvalidArgumentError("the CA's SPIFFE ID has a path");
  if (!IsPublicKeyOf(ca.public_key, key.get())) {
    return absl::FailedPreconditionError("the private key is not the CA certificate's");
  }
  return DevCa(std::string(id.trust_domain()), std::string(certificate_pem), std::move(chain[0]),
               std::move(key));
}

std::string DevCa::PrivateKeyPem() const { return PrivateKeyPemOf(key_.get()).value_or(""); }

absl::StatusOr<IssuedCertificate> DevCa::Issue(const SvidRequest& request) const {
  if (request.id.trust_domain() != trust_domain_) {
    return absl::InvalidArgumentError(
        absl::StrCat(request.id.uri(), " is not of this CA's trust domain, ", trust_domain_));
  }
  if (!request.id.has_path()) {
    return absl::InvalidArgumentError(
        absl::StrCat(request.id.uri(), " names a trust domain, not a workload: it has no path"));
  }
  FB_RETURN_IF_ERROR(CheckValidity(request.validity));
  Certificate ca;
  if (ParseCertificate(certificate_der_, &ca) != SvidError::kNone) {
    return absl::InternalError("the CA certificate cannot be read");
  }
  FB_ASSIGN_OR_RETURN(const Key key, NewKey(request.key_type));
  CertificateFields fields;
  fields.serial = NewSerial();
  fields.issuer = std::string(ca.subject);
  FB_ASSIGN_OR_RETURN(fields.subject, MakeName(kOrganization, ""));
  fields.not_before = request.validity.not_before;
  fields.not_after = request.validity.not_after;
  fields.public_key = key.get();
  FB_ASSIGN_OR_RETURN(fields.issuer_key_id, KeyId(key_.get()));
  fields.uri = std::string(request.id.uri());
  for (const std::string& name : request.dns_names) FB_RETURN_IF_ERROR(CheckDnsName(name));
  fields.dns_names = request.dns_names;
  for (const std::string& text : request.ip_addresses) {
    FB_ASSIGN_OR_RETURN(std::string bytes, IpBytes(text));
    fields.ip_addresses.push_back(std::move(bytes));
  }
  FB_ASSIGN_OR_RETURN(const std::string der, SignCertificate(fields, key_.get()));
  return Issued(der, IsSelfSigned(ca) ? "" : absl::string_view(certificate_pem_), key,
                fields.serial);
}

absl::StatusOr<IssuedCertificate> DevCa::IssueIntermediate(const Validity& validity,
                                                           KeyType key_type) const {
  FB_RETURN_IF_ERROR(CheckValidity(validity));
  Certificate ca;
  if (ParseCertificate(certificate_der_, &ca) != SvidError::kNone) {
    return absl::InternalError("the CA certificate cannot be read");
  }
  FB_ASSIGN_OR_RETURN(const Key key, NewKey(key_type));
  FB_ASSIGN_OR_RETURN(const std::string key_id, KeyId(key.get()));
  const std::string common_name = absl::StrCat(
      "intermediate CA ", absl::BytesToHexString(absl::string_view(key_id).substr(0, 4)));
  CertificateFields fields;
  fields.serial = NewSerial();
  fields.issuer = std::string(ca.subject);
  FB_ASSIGN_OR_RETURN(fields.subject, MakeName(kOrganization, common_name));
  fields.not_before = validity.not_before;
  fields.not_after = validity.not_after;
  fields.public_key = key.get();
  FB_ASSIGN_OR_RETURN(fields.issuer_key_id, KeyId(key_.get()));
  fields.is_ca = true;
  fields.path_length = 0;
  fields.uri = absl::StrCat("spiffe://", trust_domain_);
  FB_ASSIGN_OR_RETURN(const std::string der, SignCertificate(fields, key_.get()));
  return Issued(der, IsSelfSigned(ca) ? "" : absl::string_view(certificate_pem_), key,
                fields.serial);
}

absl::StatusOr<std::string> DevCa::IssueCrl(absl::Span<const std::string> serials_hex,
                                            const Validity& validity) const {
  FB_RETURN_IF_ERROR(CheckValidity(validity));
  Certificate ca;
  if (ParseCertificate(certificate_der_, &ca) != SvidError::kNone) {
    return absl::InternalError("the CA certificate cannot be read");
  }
  CrlFields fields;
  fields.issuer = std::string(ca.subject);
  FB_ASSIGN_OR_RETURN(fields.issuer_key_id, KeyId(key_.get()));
  fields.this_update = validity.not_before;
  fields.next_update = validity.not_after;
  for (const std::string& hex : serials_hex) {
    FB_ASSIGN_OR_RETURN(std::string serial, SerialContent(hex));
    fields.serials.push_back(std::move(serial));
  }
  FB_ASSIGN_OR_RETURN(const std::string der, SignCrl(fields, key_.get()));
  return WritePem(kPemCrl, der);
}

}  // namespace firebreak::certs
