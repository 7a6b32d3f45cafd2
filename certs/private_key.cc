#include "certs/private_key.h"

#include <openssl/bytestring.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <openssl/rsa.h>

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "base/status.h"
#include "certs/boringssl_error.h"
#include "certs/der.h"
#include "certs/pem.h"

namespace firebreak::certs {
namespace {

using Key = std::shared_ptr<evp_pkey_st>;

absl::Status Invalid(absl::string_view text) { return absl::InvalidArgumentError(text); }

Key Own(bssl::UniquePtr<EVP_PKEY> key) { return Key(key.release(), EVP_PKEY_free); }

// The two older formats of a PEM key, of OpenSSL's `ec` and `rsa` commands.
absl::StatusOr<Key> ParseEcKey(absl::string_view der) {
  CBS cbs = AsCbs(der);
  const bssl::UniquePtr<EC_KEY> ec(EC_KEY_parse_private_key(&cbs, nullptr));
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (ec == nullptr || key == nullptr || EVP_PKEY_set1_EC_KEY(key.get(), ec.get()) != 1) {
    DrainErrors();
    return Invalid("not an EC private key");
  }
  return Own(std::move(key));
}

absl::StatusOr<Key> ParseRsaKey(absl::string_view der) {
  CBS cbs = AsCbs(der);
  const bssl::UniquePtr<RSA> rsa(RSA_parse_private_key(&cbs));
  bssl::UniquePtr<EVP_PKEY> key(EVP_PKEY_new());
  if (rsa == nullptr || key == nullptr || EVP_PKEY_set1_RSA(key.get(), rsa.get()) != 1) {
    DrainErrors();
    return Invalid("not an RSA private key");
  }
  return Own(std::move(key));
}

absl::StatusOr<Key> ParseBlock(const PemBlock& block) {
  if (block.label == kPemPrivateKey) return ParsePrivateKeyDer(block.der);
  if (block.label == "EC PRIVATE KEY") return ParseEcKey(block.der);
  if (block.label == "RSA PRIVATE KEY") return ParseRsaKey(block.der);
  return Invalid(
      absl::StrCat("expected a PRIVATE KEY block, found ", PrintableEscaped(block.label)));
}

}  // namespace

absl::StatusOr<Key> ParsePrivateKeyDer(absl::string_view der) {
  CBS cbs = AsCbs(der);
  bssl::UniquePtr<EVP_PKEY> key(EVP_parse_private_key(&cbs));
  if (key == nullptr || CBS_len(&cbs) != 0) {
    DrainErrors();
    return Invalid("not an unencrypted PKCS #8 private key");
  }
  return Own(std::move(key));
}

absl::StatusOr<Key> ParsePrivateKeyPem(absl::string_view pem) {
  FB_ASSIGN_OR_RETURN(std::vector<PemBlock> blocks, ReadPem(pem));
  absl::StatusOr<Key> key = Invalid("no PRIVATE KEY block");
  int keys = 0;
  for (PemBlock& block : blocks) {
    if (block.label != "EC PARAMETERS" && ++keys == 1) key = ParseBlock(block);
    WipeString(&block.der);
  }
  if (keys > 1) return Invalid("more than one PEM block where one private key is expected");
  return key;
}

bool IsPublicKeyOf(absl::string_view public_key_der, evp_pkey_st* key) {
  CBS cbs = AsCbs(public_key_der);
  const bssl::UniquePtr<EVP_PKEY> public_key(EVP_parse_public_key(&cbs));
  const bool same = public_key != nullptr && EVP_PKEY_cmp(public_key.get(), key) == 1;
  DrainErrors();
  return same;
}

absl::StatusOr<std::string> PrivateKeyPemOf(evp_pkey_st* key) {
  bssl::ScopedCBB cbb;
  uint8_t* data = nullptr;
  size_t size = 0;
  if (CBB_init(cbb.get(), 0) != 1 || EVP_marshal_private_key(cbb.get(), key) != 1 ||
      CBB_finish(cbb.get(), &data, &size) != 1) {
    return absl::InternalError(DrainErrors());
  }
  const bssl::UniquePtr<uint8_t> own_data(data);  // OPENSSL_free wipes
  return WritePem(kPemPrivateKey, {reinterpret_cast<const char*>(data), size});
}

}  // namespace firebreak::certs
