#include "policy/workbench/reach.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "config/policy.pb.h"
#include "policy/authorizer.h"
#include "policy/workbench/flow_yaml.h"
#include "policy/workbench/representatives.h"

namespace firebreak::policy {
namespace {

using config::v1::PolicyRule;

// Of one entry of one rule. Each costs the engine about a microsecond.
constexpr size_t kMaxTried = 300'000;

// Asking keeps an engine for many questions.
class Asking {
 public:
  explicit Asking(std::shared_ptr<const PolicySet> policy) : authorizer_(std::move(policy), 0) {}
  Decision Ask(const PolicyQuestion& question) {
    Decision decision;
    static_cast<void>(authorizer_.Authorize(question.View(), &decision));
    return decision;
  }

 private:
  Authorizer authorizer_;
};

std::string Listing(const google::protobuf::Message& block) {
  return absl::StrJoin(BlockYaml(block), ", ");
}

std::string WhatOf(const PolicyRule& rule, int to) {
  std::vector<std::string> parts;
  if (to >= 0) parts.push_back(Listing(rule.to(to).operation()));
  for (const auto& condition : rule.when()) {
    const bool negated = condition.values().empty();
    parts.push_back(absl::StrCat(
        "when ", condition.key(), negated ? " not in [" : " in [",
        absl::StrJoin(negated ? condition.notvalues() : condition.values(), ", "), "]"));
  }
  return parts.empty() ? "anything" : absl::StrJoin(parts, ", ");
}

bool IsEnforced(const PolicyDocument& document, bool outbound) {
  return !document.audit() && document.outbound() == outbound;
}

std::vector<const PolicyDocument*> Applying(const PolicyBook& book, const Workload& workload,
                                            bool outbound) {
  std::vector<const PolicyDocument*> documents;
  for (const PolicyDocument& document : book.documents()) {
    if (IsEnforced(document, outbound) && PolicyBook::Applies(document, workload)) {
      documents.push_back(&document);
    }
  }
  return documents;
}

// Search tries questions about one access.
class Search {
 public:
  Search(const PolicyBook& book, const Access& access)
      : access_(access),
        documents_(Applying(book, access.to->workload, false)),
        inbound_(book.For(access.to->workload)) {
    std::vector<const PolicyDocument*> all = documents_;
    if (access.from != nullptr) {
      const auto outbound = Applying(book, access.from->workload, true);
      if (!outbound.empty()) outbound_.emplace(book.For(access.from->workload));
      all.insert(all.end(), outbound.begin(), outbound.end());
    }
    values_ = Representatives::Of(all);
    FillQuestion();
    FillCallers();
    FillRequests();
  }

  AccessAnswer Run() {
    AccessAnswer answer;
    answer.outbound_asked = outbound_.has_value();
    for (const PolicyDocument* document : documents_) {
      if (document->deny()) continue;
      const auto& rules = document->message().spec().rules();
      for (int i = 0; i < rules.size(); ++i) {
        for (int from = rules[i].from().empty() ? -1 : 0; from < rules[i].from_size(); ++from) {
          for (int to = rules[i].to().empty() ? -1 : 0; to < rules[i].to_size(); ++to) {
            TryEntry({document, i, from, to}, &answer);
          }
        }
      }
    }
    return answer;
  }

 private:
  struct Entry {
    const PolicyDocument* document;
    int rule;
    int from;
    int to;
  };

  void FillQuestion() {
    question_.workload = access_.to->workload;
    question_.destination.id = access_.to->principal;
    question_.at = access_.at;
    ports_.assign(values_.ports.begin(), values_.ports.end());
    if (access_.port.has_value()) ports_ = {*access_.port};
  }

  void FillCallers() {
    if (access_.caller.has_value()) {
      callers_.push_back(*access_.caller);
      if (!access_.caller->ip.is_unspecified()) return;
      // Whom we know by identity may come from anywhere.
      for (const std::string& ip : values_.ips) {
        callers_.push_back({access_.caller->id, *IpAddress::Parse(ip)});
      }
      return;
    }
    for (const std::string& ip : values_.ips) {
      const IpAddress address = *IpAddress::Parse(ip);
      callers_.push_back({std::nullopt, address});
      for (const std::string& principal : values_.principals) {
        auto id = certs::SpiffeId::ParsePrincipal(principal);
        if (id.ok()) callers_.push_back({*std::move(id), address});
      }
    }
  }

  void FillRequests() {
    if (access_.request.has_value()) {
      requests_.push_back(access_.request);
      return;
    }
    requests_.push_back(std::nullopt);
    if (access_.bytes) return;
    std::vector<std::string> protocols = {"HTTP1"};
    if (values_.protocols) protocols = {"HTTP1", "HTTP2", "WEBSOCKET"};
    if (values_.grpc || values_.protocols) protocols.emplace_back("GRPC");
    for (const std::string& protocol : protocols) {
      for (const std::string& path : values_.paths) {
        for (const std::string& host : values_.hosts) AddRequests(protocol, path, host);
      }
    }
  }

