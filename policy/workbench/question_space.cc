#include "policy/workbench/question_space.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::policy {
namespace {

// Part is what of a PeerMatch one dimension answers.
enum class Part { kIdentity, kAddress, kRemote };

PeerMatch Only(const PeerMatch& match, Part part) {
  PeerMatch only;
  switch (part) {
    case Part::kIdentity:
      only = match;
      only.ip_blocks = {};
      only.remote_ip_blocks = {};
      break;
    case Part::kAddress:
      only.ip_blocks = match.ip_blocks;
      break;
    case Part::kRemote:
      only.remote_ip_blocks = match.remote_ip_blocks;
      break;
  }
  return only;
}

// OnlySource is a rule that asks a part of what clause asks of the source. from is one entry of the
// rule's; null: it has none.
Rule OnlySource(const Clause& clause, const PeerMatch* from, Part part) {
  Rule only;
  only.action = clause.rule->action;
  if (from != nullptr) only.from.push_back(Only(*from, part));
  for (const PeerMatch& match : clause.rule->when.sources) {
    only.when.sources.push_back(Only(match, part));
  }
  return only;
}

std::vector<const TargetMatch*> TargetsOf(const Clause& clause) {
  std::vector<const TargetMatch*> targets;
  if (clause.target != nullptr) targets.push_back(clause.target);
  for (const TargetMatch& match : clause.rule->when.targets) targets.push_back(&match);
  return targets;
}

Rule OnlyDestination(const Clause& clause, Part part) {
  Rule only;
  only.action = clause.rule->action;
  for (const TargetMatch* target : TargetsOf(clause)) {
    TargetMatch match;
    match.destination = Only(target->destination, part);
    only.when.targets.push_back(std::move(match));
  }
  return only;
}

Rule OnlyPorts(const Clause& clause) {
  Rule only;
  only.action = clause.rule->action;
  for (const TargetMatch* target : TargetsOf(clause)) {
    TargetMatch match;
    match.ports = target->ports;
    match.destination_ports = target->destination_ports;
    only.when.targets.push_back(std::move(match));
  }
  return only;
}

bool AsksForRemote(const Rule& only) {
  for (const std::vector<PeerMatch>* matches : {&only.from, &only.when.sources}) {
    for (const PeerMatch& match : *matches) {
      if (!match.remote_ip_blocks.empty()) return true;
    }
  }
  return false;
}

}  // namespace

KnownQuestion KnownQuestion::Open(Direction direction, absl::Time from) {
  KnownQuestion known;
  known.question.direction = direction;
  known.question.at = from;
  known.question.port = 50'000;
  known.question.carries = Carries::kRequest;
  http::Request& request = known.question.request.emplace();
  request.method = "GET";
  request.scheme = "http";
  request.path = "/";
  return known;
}

absl::StatusOr<QuestionSpace> QuestionSpace::Of(const KnownQuestion& known,
                                                absl::Span<const SidedSet> sets) {
  QuestionSpace space;
  space.known_ = known;
  space.base_ = known.question;
  Vocabulary vocabulary;
  vocabulary.ports = known.ports;
  for (const SidedSet& side : sets) {
    const RuleIndexes& rules = side.set->rules(side.direction);
    for (const RuleIndex* index : {&rules.deny, &rules.allow}) {
      for (const Clause& clause : index->clauses()) {
        if (space.Concerns(clause)) vocabulary.Add(clause, side.direction);
      }
    }
  }
  FB_RETURN_IF_ERROR(space.Build(vocabulary));
  return space;
}

bool MayMatch(const Clause& clause, const KnownQuestion& known) {
  const auto holds = [&known](const Rule& only) {
    return MatchConnection({&only, nullptr}, known.question.View());
  };
  if (known.places.count(kSource) > 0) {
    const std::vector<PeerMatch>& from = clause.rule->from;
    const bool any = std::any_of(from.begin(), from.end(), [&](const PeerMatch& match) {
      return holds(OnlySource(clause, &match, Part::kIdentity));
    });
    if (!from.empty() ? !any : !holds(OnlySource(clause, nullptr, Part::kIdentity))) return false;
  }
  return known.places.count(kDestination) == 0 || holds(OnlyDestination(clause, Part::kIdentity));
}

