#include "certs/svid_validator.h"

#include <openssl/sha.h>

#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "certs/certificate.h"
#include "certs/svid_leaf.h"
#include "certs/svid_path.h"

namespace firebreak::certs {
namespace {

void HashNumber(SHA256_CTX* context, uint64_t number) {
  std::array<uint8_t, 8> bytes{};
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(number >> (8 * i));
  SHA256_Update(context, bytes.data(), bytes.size());
}

std::string Sha256Hex(absl::string_view bytes) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), digest.data());
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

PeerIdentityPtr MakeIdentity(SpiffeId id, const Certificate& leaf, const PathVerdict& path,
                             ChainDer chain_der) {
  auto principal = std::make_shared<const std::string>(id.principal());
  std::vector<std::string> chain;
  chain.reserve(chain_der.size());
  for (const absl::string_view der : chain_der) chain.emplace_back(der);
  return std::make_shared<const PeerIdentity>(PeerIdentity{
      std::move(id), std::move(principal), leaf.SerialHex(), path.not_before, path.not_after,
      ChainDigest(chain_der), Sha256Hex(chain_der[0]), std::move(chain)});
}

}  // namespace

std::array<uint8_t, 32> ChainDigest(ChainDer chain_der) {
  SHA256_CTX context;
  SHA256_Init(&context);
  HashNumber(&context, chain_der.size());
  for (const absl::string_view der : chain_der) {
    HashNumber(&context, der.size());
    SHA256_Update(&context, der.data(), der.size());
  }
  std::array<uint8_t, 32> digest{};
  SHA256_Final(digest.data(), &context);
  return digest;
}

SvidValidator::SvidValidator(std::shared_ptr<const TrustStore> store, const Limits& limits)
    : store_(store != nullptr ? std::move(store) : std::make_shared<const TrustStore>()),
      max_certificates_(limits.max_chain_certificates),
      max_certificate_bytes_(limits.max_certificate_bytes) {}

SvidError SvidValidator::CheckSize(ChainDer chain_der) const {
  if (chain_der.empty()) return SvidError::kNoCertificate;
  if (chain_der.size() > static_cast<size_t>(max_certificates_)) return SvidError::kChainTooLong;
  for (const absl::string_view der : chain_der) {
    if (der.size() > static_cast<size_t>(max_certificate_bytes_)) {
      return SvidError::kCertificateTooLarge;
    }
  }
  return SvidError::kNone;
}

SvidVerdict SvidValidator::Validate(ChainDer chain_der, const ValidationTimes& times) const {
  const SvidError size_error = CheckSize(chain_der);
  if (size_error != SvidError::kNone) return SvidVerdict::Invalid(size_error);

  std::vector<Certificate> chain(chain_der.size());
  for (size_t i = 0; i < chain.size(); ++i) {
    const SvidError error = ParseCertificate(chain_der[i], &chain[i]);
    if (error != SvidError::kNone) {
      return SvidVerdict::Invalid(error, absl::StrCat("certificate ", i + 1));
    }
  }

  std::optional<SpiffeId> id;
  std::string detail;
  const SvidError leaf_error = CheckLeaf(chain[0], &id, &detail);
  if (leaf_error != SvidError::kNone) return SvidVerdict::Invalid(leaf_error, std::move(detail));

  const TrustBundle* bundle = store_->Find(id->trust_domain());
  if (bundle == nullptr) {
    return SvidVerdict::Invalid(SvidError::kUnknownTrustDomain, std::string(id->uri()));
  }
  if (bundle->empty()) {
    return SvidVerdict::Invalid(SvidError::kEmptyBundle, std::string(id->uri()));
  }
  const PathVerdict path = CheckPath(*bundle, chain, max_certificates_, times);
  if (path.error != SvidError::kNone) {
    const absl::string_view separator = path.detail.empty() ? "" : ": ";
    return SvidVerdict::Invalid(path.error, absl::StrCat(id->uri(), separator, path.detail));
  }
  return SvidVerdict::Valid(MakeIdentity(*std::move(id), chain[0], path, chain_der));
}

}  // namespace firebreak::certs