  void AddRequests(const std::string& protocol, const std::string& path, const std::string& host) {
    const bool fixed = protocol == "GRPC" || protocol == "WEBSOCKET";
    for (const std::string& method : fixed ? std::set<std::string>{""} : values_.methods) {
      if (requests_.size() >= kMaxTried) return;
      RequestLine line{.path = path, .host = host, .protocol = protocol};
      if (!fixed) line.method = method;
      AddWithHeaders(line, 0);
    }
  }

  void AddWithHeaders(const RequestLine& line, size_t header) {
    if (header == values_.headers.size()) {
      absl::StatusOr<http::Request> request = Canonical(line);
      if (request.ok()) requests_.push_back(*std::move(request));
      return;
    }
    for (const std::string& value : values_.headers[header].second) {
      RequestLine with = line;
      if (!value.empty()) with.headers.emplace_back(values_.headers[header].first, value);
      AddWithHeaders(with, header + 1);
    }
  }

  // TryEntry adds a grant when the entry lets something through.
  void TryEntry(const Entry& entry, AccessAnswer* answer) {
    const PolicyRule& rule = entry.document->message().spec().rules(entry.rule);
    PolicyRule one = rule;
    if (entry.from >= 0) {
      one.clear_from();
      *one.add_from() = rule.from(entry.from);
    }
    if (entry.to >= 0) {
      one.clear_to();
      *one.add_to() = rule.to(entry.to);
    }
    Asking alone(EnforceAlone(*entry.document, one, access_.to->workload));
    Grant grant{entry.document, entry.rule, "anybody", WhatOf(rule, entry.to), {}, {}};
    if (entry.from >= 0) grant.who = Listing(rule.from(entry.from).source());
    if (TryQuestions(alone, &grant, answer)) answer->grants.push_back(std::move(grant));
  }

  // TryQuestions asks all that the entry matches; true: some is allowed.
  bool TryQuestions(Asking& alone, Grant* grant, AccessAnswer* answer) {
    Asking inbound(inbound_);
    std::set<std::string> except;
    bool allowed = false;
    size_t tried = 0;
    ForEachQuestion([&](const PolicyQuestion& question) {
      if (++tried > kMaxTried) {
        answer->complete = false;
        return false;
      }
      if (!alone.Ask(question).allowed) return true;
      const Decision decision = inbound.Ask(question);
      if (decision.reason == Reason::kExplicitDeny) {
        except.insert(absl::StrCat(decision.rule->policy_namespace, "/", decision.rule->policy, " ",
                                   decision.rule->rule));
      }
      if (allowed || !decision.allowed || !OutboundAllows(question)) return true;
      allowed = true;
      grant->example = question;
      return true;
    });
    grant->except.assign(except.begin(), except.end());
    return allowed;
  }

  // ForEachQuestion leaves out whole callers and ports that no request can be allowed for.
  void ForEachQuestion(const std::function<bool(const PolicyQuestion&)>& visit) {
    for (const QuestionEnd& caller : callers_) {
      question_.source = caller;
      for (const uint16_t port : ports_) {
        question_.port = port;
        for (const auto& request : requests_) {
          question_.request = request;
          question_.carries = request.has_value() ? Carries::kRequest : Carries::kBytes;
          if (!visit(question_)) return;
        }
      }
    }
  }

  bool OutboundAllows(const PolicyQuestion& question) {
    if (!outbound_.has_value()) return true;
    PolicyQuestion outbound = question;
    outbound.direction = Direction::kOutbound;
    outbound.workload = access_.from->workload;
    return outbound_->Ask(outbound).allowed;
  }

  const Access& access_;
  const std::vector<const PolicyDocument*> documents_;
  std::shared_ptr<const PolicySet> inbound_;
  std::optional<Asking> outbound_;
  Representatives values_;
  PolicyQuestion question_;
  std::vector<QuestionEnd> callers_;
  std::vector<uint16_t> ports_;
  std::vector<std::optional<http::Request>> requests_;  // nullopt: bytes
};

}  // namespace

AccessAnswer FindAccess(const PolicyBook& book, const Access& access) {
  return Search(book, access).Run();
}

Reach FindReach(const PolicyBook& book, const Inventory& inventory, const InventoryWorkload& start,
                bool transitive, absl::Time at) {
  Reach reach;
  reach.steps.push_back({&start, 0, 0, {}});
  for (size_t i = 0; i < reach.steps.size(); ++i) {
    const InventoryWorkload& from = *reach.steps[i].workload;
    if (!from.principal.has_value() || (i > 0 && !transitive)) continue;
    for (const InventoryWorkload& to : inventory.workloads()) {
      if (&to == &from) continue;
      Access access;
      access.from = &from;
      access.caller = QuestionEnd{from.principal, IpAddress()};
      access.to = &to;
      access.at = at;
      AccessAnswer answer = FindAccess(book, access);
      reach.complete = reach.complete && answer.complete;
      if (answer.grants.empty()) continue;
      const auto known = std::find_if(reach.steps.begin(), reach.steps.end(),
                                      [&to](const Step& step) { return step.workload == &to; });
      reach.arrows.emplace_back(i, static_cast<size_t>(known - reach.steps.begin()));
      if (known != reach.steps.end()) continue;
      reach.steps.push_back({&to, reach.steps[i].depth + 1, i, std::move(answer.grants)});
    }
  }
  return reach;
}

}  // namespace firebreak::policy
