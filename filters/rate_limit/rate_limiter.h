// RateLimiter counts the requests of sources against their limits.
#ifndef FIREBREAK_FILTERS_RATE_LIMIT_RATE_LIMITER_H_
#define FIREBREAK_FILTERS_RATE_LIMIT_RATE_LIMITER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "config/proxy_config.h"
#include "policy/pattern.h"

namespace firebreak::filters {

// RateLimiter is one worker's; its limits are that worker's share of the sidecar's. A source is an
// identity, or "" for all clients without one.
class RateLimiter {
 public:
  // Sources remembered at once. One that is forgotten has made no request for longer than 4,095
  // others, and begins anew.
  static constexpr size_t kMaxSources = 4096;

  // Source is what is known of one source; it stays while requests of it are under way.
  struct Source;

  enum class Verdict : uint8_t {
    kUnlimited,  // no limit names this source
    kAdmitted,   // counted: call Release when the request has ended
    kTooFast,    // requests_per_second
    kTooMany,    // concurrent
    kNoRoom,     // kMaxSources sources have requests under way
  };
  struct Answer {
    Verdict verdict = Verdict::kUnlimited;
    Source* source = nullptr;  // kAdmitted only
  };

  // Each of `workers` limiters has an equal share of limits: bursts and concurrent requests are
  // rounded up.
  RateLimiter(const std::vector<config::RateLimitConfig>& limits, int workers);
  ~RateLimiter();
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  // Admit asks for one request. A refusal is not counted against the source.
  Answer Admit(absl::string_view principal, MonoTime now);
  void Release(Source& source);

  // How many sources are remembered.
  size_t sources() const { return by_principal_.size(); }

 private:
  using Nanoseconds = std::chrono::nanoseconds;

  // A token bucket, kept as the time at which it will be full again (ITU-T I.371's virtual
  // scheduling): each request moves that time on by `interval`, and may not move it further than
  // `tolerance` from now.
  struct Limit {
    std::vector<policy::StringPattern> principals;
    bool everybody = false;
    Nanoseconds interval{0};  // 0: not bounded
    Nanoseconds tolerance{0};
    int64_t concurrent = 0;  // 0: not bounded
  };

  static Limit ShareOf(const config::RateLimitConfig& config, int64_t workers);
  const Limit* LimitOf(absl::string_view principal) const;
  // Remember makes an entry for a new source; null when there is no room for it.
  Source* Remember(absl::string_view principal, const Limit& limit);

  const std::vector<Limit> limits_;
  // The one used last is at the front. Only an idle source may be forgotten.
  std::list<Source> idle_;
  std::list<Source> busy_;
  absl::flat_hash_map<absl::string_view, std::list<Source>::iterator> by_principal_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_RATE_LIMIT_RATE_LIMITER_H_
