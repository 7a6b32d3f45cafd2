#include "bench/eval_detection/attacks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace firebreak::bench {
namespace {

constexpr int kMaxHops = 50;
constexpr int kTargetHops = 4;
constexpr int64_t kActiveUs = kMinute;
constexpr double kAllowedByChance = 0.5;  // of pairs that were never used, what policy lets through
constexpr double kOddPath = 0.3;
constexpr double kTunnel = 0.3;  // moves through a request that is kept open

}  // namespace

std::vector<AttackKind> AttackKinds() {
  std::vector<AttackKind> kinds;
  const std::pair<Goal, const char*> goals[] = {
      {Goal::kExplore, "explore"}, {Goal::kSpread, "spread"}, {Goal::kTarget, "target"}};
  for (const auto& [goal, name] : goals) {
    kinds.push_back({goal, false, false, absl::StrCat(name, ", open")});
    kinds.push_back({goal, true, false, absl::StrCat(name, ", seen pairs")});
    kinds.push_back({goal, false, true, absl::StrCat(name, ", active pods")});
    kinds.push_back({goal, true, true, absl::StrCat(name, ", seen and active")});
  }
  kinds.push_back({Goal::kScan, false, false, "scan"});
  kinds.push_back({Goal::kProbe, false, false, "denied probing"});
  kinds.push_back({Goal::kStolenSvid, true, false, "stolen SVID"});
  constexpr int kHours = 5;
  kinds.push_back({Goal::kBeacon, false, false, "beacon", kHours * 60});
  kinds.push_back({Goal::kExfiltrate, false, false, "slow exfiltration", kHours * 60});
  kinds.push_back({Goal::kHoney, false, false, "honey touch", 30});
  return kinds;
}

Attack::Attack(const AttackKind& kind, uint64_t seed, const Traffic& traffic)
    : kind_(kind), random_(seed), outside_(absl::StrCat("203.0.113.", 1 + seed % 250)) {
  const auto& services = traffic.services();
  // Some come in through the gateway, most through whatever has a hole.
  while (owned_.empty()) {
    const size_t s = random_.Chance(0.2) ? traffic.gateway() : random_.Below(services.size());
    const bool may_call = traffic.seen(s).size() > 1 && !services[s].database;
    const bool lives = !services[s].pods.empty();
    if (may_call && lives)
      owned_.push_back(services[s].pods[random_.Below(services[s].pods.size())]);
  }
  next_us_ = traffic.now_us() + 3 * kMinute + random_.Between(0, 5 * kMinute);
}

std::optional<int> Attack::HopOf(uint64_t flow_id) const {
  const auto found = flows_.find(flow_id);
  if (found == flows_.end()) return std::nullopt;
  return found->second;
}

uint64_t Attack::NewFlow(Traffic& traffic) {
  const uint64_t id = traffic.NextFlowId();
  flows_[id] = hops_;
  return id;
}

void Attack::Minute(Traffic& traffic) {
  const int64_t until = traffic.now_us() + kMinute;
  while (next_us_ < until && !done_ && hops_ < kMaxHops) Step(traffic);
}

bool Attack::Seen(const Traffic& traffic, Target target) const {
  const auto& seen = traffic.seen(traffic.pods()[owned_[at_]].service);
  return std::any_of(seen.begin(), seen.end(),
                     [&](const Target& t) { return t.service == target.service; });
}

