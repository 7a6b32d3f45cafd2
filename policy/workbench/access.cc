#include "policy/workbench/access.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/status.h"
#include "config/policy.pb.h"
#include "policy/workbench/both_sides.h"
#include "policy/workbench/flow_yaml.h"
#include "policy/workbench/question_space.h"

namespace firebreak::policy {
namespace {

using config::v1::PolicyRule;

std::string Listing(const google::protobuf::Message& block) {
  return absl::StrJoin(BlockYaml(block), ", ");
}

std::string WhoOf(const PolicyRule& rule, int from) {
  return from < 0 ? "anybody" : Listing(rule.from(from).source());
}

std::string WhatOf(const PolicyRule& rule, int to) {
  std::vector<std::string> parts;
  if (to >= 0) {
    if (rule.to(to).has_destination()) parts.push_back(Listing(rule.to(to).destination()));
    if (rule.to(to).has_operation()) parts.push_back(Listing(rule.to(to).operation()));
  }
  for (const auto& condition : rule.when()) {
    const bool negated = condition.values().empty();
    parts.push_back(absl::StrCat(
        "when ", condition.key(), negated ? " not in [" : " in [",
        absl::StrJoin(negated ? condition.notvalues() : condition.values(), ", "), "]"));
  }
  return parts.empty() ? "anything" : absl::StrJoin(parts, ", ");
}

std::string NameOf(const RuleRef& ref) {
  return absl::StrCat(ref.policy_namespace, "/", ref.policy, " ", ref.rule);
}

// RuleKey finds a compiled rule in its document. Names are unique.
std::string RuleKey(const std::string& name_space, const std::string& policy,
                    const std::string& rule) {
  return absl::StrCat(name_space, "/", policy, "/", rule);
}

// KnownOf fills in what an access says of what the sidecars of both ends see.
KnownQuestion KnownOf(Direction direction, const Access& access) {
  KnownQuestion known = KnownQuestion::Open(direction, access.at);
  known.places.insert(kTime);
  if (access.caller.has_value()) {
    known.question.source.id = access.caller->id;
    known.places.insert(kSource);
  }
  if (access.to->principal.has_value()) {
    known.question.destination.id = access.to->principal;
    known.places.insert(kDestination);
  }
  if (!access.request.has_value()) return known;
  const OpenRequest& open = *access.request;
  http::Request& request = *known.question.request;
  request.scheme = open.request.scheme;
  const auto put = [&known](bool said, QuestionPlace place, const std::string& value,
                            std::string* out) {
    if (!said) return;
    *out = value;
    known.places.insert(place);
  };
  put(open.method, kMethod, open.request.method, &request.method);
  put(open.path, kPath, open.request.path, &request.path);
  put(open.host, kHost, open.request.authority, &request.authority);
  request.headers = open.request.headers;
  known.headers = open.headers;
  return known;
}

// Narrow keeps of a place what holds does for, where there is anything to tell apart.
void Narrow(const QuestionSpace& space, size_t place, const Dimension::Holds& holds, Box* box) {
  const Dimension& dimension = space.dimensions()[place];
  if (dimension.size() > 1) (*box)[place] = (*box)[place] & dimension.Where(holds);
}

// NarrowToReal leaves out what no connection has: one without addresses, or with rules used before.
void NarrowToReal(const QuestionSpace& space, Box* box) {
  const auto known_ip = [](EndMember end) {
    return [end](const PolicyQuestion& question) { return !(question.*end).ip.is_unspecified(); };
  };
  Narrow(space, kSourceAddress, known_ip(&PolicyQuestion::source), box);
  Narrow(space, kDestinationAddress, known_ip(&PolicyQuestion::destination), box);
  for (size_t place = space.first_of_uses(); place < box->size(); ++place) {
    Bits unused(space.dimensions()[place].size());
    unused.Set(0);
    (*box)[place] = unused;
  }
}

// NarrowToAsked keeps the protocols that access asks about.
void NarrowToAsked(const QuestionSpace& space, const Access& access, Box* box) {
  const std::string protocol = access.request.has_value() ? access.request->protocol : "";
  Narrow(
      space, kProtocol,
      [&](const PolicyQuestion& question) {
        if (!question.request.has_value()) return !access.requests && !access.request.has_value();
        if (access.bytes) return false;
        const Protocols have = HttpFacts::Of(*question.request).protocols;
        if (protocol == "HTTP1") return (have & kHttp1) != 0;
        if (protocol == "HTTP2") return (have & kHttp2) != 0;
        if (protocol == "GRPC") return (have & kGrpc) != 0;
        if (protocol == "WEBSOCKET") return (have & kWebsocket) != 0;
        return true;
      },
      box);
}

Bits WherePort(const QuestionSpace& space, uint16_t port) {
  return space.dimensions()[kPort].Where(
      [port](const PolicyQuestion& question) { return question.port == port; });
}

bool SpeaksOfPorts(const PolicySet& outbound) {
  const RuleIndexes& rules = outbound.rules(Direction::kOutbound);
  for (const RuleIndex* index : {&rules.deny, &rules.allow}) {
    for (const Clause& clause : index->clauses()) {
      if (clause.target == nullptr) continue;
      if (!clause.target->ports.empty() || !clause.target->destination_ports.empty()) return true;
    }
  }
  return false;
}

}  // namespace

// Side is what the sidecar of one workload has loaded, and where its rules are written.
struct AccessFinder::Side {
  struct Written {
    const PolicyDocument* document;
    int rule;
  };

