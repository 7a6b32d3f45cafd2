#include "filters/rate_limit/rate_limiter.h"

#include <algorithm>
#include <utility>

namespace firebreak::filters {

struct RateLimiter::Source {
  std::string principal;
  const Limit* limit = nullptr;
  MonoTime full_at = MonoTime::min();
  int64_t under_way = 0;
  std::list<Source>::iterator self;
};

RateLimiter::Limit RateLimiter::ShareOf(const config::RateLimitConfig& config, int64_t workers) {
  Limit limit;
  limit.everybody = config.principals.empty();
  for (const std::string& text : config.principals) {
    auto pattern = policy::StringPattern::ParsePrincipal(text);
    // The configuration has been checked. What cannot be read all the same limits everybody rather
    // than nobody.
    limit.everybody = limit.everybody || !pattern.ok();
    if (pattern.ok()) limit.principals.push_back(*std::move(pattern));
  }
  const auto share = [workers](int64_t count) { return (count + workers - 1) / workers; };
  if (config.requests_per_second.has_value()) {
    const Nanoseconds second = std::chrono::seconds(1);
    limit.interval = second * workers / *config.requests_per_second;
    limit.tolerance = limit.interval * (share(std::max(config.burst, 1)) - 1);
  }
  if (config.concurrent.has_value()) limit.concurrent = share(*config.concurrent);
  return limit;
}

RateLimiter::RateLimiter(const std::vector<config::RateLimitConfig>& limits, int workers)
    : limits_([&] {
        std::vector<Limit> shares;
        shares.reserve(limits.size());
        for (const auto& limit : limits) shares.push_back(ShareOf(limit, std::max(workers, 1)));
        return shares;
      }()) {}

RateLimiter::~RateLimiter() = default;

RateLimiter::Answer RateLimiter::Admit(absl::string_view principal, MonoTime now) {
  if (limits_.empty()) return {};
  Source* source = nullptr;
  if (const auto known = by_principal_.find(principal); known != by_principal_.end()) {
    source = &*known->second;
  } else {
    const Limit* const limit = LimitOf(principal);
    if (limit == nullptr) return {};
    source = Remember(principal, *limit);
    if (source == nullptr) return {.verdict = Verdict::kNoRoom};
  }
  const Limit& limit = *source->limit;
  if (limit.concurrent > 0 && source->under_way >= limit.concurrent) {
    return {.verdict = Verdict::kTooMany};
  }
  if (limit.interval > Nanoseconds(0)) {
    const MonoTime full_at = std::max(source->full_at, now);
    if (full_at - now > limit.tolerance) return {.verdict = Verdict::kTooFast};
    source->full_at = full_at + limit.interval;
  }
  if (source->under_way++ == 0) busy_.splice(busy_.begin(), idle_, source->self);
  return {.verdict = Verdict::kAdmitted, .source = source};
}

void RateLimiter::Release(Source& source) {
  if (--source.under_way == 0) idle_.splice(idle_.begin(), busy_, source.self);
}

const RateLimiter::Limit* RateLimiter::LimitOf(absl::string_view principal) const {
  for (const Limit& limit : limits_) {
    if (limit.everybody) return &limit;
    for (const policy::StringPattern& pattern : limit.principals) {
      if (pattern.Matches(principal)) return &limit;
    }
  }
  return nullptr;
}

RateLimiter::Source* RateLimiter::Remember(absl::string_view principal, const Limit& limit) {
  if (by_principal_.size() >= kMaxSources) {
    if (idle_.empty()) return nullptr;
    by_principal_.erase(idle_.back().principal);
    idle_.pop_back();
  }
  idle_.emplace_front();
  Source& source = idle_.front();
  source.principal = std::string(principal);
  source.limit = &limit;
  source.self = idle_.begin();
  by_principal_.emplace(source.principal, source.self);
  return &source;
}

}  // namespace firebreak::filters
