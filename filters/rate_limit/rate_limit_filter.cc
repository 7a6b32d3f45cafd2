#include "filters/rate_limit/rate_limit_filter.h"

#include <utility>

namespace firebreak::filters {
namespace {

constexpr int kTooManyRequests = 429;

// The name of the limit, for the flow record; empty when the request may pass.
absl::string_view LimitName(RateLimiter::Verdict verdict) {
  switch (verdict) {
    case RateLimiter::Verdict::kUnlimited:
    case RateLimiter::Verdict::kAdmitted:
      return "";
    case RateLimiter::Verdict::kTooFast:
      return "requests_per_second";
    case RateLimiter::Verdict::kTooMany:
      return "concurrent";
    case RateLimiter::Verdict::kNoRoom:
      return "sources";
  }
  return "";
}

}  // namespace

struct RateLimitFilter::State final : FilterState {
  RateLimiter::Source* held = nullptr;  // to be released at the end
};

std::unique_ptr<FilterState> RateLimitFilter::NewState(HttpExchange& exchange) {
  if (exchange.connection.record.direction == Direction::kOutbound) return nullptr;
  return std::make_unique<State>();
}

Step RateLimitFilter::OnRequest(HttpExchange& exchange) {
  auto* const state = static_cast<State*>(StateOf(exchange));
  if (state == nullptr) return Step::kContinue;
  const certs::PeerIdentityPtr& peer = exchange.connection.peer;
  const RateLimiter::Answer answer = limiter_.Admit(
      peer != nullptr ? peer->id.principal() : absl::string_view(), clock_.MonoNow());
  state->held = answer.source;
  const absl::string_view limit = LimitName(answer.verdict);
  if (limit.empty()) return Step::kContinue;
  exchange.Refuse(Verdict::kDropped, Reason::kRateLimit, kTooManyRequests, limit);
  return Step::kClose;
}

void RateLimitFilter::OnEnd(HttpExchange& exchange) {
  auto* const state = static_cast<State*>(StateOf(exchange));
  if (state == nullptr || state->held == nullptr) return;
  limiter_.Release(*std::exchange(state->held, nullptr));
}

}  // namespace firebreak::filters