  const Written& Find(const RuleRef& ref) const {
    return rules.at(RuleKey(ref.policy_namespace, ref.policy, ref.rule));
  }

  Workload workload;
  std::shared_ptr<const PolicySet> policy;
  std::map<std::string, Written> rules;  // by RuleKey
  bool has_outbound = false;             // enforced ones
};

// Search answers one access.
class AccessFinder::Search {
 public:
  // outbound null: it is not asked.
  Search(const Access& access, const Inventory& inventory, const Side& inbound,
         const Side* outbound)
      : access_(access), inventory_(inventory), inbound_(inbound), outbound_(outbound) {}

  // Run fills *answer. An error says why there is none.
  absl::Status Run(AccessAnswer* answer);

 private:
  struct Refusal {
    std::string rule;  // a DENY rule; "": it cannot be sent, or not to that port
    Box box;
  };

  absl::Status Build();
  KnownQuestion Known(Direction direction) const;
  void Ask();
  void AddRefusals(const QuestionSpace& space, const PolicySet& set, Direction direction);
  void Refuse(std::string rule, const Box& both);
  void RefuseOtherPorts();
  void LeaveOutOthers();
  absl::Status TryClause(const Clause& clause, AccessAnswer* answer) const;
  absl::Status TryEntry(const Clause& clause, const PeerMatch* from, Grant grant,
                        AccessAnswer* answer) const;
  absl::StatusOr<bool> TryBox(const Box& both, Grant* grant) const;

