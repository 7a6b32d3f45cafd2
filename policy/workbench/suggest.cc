#include "policy/workbench/suggest.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/escape.h"
#include "base/principal_syntax.h"
#include "base/status.h"
#include "config/diagnostics.h"
#include "policy/loader.h"
#include "policy/path_pattern.h"
#include "policy/pattern.h"
#include "policy/workbench/suggested_rules.h"
#include "policy/workbench/yaml_text.h"

namespace firebreak::policy {
namespace {

constexpr absl::string_view kSource = "suggested.yaml";

// Target is one policy to be.
struct Target {
  std::string workload_namespace;
  std::string workload;
  Direction direction;

  friend bool operator<(const Target& a, const Target& b) {
    return std::tie(a.workload_namespace, a.workload, a.direction) <
           std::tie(b.workload_namespace, b.workload, b.direction);
  }
};

Target TargetOf(const Traffic& traffic) {
  return {traffic.workload_namespace, traffic.workload, traffic.direction};
}

std::string PolicyName(const Target& target) {
  return absl::StrCat(target.workload,
                      target.direction == Direction::kInbound ? "-inbound" : "-outbound");
}

// WrongWith says why no policy can protect the workload, or "".
std::string WrongWith(const Target& target) {
  for (const std::string& name : {target.workload_namespace, PolicyName(target)}) {
    const absl::string_view wrong = WrongWithName(name);
    if (!wrong.empty()) return absl::StrCat("\"", PrintableEscaped(name), "\" ", wrong);
  }
  return "";
}

class Suggesting {
 public:
  Suggesting(const TrafficLog& log, const SuggestOptions& options, absl::Time now)
      : log_(log), options_(options), now_(now) {}

  absl::StatusOr<Suggestion> Run() {
    FindHosts();
    for (const auto& [traffic, evidence] : log_.questions()) Take(traffic, evidence);
    for (const auto& [target, peers] : targets_) Write(target, peers);
    FB_RETURN_IF_ERROR(Verify());
    return std::move(suggestion_);
  }

 private:
  // Way is a peer's way to a port of a target.
  using Way = std::tuple<Target, Party, uint16_t>;

  bool IsAsked(const Traffic& traffic, const Evidence& evidence) const;
  static Way WayOf(const Traffic& traffic);
  void FindHosts();
  void Take(const Traffic& traffic, const Evidence& evidence);
  void Write(const Target& target, const Peers& peers);
  absl::Status Verify();
  absl::Status VerifyOne(Authorizer& authorizer, const Traffic& traffic, const Evidence& evidence);
  void NotDenied(const Traffic& traffic, const Evidence& evidence, const Decision& decision);