// Concerns: most rules are about somebody else, and it is they that would make spaces large.
bool QuestionSpace::Concerns(const Clause& clause) const {
  return !known_.left_out.contains(&clause) && MayMatch(clause, known_);
}

absl::Status QuestionSpace::Build(const Vocabulary& vocabulary) {
  FB_RETURN_IF_ERROR(BuildConnections(vocabulary));
  FB_RETURN_IF_ERROR(BuildRequests(vocabulary));
  for (const auto& [key, max_uses] : vocabulary.max_uses) {
    place_of_uses_[key] = dimensions_.size();
    dimensions_.push_back(UsesDimension(key, max_uses, base_));
  }
  // What is known is not cut.
  for (const Place place : known_.places) {
    dimensions_[place] = Dimension::Whole(dimensions_[place].name(), base_);
  }
  return absl::OkStatus();
}

// In the order of QuestionPlace.
absl::Status QuestionSpace::BuildConnections(const Vocabulary& vocabulary) {
  const PeerVocabulary nothing;
  dimensions_.push_back(ProtocolDimension(base_));
  FB_ASSIGN_OR_RETURN(Dimension source,
                      IdentityDimension("from", Knows(kSource) ? nothing : vocabulary.source,
                                        &PolicyQuestion::source, base_));
  dimensions_.push_back(std::move(source));
  dimensions_.push_back(
      AddressDimension("from address", vocabulary.source.blocks, &PolicyQuestion::source, base_));
  dimensions_.push_back(RemoteDimension(vocabulary.remote_blocks, base_));
  FB_ASSIGN_OR_RETURN(
      Dimension destination,
      IdentityDimension("to", Knows(kDestination) ? nothing : vocabulary.destination,
                        &PolicyQuestion::destination, base_));
  dimensions_.push_back(std::move(destination));
  dimensions_.push_back(AddressDimension("to address", vocabulary.destination.blocks,
                                         &PolicyQuestion::destination, base_));
  dimensions_.push_back(PortDimension(vocabulary.ports, base_));
  FB_ASSIGN_OR_RETURN(Dimension server_name, ServerNameDimension(vocabulary.server_names, base_));
  dimensions_.push_back(std::move(server_name));
  FB_ASSIGN_OR_RETURN(
      Dimension time,
      TimeDimension(Knows(kTime) ? std::vector<Validity>() : vocabulary.validities, base_));
  dimensions_.push_back(std::move(time));
  return absl::OkStatus();
}

absl::Status QuestionSpace::BuildRequests(const Vocabulary& vocabulary) {
  FB_ASSIGN_OR_RETURN(Dimension method, MethodDimension(vocabulary.methods, base_));
  dimensions_.push_back(std::move(method));
  FB_ASSIGN_OR_RETURN(Dimension path,
                      PathDimension(Knows(kPath) ? Vocabulary() : vocabulary, base_));
  dimensions_.push_back(std::move(path));
  FB_ASSIGN_OR_RETURN(
      Dimension host,
      HostDimension(Knows(kHost) ? Patterns<HostPattern>() : vocabulary.hosts, base_));
  dimensions_.push_back(std::move(host));
  for (const auto& [name, header] : vocabulary.headers) {
    place_of_header_[name] = dimensions_.size();
    if (known_.headers.count(name) > 0) {
      dimensions_.push_back(Dimension::Whole(absl::StrCat("header ", name), base_));
      continue;
    }
    FB_ASSIGN_OR_RETURN(Dimension dimension, HeaderDimension(name, header, base_));
    dimensions_.push_back(std::move(dimension));
  }
  return absl::OkStatus();
}

Box QuestionSpace::Everything() const {
  Box box;
  for (size_t place = 0; place < dimensions_.size(); ++place) box.push_back(All(place));
  return box;
}

bool QuestionSpace::IsShared(size_t place) const {
  switch (place) {
    case kSourceAddress:
    case kRemote:
    case kDestinationAddress:
    case kPort:
    case kServerName:
      return false;
    default:
      return place < first_of_uses();
  }
}

