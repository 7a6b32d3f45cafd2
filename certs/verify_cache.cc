#include "certs/verify_cache.h"

#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

namespace firebreak::certs {
namespace {

// BytesOf is what an entry costs, near enough.
size_t BytesOf(const PeerIdentity& identity) {
  size_t bytes = sizeof(PeerIdentity);
  for (const std::string& der : identity.chain_der) bytes += der.size();
  return bytes;
}

bool IsValidAt(const PeerIdentity& identity, absl::Time now) {
  return identity.not_before <= now && now < identity.not_after;
}

}  // namespace

size_t VerifyCache::DigestHash::operator()(const Digest& digest) const {
  size_t hash = 0;
  std::memcpy(&hash, digest.data(), sizeof(hash));
  return hash;
}

VerifyCache::VerifyCache(std::shared_ptr<const TrustStore> store, const Limits& limits,
                         size_t max_entries, size_t max_bytes)
    : limits_(limits),
      max_entries_(max_entries),
      max_bytes_(max_bytes),
      validator_(std::move(store), limits) {}

void VerifyCache::SetTrustStore(std::shared_ptr<const TrustStore> store) {
  validator_ = SvidValidator(std::move(store), limits_);
}

SvidVerdict VerifyCache::Verify(ChainDer chain_der, absl::Time now) {
  const SvidError size_error = validator_.CheckSize(chain_der);
  if (size_error != SvidError::kNone) return SvidVerdict::Invalid(size_error);
  return VerifyDigest(ChainDigest(chain_der), chain_der, now);
}

SvidVerdict VerifyCache::Revalidate(const PeerIdentity& identity, absl::Time now) {
  std::vector<absl::string_view> chain(identity.chain_der.begin(), identity.chain_der.end());
  if (now >= identity.not_after) {
    return validator_.Validate(
        chain, {.certificates = identity.not_after - absl::Seconds(1), .revocation = now});
  }
  return VerifyDigest(identity.chain_sha256, chain, now);
}

SvidVerdict VerifyCache::VerifyDigest(const Digest& digest, ChainDer chain_der, absl::Time now) {
  const auto found = by_digest_.find(digest);
  if (found != by_digest_.end() && Fresh(*found->second, now)) {
    ++stats_.hits;
    order_.splice(order_.begin(), order_, found->second);
    return SvidVerdict::Valid(found->second->identity);
  }
  ++stats_.misses;
  SvidVerdict verdict = validator_.Validate(chain_der, now);
  if (!verdict.ok()) {
    if (found != by_digest_.end()) Forget(found->second);
    return verdict;
  }
  if (found == by_digest_.end()) {
    Remember(verdict.identity, now);
    return verdict;
  }
  // Another bundle may have led to another path with other times: then the object is a new one too.
  Entry& entry = *found->second;
  if (entry.identity->not_before != verdict.identity->not_before ||
      entry.identity->not_after != verdict.identity->not_after) {
    entry.identity = verdict.identity;
  }
  entry.epoch = epoch();
  entry.verified_at = now;
  order_.splice(order_.begin(), order_, found->second);
  return SvidVerdict::Valid(entry.identity);
}

bool VerifyCache::Fresh(const Entry& entry, absl::Time now) const {
  // Wall time may be set back: what was verified "later than now" is verified again.
  return entry.epoch == epoch() && entry.verified_at <= now &&
         now < entry.verified_at + kTimeToLive && IsValidAt(*entry.identity, now);
}

void VerifyCache::Remember(const PeerIdentityPtr& identity, absl::Time now) {
  if (max_entries_ == 0) return;
  const size_t bytes = BytesOf(*identity);
  if (bytes > max_bytes_) return;
  while (order_.size() >= max_entries_ || bytes_ + bytes > max_bytes_) {
    Forget(std::prev(order_.end()));
    ++stats_.evictions;
  }
  bytes_ += bytes;
  order_.push_front({identity, epoch(), now});
  by_digest_.emplace(identity->chain_sha256, order_.begin());
}

void VerifyCache::Forget(Order::iterator entry) {
  bytes_ -= BytesOf(*entry->identity);
  by_digest_.erase(entry->identity->chain_sha256);
  order_.erase(entry);
}

}  // namespace firebreak::certs