// Allowed is what policy says of a pair, the same each time.
bool Attack::Allowed(const Traffic& traffic, Target target) const {
  if (Seen(traffic, target)) return true;
  Random fixed(traffic.pods()[owned_[at_]].service * 1'000 + target.service);
  return fixed.Chance(kAllowedByChance);
}

std::optional<Target> Attack::Anything(const Traffic& traffic) {
  const auto& services = traffic.services();
  const size_t own = traffic.pods()[owned_[at_]].service;
  const size_t s = random_.Below(services.size());
  // Bait is for those who look for it; the honey class measures it.
  if (s == own || services[s].routes.empty() || services[s].pods.empty()) return std::nullopt;
  if (services[s].name == "vault-backup") return std::nullopt;
  return Target{s, random_.Below(services[s].routes.size())};
}

std::vector<Target> Attack::SeenChoices(const Traffic& traffic) const {
  const size_t pod = owned_[at_];
  std::vector<Target> choices;
  for (const Target& target : traffic.seen(traffic.pods()[pod].service)) {
    if (traffic.services()[target.service].pods.empty()) continue;
    const bool active = next_us_ - traffic.LastCall(pod, target.service) < kActiveUs;
    if (!kind_.active_only || active) choices.push_back(target);
  }
  return choices;
}

std::vector<Target> Attack::AnyChoices(const Traffic& traffic) {
  const size_t pod = owned_[at_];
  bool active = !kind_.active_only;
  for (const Target& target : traffic.seen(traffic.pods()[pod].service)) {
    active |= next_us_ - traffic.LastCall(pod, target.service) < kActiveUs;
  }
  std::vector<Target> choices;
  for (int i = 0; active && i < 4; ++i) {
    if (const auto target = Anything(traffic)) choices.push_back(*target);
  }
  return choices;
}

std::optional<Target> Attack::Choose(const Traffic& traffic) {
  std::vector<Target> choices = kind_.seen_only ? SeenChoices(traffic) : AnyChoices(traffic);
  if (choices.empty()) return std::nullopt;
  // On the way to a store the last move goes to one; before, to something that leads on.
  if (kind_.goal == Goal::kTarget) {
    const bool last = hops_ + 1 >= kTargetHops;
    std::vector<Target> fitting;
    for (const Target& target : choices) {
      if (traffic.services()[target.service].database == last) fitting.push_back(target);
    }
    if (!fitting.empty()) choices = std::move(fitting);
  }
  return choices[random_.Below(choices.size())];
}

void Attack::Move(Traffic& traffic, Target target) {
  ++hops_;
  const bool allowed = Allowed(traffic, target);
  const bool odd = !kind_.seen_only && random_.Chance(kOddPath);
  CallOptions call;
  call.from_pod = owned_[at_];
  call.target = target;
  call.at_us = next_us_;
  if (odd && !traffic.services()[target.service].database) {
    call.path = absl::StrCat("/admin/", random_.Below(20));
    call.run_handler = false;
    call.status = random_.Chance(0.5) ? 404 : 200;
  }
  if (!allowed) {
    call.verdict = "DROPPED";
    call.reason = "NO_RULE";
  }
  absl::StrAppend(&way_, (next_us_ - kEpoch) / kSecond, "s ",
                  traffic.services()[traffic.pods()[call.from_pod].service].name, ">",
                  traffic.services()[target.service].name, allowed ? "" : "(denied)", "; ");
  size_t fallen = call.from_pod;
  const int64_t calls = random_.Between(1, 3);
  for (int64_t i = 0; i < calls; ++i) {
    call.flow_id = NewFlow(traffic);
    const bool tunnel = i + 1 == calls && random_.Chance(kTunnel);
    call.hold_us = tunnel ? static_cast<int64_t>(random_.Exponential(10.0 * kMinute)) : 0;
    const auto answer = traffic.Call(call);
    fallen = answer.pod;
    call.to_pod = fallen;
    if (!tunnel) call.at_us = answer.end_us;
    call.at_us += static_cast<int64_t>(random_.Exponential(3.0 * kSecond));
  }
  next_us_ = call.at_us;
  ++from_here_;
  if (!allowed || traffic.services()[target.service].database) return;
  owned_.push_back(fallen);
}

void Attack::Scan(Traffic& traffic) {
  hops_ = 1;
  const auto target = Anything(traffic);
  if (!target.has_value()) return;
  CallOptions call{.at_us = next_us_, .from_pod = owned_[0], .target = *target};
  call.flow_id = NewFlow(traffic);
  call.run_handler = false;
  if (!Allowed(traffic, *target) || random_.Chance(0.5)) {
    call.verdict = random_.Chance(0.7) ? "DROPPED" : "ERROR";
    call.reason = call.verdict == "DROPPED" ? "NO_RULE" : "UPSTREAM_FAILURE";
  }
  traffic.Call(call);
  next_us_ += static_cast<int64_t>(random_.Exponential(4.0 * kSecond));
  if (flows_.size() > 80) done_ = true;
}

void Attack::Probe(Traffic& traffic) {
  hops_ = 1;
  const auto target = Anything(traffic);
  if (!target.has_value()) return;
  CallOptions call{.at_us = next_us_, .from_pod = owned_[0], .target = *target};
  call.flow_id = NewFlow(traffic);
  call.run_handler = false;
  call.path = absl::StrCat("/internal/", random_.Below(30));
  call.verdict = "DROPPED";
  call.reason = random_.Chance(0.5) ? "NO_RULE" : "EXPLICIT_DENY";
  traffic.Call(call);
  next_us_ += static_cast<int64_t>(random_.Exponential(1.5 * kMinute));
  if (flows_.size() > 16) done_ = true;
}

void Attack::UseStolenSvid(Traffic& traffic) {
  hops_ = 1;
  const auto target = Choose(traffic);
  if (target.has_value()) {
    CallOptions call{.at_us = next_us_, .from_pod = owned_[0], .target = *target};
    call.flow_id = NewFlow(traffic);
    call.source_ip = "10.200.7.7";
    traffic.Call(call);
  }
  next_us_ += static_cast<int64_t>(random_.Exponential(2.0 * kMinute));
}

void Attack::Outside(Traffic& traffic) {
  hops_ = 1;
  if (kind_.goal == Goal::kBeacon) {
    traffic.Outside(owned_[0], next_us_, outside_, static_cast<uint64_t>(random_.Between(180, 260)),
                    120, NewFlow(traffic));
    next_us_ += kMinute + random_.Between(-5 * kSecond, 5 * kSecond);
    return;
  }
  traffic.Outside(owned_[0], next_us_, outside_,
                  static_cast<uint64_t>(random_.LogNormal(900'000, 0.4)), 400, NewFlow(traffic));
  next_us_ += static_cast<int64_t>(random_.Exponential(6.0 * kMinute));
}

void Attack::Step(Traffic& traffic) {
  switch (kind_.goal) {
    case Goal::kScan:
      return Scan(traffic);
    case Goal::kProbe:
      return Probe(traffic);
    case Goal::kStolenSvid:
      return UseStolenSvid(traffic);
    case Goal::kBeacon:
    case Goal::kExfiltrate:
      return Outside(traffic);
    case Goal::kHoney: {
      hops_ = 1;
      const size_t bait = traffic.services().size();
      for (size_t s = 0; s < bait; ++s) {
        if (traffic.services()[s].name != "vault-backup") continue;
        CallOptions call{.at_us = next_us_, .from_pod = owned_[0], .target = {s, 0}};
        call.flow_id = NewFlow(traffic);
        traffic.Call(call);
      }
      done_ = true;
      return;
    }
    case Goal::kExplore:
    case Goal::kSpread:
    case Goal::kTarget:
      break;
  }
  const bool spread = kind_.goal == Goal::kSpread;
  const auto target = Choose(traffic);
  if (!target.has_value() || from_here_ >= (spread ? 5 : 3)) {
    // Nothing to do here: elsewhere, if there is an elsewhere, or later.
    next_us_ += 10 * kSecond;
    if (++waited_ > 6 || target.has_value()) {
      at_ = random_.Below(owned_.size());
      waited_ = from_here_ = 0;
    }
    return;
  }
  const size_t owned = owned_.size();
  Move(traffic, *target);
  const double pause = spread ? 8.0 * kSecond : 2.0 * kMinute;
  next_us_ += 2 * kSecond + static_cast<int64_t>(random_.Exponential(pause));
  if (!spread && owned_.size() > owned) {
    at_ = owned_.size() - 1;
    from_here_ = 0;
  }
  const bool there = kind_.goal == Goal::kTarget && traffic.services()[target->service].database;
  if (there && hops_ >= kTargetHops - 1) done_ = true;
}

}  // namespace firebreak::bench