Boxes QuestionSpace::Impossible() const {
  const auto requests = [this](Place place, const auto& holds) {
    return dimensions_[place].Where([&holds](const PolicyQuestion& question) {
      return question.request.has_value() && holds(*question.request);
    });
  };
  const auto is_grpc = [](const http::Request& request) { return request.grpc; };
  const auto is_websocket = [](const http::Request& request) {
    return request.upgrade == http::Upgrade::kWebsocket;
  };
  const auto but = [&](const char* method) {
    return requests(kMethod,
                    [method](const http::Request& request) { return request.method != method; });
  };
  Boxes boxes(4, Everything());
  boxes[0][kProtocol] = requests(kProtocol, is_grpc);
  boxes[0][kMethod] = but("POST");
  boxes[1][kProtocol] = requests(kProtocol, is_websocket);
  boxes[1][kMethod] = but("GET");
  boxes[2][kProtocol] = requests(kProtocol, [&](const http::Request& request) {
    return is_websocket(request) && request.version == http::Version::kHttp2;
  });
  boxes[3][kProtocol] = requests(kProtocol, [](const http::Request&) { return true; });
  boxes[3][kMethod] = but("OPTIONS");
  boxes[3][kPath] =
      requests(kPath, [](const http::Request& request) { return request.path == "*"; });
  boxes.erase(std::remove_if(boxes.begin(), boxes.end(), IsEmpty), boxes.end());
  return boxes;
}

RuleBoxes QuestionSpace::BoxesOf(const PolicySet& set) const {
  const RuleIndexes& rules = set.rules(base_.direction);
  const auto all = [this](const RuleIndex& index) {
    Boxes boxes;
    for (const Clause& clause : index.clauses()) {
      Boxes own = BoxesOf(clause);
      std::move(own.begin(), own.end(), std::back_inserter(boxes));
    }
    return boxes;
  };
  return {all(rules.allow), all(rules.deny)};
}

Boxes QuestionSpace::BoxesOf(const Clause& clause) const {
  Boxes boxes;
  if (!Concerns(clause)) return boxes;
  if (clause.rule->from.empty()) AddSource(clause, nullptr, &boxes);
  for (const PeerMatch& from : clause.rule->from) AddSource(clause, &from, &boxes);
  return boxes;
}

Boxes QuestionSpace::BoxesOf(const Clause& clause, const PeerMatch* from) const {
  Boxes boxes;
  if (Concerns(clause)) AddSource(clause, from, &boxes);
  return boxes;
}

Bits QuestionSpace::Matching(Place place, const Rule& only) const {
  const Clause clause{&only, nullptr};
  return dimensions_[place].Where([&clause](const PolicyQuestion& question) {
    return MatchConnection(clause, question.View());
  });
}

void QuestionSpace::AddSource(const Clause& clause, const PeerMatch* from, Boxes* boxes) const {
  const Rule& rule = *clause.rule;
  Box box = Everything();
  Rule source = OnlySource(clause, from, Part::kIdentity);
  Rule destination = OnlyDestination(clause, Part::kIdentity);
  (base_.direction == Direction::kInbound ? source : destination).share = rule.share;
  box[kSource] = Matching(kSource, source);
  box[kDestination] = Matching(kDestination, destination);
  box[kSourceAddress] = Matching(kSourceAddress, OnlySource(clause, from, Part::kAddress));
  box[kDestinationAddress] = Matching(kDestinationAddress, OnlyDestination(clause, Part::kAddress));
  box[kPort] = Matching(kPort, OnlyPorts(clause));
  Rule rest;
  rest.action = rule.action;
  rest.when.server_names = rule.when.server_names;
  box[kServerName] = Matching(kServerName, rest);
  rest.when.server_names.clear();
  rest.validity = rule.validity;
  box[kTime] = Matching(kTime, rest);
  if (rule.uses != nullptr) {
    const size_t place = place_of_uses_.at(UseKey(rule));
    UseCount count;
    Bits left(dimensions_[place].size());
    for (size_t atom = 0; atom < left.size(); ++atom) {
      uint64_t used = 0;
      if (absl::SimpleAtoi(dimensions_[place].value(atom), &used)) count.Restore(used);
      if (count.IsLeft(rule.max_uses)) left.Set(atom);
    }
    box[place] = std::move(left);
  }
  const Rule remote = OnlySource(clause, from, Part::kRemote);
  if (!AsksForRemote(remote)) {
    AddContents(clause, box, boxes);
    return;
  }
  // The remote address is one that somebody has named, or the caller's own.
  Bits direct(dimensions_[kRemote].size());
  direct.Set(kDirectAtom);
  box[kRemote] = Matching(kRemote, remote) - direct;
  AddContents(clause, box, boxes);
  box[kRemote] = std::move(direct);
  box[kSourceAddress] = box[kSourceAddress] & Matching(kSourceAddress, remote);
  AddContents(clause, box, boxes);
}