  const TrafficLog& log_;
  const SuggestOptions& options_;
  const absl::Time now_;
  std::set<Way> by_host_;
  std::map<Target, Peers> targets_;
  std::map<Target, std::string> texts_;
  std::set<const Traffic*> granted_;
  std::map<const Traffic*, std::string> inexpressible_;  // and why
  Suggestion suggestion_;
};

// IsAsked: the question is one that was answered with yes.
bool Suggesting::IsAsked(const Traffic& traffic, const Evidence& evidence) const {
  if (traffic.direction == Direction::kOutbound && !options_.outbound) return false;
  if (options_.include_denied && evidence.denied.last != absl::InfinitePast()) return true;
  return evidence.carried.count > evidence.refused.count ||
         (evidence.refused.count == 0 && evidence.carried.last != absl::InfinitePast());
}

Suggesting::Way Suggesting::WayOf(const Traffic& traffic) {
  Party peer;
  PeerOf(traffic, &peer);  // of one that no rule can name, there is nothing to tell apart
  return {TargetOf(traffic), std::move(peer), traffic.port};
}

// FindHosts finds the ways on which one host was denied and another one was not.
void Suggesting::FindHosts() {
  std::map<Way, std::set<std::string>> yes;
  std::map<Way, std::set<std::string>> no;
  for (const auto& [traffic, evidence] : log_.questions()) {
    if (traffic.carries != Carries::kRequest) continue;
    const bool asked = IsAsked(traffic, evidence);
    if (asked) yes[WayOf(traffic)].insert(traffic.request.authority);
    if (!asked && evidence.denied.last != absl::InfinitePast()) {
      no[WayOf(traffic)].insert(traffic.request.authority);
    }
  }
  for (const auto& [way, hosts] : no) {
    const auto found = yes.find(way);
    if (found == yes.end()) continue;
    if (!std::includes(found->second.begin(), found->second.end(), hosts.begin(), hosts.end())) {
      by_host_.insert(way);
    }
  }
}

void Suggesting::Take(const Traffic& traffic, const Evidence& evidence) {
  if (!IsAsked(traffic, evidence)) {
    if (options_.outbound) suggestion_.refused += evidence.refused.count;
    return;
  }
  Sightings seen = evidence.carried;
  if (options_.include_denied) seen.Merge(evidence.denied);
  if (traffic.carries == Carries::kRequests) {
    suggestion_.silent += seen.count;
    return;
  }
  const Target target = TargetOf(traffic);
  std::string why = WrongWith(target);
  if (why.empty())
    why = AddTraffic(traffic, seen, by_host_.count(WayOf(traffic)) > 0, &targets_[target]);
  if (why.empty()) {
    granted_.insert(&traffic);
  } else {
    inexpressible_[&traffic] = absl::StrCat(Describe(traffic), ": ", PrintableEscaped(why));
  }
}

void Suggesting::Write(const Target& target, const Peers& peers) {
  if (peers.empty()) return;
  Sightings seen;
  for (const auto& [peer, ports] : peers) seen.Merge(TotalOf(ports));
  const bool inbound = target.direction == Direction::kInbound;
  std::string text = absl::StrCat(
      YamlComment(0, absl::StrCat(inbound ? "Who may call " : "Whom may be called by ",
                                  target.workload_namespace, "/", target.workload, ": made from ",
                                  SeenText(seen))),
      "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {name: ",
      YamlScalar(PolicyName(target)), ", namespace: ", YamlScalar(target.workload_namespace),
      "}\nspec:\n  selector: {matchLabels: {", YamlScalar(options_.label), ": ",
      YamlScalar(target.workload), "}}\n", inbound ? "" : "  direction: OUTBOUND\n",
      "  action: ALLOW\n  rules:\n");
  RuleWriter writer(target.direction, options_.grouping);
  for (const auto& [peer, ports] : peers) writer.Write(peer, ports, &text);
  ++suggestion_.policies;
  suggestion_.rules += peers.size();
  if (!suggestion_.yaml.empty()) absl::StrAppend(&suggestion_.yaml, "---\n");
  absl::StrAppend(&suggestion_.yaml, text);
  absl::StrAppend(&texts_[Target{target.workload_namespace, target.workload, Direction::kInbound}],
                  "---\n", text);
}

absl::StatusOr<std::shared_ptr<const PolicySet>> LoadFor(const std::string& text,
                                                         const Workload& workload) {
  config::Diagnostics diagnostics;
  auto policy = LoadPolicyText(kSource, text, workload, &diagnostics);
  if (policy != nullptr) return policy;
  return absl::InternalError(
      absl::StrCat("what was suggested does not load:\n", diagnostics.Format(/*color=*/false)));
}

// Verify asks the engine every question again, of the very text that will be printed.
absl::Status Suggesting::Verify() {
  if (!suggestion_.yaml.empty()) FB_RETURN_IF_ERROR(LoadFor(suggestion_.yaml, {}).status());
  std::map<Target, std::unique_ptr<Authorizer>> authorizers;
  for (const auto& [target, text] : texts_) {
    const Workload workload{target.workload_namespace, {{options_.label, target.workload}}};
    FB_ASSIGN_OR_RETURN(auto policy, LoadFor(text, workload));
    authorizers[target] = std::make_unique<Authorizer>(std::move(policy), /*id_seed=*/1);
  }
  for (const auto& [traffic, evidence] : log_.questions()) {
    if (traffic.direction == Direction::kOutbound && !options_.outbound) continue;
    const auto found =
        authorizers.find(Target{traffic.workload_namespace, traffic.workload, Direction::kInbound});
    if (found == authorizers.end()) continue;
    FB_RETURN_IF_ERROR(VerifyOne(*found->second, traffic, evidence));
  }
  for (const auto& [traffic, evidence] : log_.questions()) {
    const auto left = inexpressible_.find(&traffic);
    if (left != inexpressible_.end()) suggestion_.not_allowed.push_back(left->second);
  }
  return absl::OkStatus();
}

absl::Status Suggesting::VerifyOne(Authorizer& authorizer, const Traffic& traffic,
                                   const Evidence& evidence) {
  const bool granted = granted_.count(&traffic) > 0;
  const bool was_denied = evidence.denied.last != absl::InfinitePast();
  if (!granted && !was_denied && inexpressible_.count(&traffic) == 0) return absl::OkStatus();
  const absl::StatusOr<Decision> decision = Decide(authorizer, traffic, now_);
  if (!decision.ok()) return absl::OkStatus();  // not_allowed tells of it, or it stays denied
  if (granted && !decision->allowed) {
    return absl::InternalError(absl::StrCat("the suggestion does not allow ", Describe(traffic),
                                            ", which it was made from"));
  }
  if (granted) ++suggestion_.questions;
  if (decision->allowed) inexpressible_.erase(&traffic);  // a pattern made for others covers it
  if (was_denied && decision->allowed && !options_.include_denied) {
    NotDenied(traffic, evidence, *decision);
  }
  return absl::OkStatus();
}

void Suggesting::NotDenied(const Traffic& traffic, const Evidence& evidence,
                           const Decision& decision) {
  std::string note = absl::StrCat(Describe(traffic), ": denied ", evidence.denied.count,
                                  evidence.denied.count == 1 ? " time" : " times");
  if (evidence.carried.count > 0) {
    absl::StrAppend(&note, " and carried ", evidence.carried.count,
                    ": a header made the difference, which no record holds, or another policy");
  } else if (traffic.carries == Carries::kRequests) {
    // Whether a connection may be made is open until its requests are known.
    return;
  } else {
    absl::StrAppend(&note, "; now allowed by ", decision.rule->policy, " ", decision.rule->rule);
  }
  suggestion_.not_denied.push_back(std::move(note));
}

}  // namespace

absl::StatusOr<Suggestion> SuggestPolicies(const TrafficLog& log, const SuggestOptions& options,
                                           absl::Time now) {
  return Suggesting(log, options, now).Run();
}

}  // namespace firebreak::policy