  const Access& access_;
  const Inventory& inventory_;
  const Side& inbound_;
  const Side* outbound_;
  std::optional<BothSides> sides_;
  Box asked_;
  Boxes outbound_allow_;  // one whole box where it is not asked
  std::vector<Refusal> refusals_;
  Boxes refused_;  // those of refusals_
  bool destination_open_ = false;
};

KnownQuestion AccessFinder::Search::Known(Direction direction) const {
  KnownQuestion known = KnownOf(direction, access_);
  for (const InventoryPort& port : access_.to->ports) {
    known.ports.insert({port.app, port.sidecar});
  }
  if (direction == Direction::kOutbound) return known;
  if (access_.port.has_value()) {
    known.question.port = *access_.port;
    known.places.insert(kPort);
  }
  // Whom we know by identity may come from anywhere.
  if (access_.caller.has_value() && !access_.caller->ip.is_unspecified()) {
    known.question.source.ip = access_.caller->ip;
    known.places.insert(kSourceAddress);
  }
  return known;
}

absl::Status AccessFinder::Search::Build() {
  std::vector<SidedSet> sets = {{Direction::kInbound, inbound_.policy.get()}};
  if (outbound_ != nullptr) sets.push_back({Direction::kOutbound, outbound_->policy.get()});
  FB_ASSIGN_OR_RETURN(QuestionSpace inbound, QuestionSpace::Of(Known(Direction::kInbound), sets));
  std::optional<QuestionSpace> outbound;
  if (outbound_ != nullptr) {
    FB_ASSIGN_OR_RETURN(outbound, QuestionSpace::Of(Known(Direction::kOutbound), sets));
  }
  sides_.emplace(std::move(inbound), std::move(outbound));
  return absl::OkStatus();
}

void AccessFinder::Search::Refuse(std::string rule, const Box& both) {
  if (!Meet(both, asked_)) return;
  refusals_.push_back({std::move(rule), both});
  refused_.push_back(both);
}

void AccessFinder::Search::AddRefusals(const QuestionSpace& space, const PolicySet& set,
                                       Direction direction) {
  for (const Clause& clause : set.rules(direction).deny.clauses()) {
    for (const Box& box : space.BoxesOf(clause)) {
      Refuse(NameOf(*clause.rule->ref),
             direction == Direction::kInbound ? sides_->OfInbound(box) : sides_->OfOutbound(box));
    }
  }
}

// Ask fills in what is asked, and what of it is refused.
void AccessFinder::Search::Ask() {
  const QuestionSpace& inbound = sides_->inbound();
  asked_ = inbound.Everything();
  NarrowToReal(inbound, &asked_);
  NarrowToAsked(inbound, access_, &asked_);
  asked_ = sides_->OfInbound(std::move(asked_));
  for (const Box& box : inbound.Impossible()) Refuse("", sides_->OfInbound(box));
  AddRefusals(inbound, *inbound_.policy, Direction::kInbound);
  if (outbound_ == nullptr) {
    outbound_allow_ = {sides_->Everything()};
    return;
  }
  const QuestionSpace& outbound = *sides_->outbound();
  Box real = outbound.Everything();
  NarrowToReal(outbound, &real);
  asked_ = Intersect(asked_, sides_->OfOutbound(real));
  LeaveOutOthers();
  RefuseOtherPorts();
  AddRefusals(outbound, *outbound_->policy, Direction::kOutbound);
  for (const Clause& clause : outbound_->policy->rules(Direction::kOutbound).allow.clauses()) {
    for (const Box& box : outbound.BoxesOf(clause)) {
      outbound_allow_.push_back(sides_->OfOutbound(box));
    }
  }
}

// An inventory that somebody wrote says who is who: a workload of which it does not know the
// identity has none of those that it does know.
void AccessFinder::Search::LeaveOutOthers() {
  const Dimension& destination = sides_->inbound().dimensions()[kDestination];
  destination_open_ = !access_.to->principal.has_value() && destination.size() > 1;
  if (!destination_open_ || access_.to->inferred) return;
  for (const InventoryWorkload& other : inventory_.workloads()) {
    if (!other.principal.has_value() || other.inferred) continue;
    if (!destination.Names(std::string(other.principal->principal()))) continue;
    asked_[kDestination] =
        asked_[kDestination] - destination.Where([&other](const PolicyQuestion& question) {
          return question.destination.id == other.principal;
        });
  }
}

// Who connects to the app's port in the end has connected to the sidecar's first.
void AccessFinder::Search::RefuseOtherPorts() {
  const size_t outbound_port = sides_->inbound().dimensions().size() + kPort;
  for (const InventoryPort& port : access_.to->ports) {
    const Bits app = WherePort(sides_->inbound(), port.app);
    const Bits sidecar = WherePort(*sides_->outbound(), port.sidecar);
    Bits other_apps = ~app;
    for (const InventoryPort& other : access_.to->ports) {
      if (other.sidecar != port.sidecar) continue;
      other_apps = other_apps - WherePort(sides_->inbound(), other.app);
    }
    Box box = sides_->Everything();
    box[kPort] = app;
    box[outbound_port] = ~sidecar;
    Refuse("", box);
    box[kPort] = other_apps;
    box[outbound_port] = sidecar;
    Refuse("", box);
  }
}

absl::Status AccessFinder::Search::Run(AccessAnswer* answer) {
  FB_RETURN_IF_ERROR(Build());
  Ask();
  if (outbound_ != nullptr) {
    const auto& ports = access_.to->ports;
    const bool told =
        access_.port.has_value()
            ? std::any_of(ports.begin(), ports.end(),
                          [this](const InventoryPort& port) { return port.app == *access_.port; })
            : !ports.empty();
    answer->outbound_port_open = !told && SpeaksOfPorts(*outbound_->policy);
    answer->destination_open = destination_open_;
  }
  if (IsEmpty(asked_)) return absl::OkStatus();
  absl::Status first;
  for (const Clause& clause : inbound_.policy->rules(Direction::kInbound).allow.clauses()) {
    first.Update(TryClause(clause, answer));
  }
  return first;
}

absl::Status AccessFinder::Search::TryClause(const Clause& clause, AccessAnswer* answer) const {
  const Side::Written& written = inbound_.Find(*clause.rule->ref);
  const PolicyRule& rule = written.document->message().spec().rules(written.rule);
  Grant grant;
  grant.document = written.document;
  grant.rule = written.rule;
  if (clause.target != nullptr) {
    grant.to = static_cast<int>(clause.target - clause.rule->to.data());
  }
  grant.what = WhatOf(rule, grant.to);
  grant.who = WhoOf(rule, grant.from);
  if (clause.rule->from.empty()) return TryEntry(clause, nullptr, std::move(grant), answer);
  absl::Status first;
  for (const PeerMatch& from : clause.rule->from) {
    grant.from = static_cast<int>(&from - clause.rule->from.data());
    grant.who = WhoOf(rule, grant.from);
    first.Update(TryEntry(clause, &from, grant, answer));
  }
  return first;
}

// TryEntry adds the grant when the entry lets something through.
absl::Status AccessFinder::Search::TryEntry(const Clause& clause, const PeerMatch* from,
                                            Grant grant, AccessAnswer* answer) const {
  std::set<std::string> except;
  bool allowed = false;
  absl::Status first;
  for (const Box& box : sides_->inbound().BoxesOf(clause, from)) {
    const Box both = Intersect(sides_->OfInbound(box), asked_);
    if (IsEmpty(both)) continue;
    for (const Refusal& refusal : refusals_) {
      if (!refusal.rule.empty() && Meet(both, refusal.box)) except.insert(refusal.rule);
    }
    if (allowed) continue;
    const absl::StatusOr<bool> tried = TryBox(both, &grant);
    first.Update(tried.status());
    allowed = tried.ok() && *tried;
  }
  if (!allowed) return first;
  grant.except.assign(except.begin(), except.end());
  answer->grants.push_back(std::move(grant));
  return absl::OkStatus();
}

absl::StatusOr<bool> AccessFinder::Search::TryBox(const Box& both, Grant* grant) const {
  for (const Box& allow : outbound_allow_) {
    FB_ASSIGN_OR_RETURN(const std::optional<Box> found,
                        FindOutside(Intersect(both, allow), refused_));
    if (!found.has_value()) continue;
    grant->example = sides_->Inbound(*found, access_.to->workload);
    const bool confirmed =
        policy::Ask(inbound_.policy, grant->example).allowed &&
        (outbound_ == nullptr ||
         policy::Ask(outbound_->policy, sides_->Outbound(*found, access_.from->workload)).allowed);
    if (confirmed) return true;
    return absl::InternalError(
        absl::StrCat("the engine contradicts the search about ", Describe(grant->example)));
  }
  return false;
}

AccessFinder::AccessFinder(const PolicyBook& book, const Inventory& inventory)
    : book_(book), inventory_(inventory) {}
AccessFinder::~AccessFinder() = default;

const AccessFinder::Side& AccessFinder::SideOf(const Workload& workload) {
  for (const auto& side : sides_) {
    const Workload& known = side->workload;
    if (known.workload_namespace == workload.workload_namespace &&
        known.labels == workload.labels) {
      return *side;
    }
  }
  auto side = std::make_unique<Side>();
  side->workload = workload;
  side->policy = book_.For(workload);
  for (const PolicyDocument& document : book_.documents()) {
    if (document.audit() || !PolicyBook::Applies(document, workload)) continue;
    side->has_outbound = side->has_outbound || document.outbound();
    const config::v1::AuthorizationPolicy& message = document.message();
    const bool named = message.metadata().has_namespace_();
    for (int i = 0; i < message.spec().rules_size(); ++i) {
      side->rules[RuleKey(named ? message.metadata().namespace_() : workload.workload_namespace,
                          message.metadata().name(), document.rule_name(i))] = {&document, i};
    }
  }
  sides_.push_back(std::move(side));
  return *sides_.back();
}

AccessAnswer AccessFinder::Find(const Access& access) {
  const Side& inbound = SideOf(access.to->workload);
  const Side* outbound = access.from != nullptr ? &SideOf(access.from->workload) : nullptr;
  if (outbound != nullptr && !outbound->has_outbound) outbound = nullptr;
  AccessAnswer answer;
  answer.outbound_asked = outbound != nullptr;
  const absl::Status status = Search(access, inventory_, inbound, outbound).Run(&answer);
  if (!status.ok()) answer.unknown.emplace_back(status.message());
  return answer;
}

}  // namespace firebreak::policy