void QuestionSpace::AddContents(const Clause& clause, const Box& box, Boxes* boxes) const {
  if (IsEmpty(box)) return;
  if (!clause.looks_into_requests()) {
    boxes->push_back(box);
    return;
  }
  Bits tcp(dimensions_[kProtocol].size());
  tcp.Set(kTcpAtom);
  Box of_requests = box;
  of_requests[kProtocol] = ~tcp;
  AddRequests(clause, std::move(of_requests), boxes);
  if (!MatchUnseen(clause, Carries::kBytes)) return;
  boxes->push_back(box);
  boxes->back()[kProtocol] = std::move(tcp);
}

void QuestionSpace::AddRequests(const Clause& clause, Box box, Boxes* boxes) const {
  const Action action = clause.rule->action;
  const auto narrow = [&](size_t place, const auto& holds) {
    box[place] = box[place] & dimensions_[place].Where([&holds](const PolicyQuestion& question) {
      return question.request.has_value() && holds(*question.request);
    });
  };
  for (const HeaderMatch& header : clause.rule->when.headers) {
    narrow(place_of_header_.at(header.name),
           [&](const http::Request& request) { return header.Matches(request.headers, action); });
  }
  const HttpMatch* const match = clause.target != nullptr ? clause.target->http.get() : nullptr;
  if (match == nullptr) {
    if (!IsEmpty(box)) boxes->push_back(std::move(box));
    return;
  }
  narrow(kProtocol, [&](const http::Request& request) {
    return match->MatchesProtocols(HttpFacts::Of(request).protocols);
  });
  narrow(kMethod, [&](const http::Request& request) {
    return match->methods.Matches(HttpFacts::Of(request));
  });
  narrow(kPath,
         [&](const http::Request& request) { return match->MatchesPath(request.path, action); });
  narrow(kHost, [&](const http::Request& request) {
    return match->MatchesHost(HttpFacts::Of(request).authority, action);
  });
  if (!match->grpc.has_value()) {
    if (!IsEmpty(box)) boxes->push_back(std::move(box));
    return;
  }
  // What a path calls depends on whether the request is gRPC.
  const Box either = box;
  for (const bool grpc : {false, true}) {
    box = either;
    narrow(kProtocol, [grpc](const http::Request& request) { return request.grpc == grpc; });
    narrow(kPath, [&](const http::Request& request) {
      http::Request call = request;
      call.grpc = grpc;
      return match->MatchesGrpc(HttpFacts::Of(call), action);
    });
    if (!IsEmpty(box)) boxes->push_back(box);
  }
}

std::optional<Box> QuestionSpace::CellOf(const PolicyQuestion& question) const {
  Box cell;
  for (size_t place = 0; place < dimensions_.size(); ++place) {
    const bool of_requests = place == kMethod || place == kPath || place == kHost ||
                             (place >= kFixed && place < first_of_uses());
    if (of_requests && !question.request.has_value()) {
      cell.push_back(All(place));
      continue;
    }
    const std::optional<size_t> atom = dimensions_[place].Find(question);
    if (!atom.has_value()) return std::nullopt;
    Bits one(dimensions_[place].size());
    one.Set(*atom);
    cell.push_back(std::move(one));
  }
  return cell;
}

PolicyQuestion QuestionSpace::QuestionIn(const Box& box, const Workload& workload) const {
  PolicyQuestion question = base_;
  question.workload = workload;
  for (size_t place = 0; place < dimensions_.size(); ++place) {
    dimensions_[place].PutAtom(box[place].first(), &question);
  }
  return question;
}

std::map<std::string, uint64_t> QuestionSpace::UsesIn(const Box& box) const {
  std::map<std::string, uint64_t> uses;
  for (const auto& [key, place] : place_of_uses_) {
    uint64_t& used = uses[key];
    static_cast<void>(  // the value is a number
        absl::SimpleAtoi(dimensions_[place].value(box[place].first()), &used));
  }
  return uses;
}

}  // namespace firebreak::policy
