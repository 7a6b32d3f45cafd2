#include "certs/signing_key.h"

#include <openssl/bytestring.h>
#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/sha.h>

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"

#include "base/status.h"
#include "certs/boringssl_error.h"
#include "certs/der.h"
#include "certs/private_key.h"

namespace firebreak::certs {
namespace {

constexpr size_t kIdBytes = 8;

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

bool IsP256(const evp_pkey_st* key) {
  const EC_KEY* const ec = EVP_PKEY_get0_EC_KEY(key);
  return ec != nullptr && EC_GROUP_get_curve_name(EC_KEY_get0_group(ec)) == NID_X9_62_prime256v1;
}

}  // namespace

absl::StatusOr<VerifyingKey> VerifyingKey::Parse(absl::string_view text) {
  std::string der;
  if (!absl::Base64Unescape(text, &der)) {
    return absl::InvalidArgumentError("a public key is one line of base64");
  }
  CBS cbs = AsCbs(der);
  std::shared_ptr<evp_pkey_st> key(EVP_parse_public_key(&cbs), EVP_PKEY_free);
  const bool parsed = key != nullptr && CBS_len(&cbs) == 0 && IsP256(key.get());
  if (!parsed) {
    DrainErrors();
    return absl::InvalidArgumentError("not a public key on P-256");
  }
  return Of(std::move(key));
}

absl::StatusOr<VerifyingKey> VerifyingKey::Of(std::shared_ptr<evp_pkey_st> key) {
  bssl::ScopedCBB cbb;
  uint8_t* data = nullptr;
  size_t size = 0;
  if (CBB_init(cbb.get(), 0) != 1 || EVP_marshal_public_key(cbb.get(), key.get()) != 1 ||
      CBB_finish(cbb.get(), &data, &size) != 1) {
    return absl::InternalError(DrainErrors());
  }
  const bssl::UniquePtr<uint8_t> own_data(data);
  const absl::string_view der(reinterpret_cast<const char*>(data), size);
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(Bytes(der), der.size(), digest.data());
  VerifyingKey result;
  result.key_ = std::move(key);
  result.text_ = absl::Base64Escape(der);
  result.id_ = absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), kIdBytes});
  return result;
}

bool VerifyingKey::Verifies(absl::string_view bytes, absl::string_view signature) const {
  bssl::ScopedEVP_MD_CTX context;
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(bytes),
                       bytes.size()) == 1;
  if (!good) DrainErrors();
  return good;
}

SigningKey::SigningKey(std::shared_ptr<evp_pkey_st> key, VerifyingKey public_half)
    : key_(std::move(key)), public_half_(std::move(public_half)) {}

absl::StatusOr<SigningKey> SigningKey::Of(std::shared_ptr<evp_pkey_st> key) {
  FB_ASSIGN_OR_RETURN(VerifyingKey public_half, VerifyingKey::Of(key));
  return SigningKey(std::move(key), std::move(public_half));
}

absl::StatusOr<SigningKey> SigningKey::Generate() {
  const bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  std::shared_ptr<evp_pkey_st> key(EVP_PKEY_new(), EVP_PKEY_free);
  if (ec == nullptr || key == nullptr || EC_KEY_generate_key(ec.get()) != 1 ||
      EVP_PKEY_set1_EC_KEY(key.get(), ec.get()) != 1) {
    return absl::InternalError(DrainErrors());
  }
  return Of(std::move(key));
}

absl::StatusOr<SigningKey> SigningKey::FromPem(absl::string_view pem) {
  FB_ASSIGN_OR_RETURN(std::shared_ptr<evp_pkey_st> key, ParsePrivateKeyPem(pem));
  if (!IsP256(key.get())) return absl::InvalidArgumentError("not a private key on P-256");
  return Of(std::move(key));
}

absl::StatusOr<std::string> SigningKey::Sign(absl::string_view bytes) const {
  bssl::ScopedEVP_MD_CTX context;
  size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, Bytes(bytes), bytes.size()) != 1) {
    return absl::InternalError(DrainErrors());
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<uint8_t*>(signature.data()), &size,
                     Bytes(bytes), bytes.size()) != 1) {
    return absl::InternalError(DrainErrors());
  }
  signature.resize(size);
  return signature;
}

absl::StatusOr<std::string> SigningKey::Pem() const { return PrivateKeyPemOf(key_.get()); }

}  // namespace firebreak::certs
