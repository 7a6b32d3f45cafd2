#include "certs/signature.h"

#include <openssl/digest.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <cstring>
#include <type_traits>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "certs/boringssl_error.h"

namespace firebreak::certs {
namespace {

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

absl::Status Failed(absl::string_view what) {
  return absl::InternalError(absl::StrCat(what, ": ", DrainErrors()));
}

// Scheme is how a key signs.
struct Scheme {
  absl::string_view name;
  const EVP_MD* digest = nullptr;  // null: Ed25519 takes the text itself
  bool pss = false;
};

absl::StatusOr<Scheme> SchemeOf(EVP_PKEY* key) {
  switch (EVP_PKEY_id(key)) {
    case EVP_PKEY_RSA:
      return Scheme{.name = "rsa_pss_rsae_sha256", .digest = EVP_sha256(), .pss = true};
    case EVP_PKEY_ED25519:
      return Scheme{.name = "ed25519"};
    case EVP_PKEY_EC:
      break;
    default:
      return absl::InvalidArgumentError("a key of a type that SVIDs do not have");
  }
  switch (EC_GROUP_get_curve_name(EC_KEY_get0_group(EVP_PKEY_get0_EC_KEY(key)))) {
    case NID_X9_62_prime256v1:
      return Scheme{.name = "ecdsa_secp256r1_sha256", .digest = EVP_sha256()};
    case NID_secp384r1:
      return Scheme{.name = "ecdsa_secp384r1_sha384", .digest = EVP_sha384()};
    case NID_secp521r1:
      return Scheme{.name = "ecdsa_secp521r1_sha512", .digest = EVP_sha512()};
    default:
      return absl::InvalidArgumentError("a key on a curve that SVIDs do not have");
  }
}

bool SetPadding(const Scheme& scheme, EVP_PKEY_CTX* context) {
  constexpr int kSaltAsLongAsTheDigest = -1;
  return !scheme.pss || (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
                         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, kSaltAsLongAsTheDigest) == 1);
}

}  // namespace

std::array<uint8_t, 32> Sha256(absl::string_view bytes) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(Bytes(bytes), bytes.size(), digest.data());
  return digest;
}

// BoringSSL's context is a plain value: a copy of it is hashed on by itself.
static_assert(std::is_trivially_copyable_v<SHA256_CTX> &&
              sizeof(SHA256_CTX) <= sizeof(Sha256State::bytes));

Sha256State BeginSha256(absl::string_view beginning) {
  SHA256_CTX context;
  SHA256_Init(&context);
  SHA256_Update(&context, Bytes(beginning), beginning.size());
  Sha256State state{};
  std::memcpy(state.bytes.data(), &context, sizeof(context));
  return state;
}

std::array<uint8_t, 32> EndSha256(const Sha256State& begun, absl::string_view rest) {
  SHA256_CTX context;
  std::memcpy(&context, begun.bytes.data(), sizeof(context));
  SHA256_Update(&context, Bytes(rest), rest.size());
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256_Final(digest.data(), &context);
  return digest;
}

absl::StatusOr<absl::string_view> AlgorithmOf(const X509Svid& svid) {
  FB_ASSIGN_OR_RETURN(const Scheme scheme, SchemeOf(svid.private_key()));
  return scheme.name;
}

absl::StatusOr<Signature> SignText(const X509Svid& svid, absl::string_view text) {
  EVP_PKEY* const key = svid.private_key();
  FB_ASSIGN_OR_RETURN(const Scheme scheme, SchemeOf(key));
  bssl::ScopedEVP_MD_CTX context;
  EVP_PKEY_CTX* options = nullptr;  // the context's own
  size_t size = 0;
  if (EVP_DigestSignInit(context.get(), &options, scheme.digest, nullptr, key) != 1 ||
      !SetPadding(scheme, options) ||
      EVP_DigestSign(context.get(), nullptr, &size, Bytes(text), text.size()) != 1) {
    return Failed("cannot sign");
  }
  Signature signature{.algorithm = scheme.name, .bytes = std::string(size, '\0')};
  auto* const out = reinterpret_cast<uint8_t*>(signature.bytes.data());
  if (EVP_DigestSign(context.get(), out, &size, Bytes(text), text.size()) != 1) {
    return Failed("cannot sign");
  }
  signature.bytes.resize(size);
  return signature;
}

absl::Status VerifyText(absl::string_view certificate_der, absl::string_view text,
                        const Signature& signature) {
  const uint8_t* at = Bytes(certificate_der);
  const bssl::UniquePtr<X509> certificate(
      d2i_X509(nullptr, &at, static_cast<long>(certificate_der.size())));
  const bssl::UniquePtr<EVP_PKEY> key(certificate == nullptr ? nullptr
                                                             : X509_get_pubkey(certificate.get()));
  if (key == nullptr || at != Bytes(certificate_der) + certificate_der.size()) {
    return absl::InvalidArgumentError(absl::StrCat("not a certificate: ", DrainErrors()));
  }
  FB_ASSIGN_OR_RETURN(const Scheme scheme, SchemeOf(key.get()));
  if (scheme.name != signature.algorithm) {
    return absl::InvalidArgumentError(
        absl::StrCat("the certificate's key signs with ", scheme.name));
  }
  bssl::ScopedEVP_MD_CTX context;
  EVP_PKEY_CTX* options = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &options, scheme.digest, nullptr, key.get()) != 1 ||
      !SetPadding(scheme, options)) {
    return Failed("cannot verify");
  }
  if (EVP_DigestVerify(context.get(), Bytes(signature.bytes), signature.bytes.size(), Bytes(text),
                       text.size()) != 1) {
    DrainErrors();
    return absl::UnauthenticatedError("the signature does not fit");
  }
  return absl::OkStatus();
}

}  // namespace firebreak::certs
