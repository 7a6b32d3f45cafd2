#include "detect/response.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "base/principal_syntax.h"
#include "config/source_map.h"
#include "config/yaml_reader.h"
#include "detect/response.pb.h"

namespace firebreak::detect {
namespace {

constexpr int kMaxTtlMinutes = 24 * 60;
constexpr int kMaxAllowed = 16;  // as an entry of the list
constexpr absl::Duration kBudgetWindow = absl::Hours(1);
// What an identity's own calls must have given: one hour in a hundred shows as much.
constexpr double kActsDecades = 2;

std::optional<Severity> SeverityOf(v1::Response::Severity severity) {
  switch (severity) {
    case v1::Response::MEDIUM:
      return Severity::kMedium;
    case v1::Response::HIGH:
      return Severity::kHigh;
    case v1::Response::CRITICAL:
      return Severity::kCritical;
    default:  // protobuf's enums are open
      return std::nullopt;
  }
}

QuarantineMode ModeOf(v1::Response::Mode mode) {
  switch (mode) {
    case v1::Response::OBSERVE:
      return QuarantineMode::kObserve;
    case v1::Response::READONLY:
      return QuarantineMode::kReadonly;
    case v1::Response::ISOLATE:
      return QuarantineMode::kIsolate;
    default:  // protobuf's enums are open
      return QuarantineMode::kNone;
  }
}

// Suspects are those whose own calls gave enough evidence, in the order in which they began.
std::vector<std::string> SuspectsOf(const Incident& incident, const Names& names) {
  std::vector<NameId> order;
  std::map<NameId, double> decades;
  for (const Step& step : incident.steps) {
    const auto [found, added] = decades.try_emplace(step.call.source, 0);
    if (added) order.push_back(step.call.source);
    found->second += step.own;
  }
  std::vector<std::string> suspects;
  for (const NameId id : order) {
    const absl::string_view name = names.Text(id);
    // Only a principal can be cut off: addresses and workloads without an SVID have none.
    if (decades[id] >= kActsDecades && WrongWithPrincipal(name).empty()) {
      suspects.emplace_back(name);
    }
  }
  return suspects;
}

// Checks reports what is wrong with one field after the other.
class Checks {
 public:
  Checks(const config::SourceMap& map, config::Diagnostics* diagnostics)
      : map_(map), diagnostics_(diagnostics) {}

  void Require(bool good, absl::string_view field, absl::string_view what) const {
    if (good) return;
    map_.Report(field, config::ErrorCode::kInvalidValue, absl::StrCat(field, ": ", what), "",
                diagnostics_);
  }

 private:
  const config::SourceMap& map_;
  config::Diagnostics* diagnostics_;
};

std::string Beside(absl::string_view file, const std::string& path) {
  const size_t slash = file.rfind('/');
  if (path.empty() || path[0] == '/' || slash == absl::string_view::npos) return path;
  return absl::StrCat(file.substr(0, slash + 1), path);
}

}  // namespace

std::optional<ResponsePolicy> ResponsePolicy::Parse(absl::string_view file, absl::string_view text,
                                                    config::Diagnostics* diagnostics) {
  v1::Response written;
  config::SourceMap map;
  if (!config::ReadYaml(file, text, &written, &map, diagnostics)) return std::nullopt;
  const Checks checks(map, diagnostics);
  const double probability = written.minimum_probability();
  const auto severity = SeverityOf(written.minimum_severity());
  const auto percent = [](int value) { return value >= 1 && value <= 100; };
  checks.Require(probability >= 0.5 && probability <= 1, "minimum_probability", "0.5 to 1");
  checks.Require(severity.has_value(), "minimum_severity", "MEDIUM, HIGH or CRITICAL");
  checks.Require(ModeOf(written.mode()) != QuarantineMode::kNone, "mode",
                 "OBSERVE, READONLY or ISOLATE");
  checks.Require(written.ttl_minutes() >= 1 && written.ttl_minutes() <= kMaxTtlMinutes,
                 "ttl_minutes", "1 to 1440");
  checks.Require(percent(written.identities_an_hour()), "identities_an_hour", "1 to 100");
  checks.Require(percent(written.fleet_percent_an_hour()), "fleet_percent_an_hour", "1 to 100");
  checks.Require(!written.list().empty(), "list", "the path of the signed list");
  checks.Require(!written.key().empty(), "key", "the path of the key that signs it");
  checks.Require(written.allow_size() <= kMaxAllowed, "allow", "16 principals at most");
  for (const std::string& allowed : written.allow()) {
    checks.Require(WrongWithPrincipal(allowed).empty(), "allow", WrongWithPrincipal(allowed));
  }
  if (!diagnostics->ok()) return std::nullopt;
  return ResponsePolicy{
      .minimum_probability = probability,
      .minimum_severity = *severity,
      .mode = ModeOf(written.mode()),
      .ttl = absl::Minutes(written.ttl_minutes()),
      .identities_an_hour = static_cast<size_t>(written.identities_an_hour()),
      .fleet_percent_an_hour = static_cast<size_t>(written.fleet_percent_an_hour()),
      .allow = {written.allow().begin(), written.allow().end()},
      .list = Beside(file, written.list()),
      .key = Beside(file, written.key())};
}

size_t Responder::Limit(size_t fleet) const {
  return std::min(policy_.identities_an_hour, fleet * policy_.fleet_percent_an_hour / 100);
}

bool Responder::MayAct(size_t fleet, absl::Time now) {
  while (!acted_.empty() && acted_.front() <= now - kBudgetWindow) acted_.pop_front();
  return acted_.size() < Limit(fleet);
}

void Responder::Charge(const std::string& identity, absl::Time at) {
  acted_.insert(std::upper_bound(acted_.begin(), acted_.end(), at), at);
  held_[identity] = at + policy_.ttl;
}

std::vector<Responder::Decision> Responder::Decide(const Incident& incident, Labels& labels,
                                                   const Names& names, size_t fleet,
                                                   absl::Time now) {
  std::vector<Decision> decisions;
  if (incident.probability < policy_.minimum_probability ||
      incident.severity < policy_.minimum_severity) {
    return decisions;
  }
  if (told_.size() >= kMaxTold) told_.clear();
  for (const std::string& identity : SuspectsOf(incident, names)) {
    const auto held = held_.find(identity);
    if (held != held_.end() && now < held->second) continue;
    Decision decision{.identity = identity};
    if (labels.IsProtected(identity)) {
      decision.choice = Choice::kProtected;
    } else if (Limit(fleet) == 0) {
      decision.choice = Choice::kFleetTooSmall;
    } else if (!MayAct(fleet, now)) {
      decision.choice = Choice::kOverBudget;
    }
    if (decision.choice == Choice::kQuarantine) {
      Charge(identity, now);
    } else if (!told_.emplace(incident.uid, identity).second) {
      continue;
    }
    decisions.push_back(std::move(decision));
  }
  return decisions;
}

}  // namespace firebreak::detect
