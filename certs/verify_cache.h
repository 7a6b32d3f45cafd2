// VerifyCache: a worker's memory of the certificate chains it has verified.
#ifndef FIREBREAK_CERTS_VERIFY_CACHE_H_
#define FIREBREAK_CERTS_VERIFY_CACHE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

#include "absl/time/time.h"

#include "base/limits.h"
#include "certs/svid_validator.h"

namespace firebreak::certs {

// VerifyCache stands in front of a SvidValidator and answers for a chain it has seen valid within
// the last minute under the same trust epoch. The key is the digest of the whole chain, so that a
// known leaf with other intermediates is not known. Only successes are kept, and validity times
// are compared with now on every hit. The same chain gives the same PeerIdentity object for as long
// as its entry lives. Not thread-safe: one a worker.
class VerifyCache {
 public:
  static constexpr size_t kMaxEntries = 4096;
  // A peer chooses how long a chain it shows, up to the limits: the sum is bounded too.
  static constexpr size_t kMaxBytes = 8'388'608;
  static constexpr absl::Duration kTimeToLive = absl::Seconds(60);

  struct Stats {
    uint64_t hits = 0;
    uint64_t misses = 0;     // verified in full, whatever came of it
    uint64_t evictions = 0;  // to stay within max_entries
  };

  VerifyCache(std::shared_ptr<const TrustStore> store, const Limits& limits,
              size_t max_entries = kMaxEntries, size_t max_bytes = kMaxBytes);

  SvidVerdict Verify(ChainDer chain_der, absl::Time now);

  // Revalidate checks a live connection's identity against the store now in force. A chain that has
  // expired meanwhile is judged as of its last second, by the revocation lists of now: expiry does
  // not end what began in time, revocation does.
  SvidVerdict Revalidate(const PeerIdentity& identity, absl::Time now);

  // SetTrustStore takes a new snapshot; entries of another epoch are verified again when met.
  void SetTrustStore(std::shared_ptr<const TrustStore> store);

  uint64_t epoch() const { return validator_.store()->epoch(); }
  size_t size() const { return order_.size(); }
  const Stats& stats() const { return stats_; }

 private:
  using Digest = std::array<uint8_t, 32>;
  struct DigestHash {
    size_t operator()(const Digest& digest) const;
  };
  struct Entry {
    PeerIdentityPtr identity;
    uint64_t epoch;
    absl::Time verified_at;
  };
  using Order = std::list<Entry>;

  SvidVerdict VerifyDigest(const Digest& digest, ChainDer chain_der, absl::Time now);
  bool Fresh(const Entry& entry, absl::Time now) const;
  void Remember(const PeerIdentityPtr& identity, absl::Time now);
  void Forget(Order::iterator entry);

  Limits limits_;
  size_t max_entries_;
  size_t max_bytes_;
  SvidValidator validator_;
  Order order_;  // most recently used first
  size_t bytes_ = 0;
  std::unordered_map<Digest, Order::iterator, DigestHash> by_digest_;
  Stats stats_;
};

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_VERIFY_CACHE_H_
