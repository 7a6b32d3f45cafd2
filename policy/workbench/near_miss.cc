#include "policy/workbench/near_miss.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "config/policy.pb.h"
#include "policy/http_match.h"

namespace firebreak::policy {
namespace {

using config::v1::PolicyRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Leaf is one field of a block such as source, and the block with that field alone.
struct Leaf {
  std::string path;
  std::string field;
  std::vector<std::string> values;
};

// KeepOnly takes every field but one out of message.
void KeepOnly(const FieldDescriptor& kept, Message* message) {
  std::vector<const FieldDescriptor*> fields;
  message->GetReflection()->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field != &kept) message->GetReflection()->ClearField(message, field);
  }
}

std::vector<std::string> ValuesOf(const Message& message, const FieldDescriptor& field) {
  std::vector<std::string> values;
  if (!field.is_repeated() || field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return values;
  const int count = message.GetReflection()->FieldSize(message, &field);
  for (int i = 0; i < count; ++i) {
    values.push_back(message.GetReflection()->GetRepeatedString(message, &field, i));
  }
  return values;
}

// ForEachLeaf calls visit(leaf, block with this leaf alone) for each field that is written in
// block, those of the blocks in it each.
void ForEachLeaf(const Message& block, const std::string& path,
                 const std::function<void(const Leaf&, const Message&)>& visit) {
  std::vector<const FieldDescriptor*> fields;
  block.GetReflection()->ListFields(block, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string at = absl::StrCat(path, ".", field->name());
    std::unique_ptr<Message> alone(block.New());
    alone->CopyFrom(block);
    KeepOnly(*field, alone.get());
    const bool nested =
        !field->is_repeated() && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (!nested) {
      visit({at, field->name(), ValuesOf(block, *field)}, *alone);
      continue;
    }
    ForEachLeaf(
        block.GetReflection()->GetMessage(block, field), at,
        [&](const Leaf& leaf, const Message& inner) {
          alone->GetReflection()->MutableMessage(alone.get(), field)->CopyFrom(inner);
          visit({leaf.path, absl::StrCat(field->name(), ".", leaf.field), leaf.values}, *alone);
        });
  }
}

std::string OrNone(absl::string_view text, absl::string_view none) {
  return std::string(text.empty() ? none : text);
}

std::string GotOfPeer(absl::string_view field, const QuestionEnd& end) {
  constexpr absl::string_view kNobody = "nobody (no identity)";
  const bool known = end.id.has_value();
  if (absl::EndsWithIgnoreCase(field, "principals")) {
    return std::string(known ? end.id->principal() : kNobody);
  }
  if (absl::EndsWithIgnoreCase(field, "trustDomains")) {
    return std::string(known ? end.id->trust_domain() : kNobody);
  }
  if (absl::EndsWithIgnoreCase(field, "namespaces")) {
    return known ? OrNone(end.id->k8s_namespace(), "none (the identity names no namespace)")
                 : std::string(kNobody);
  }
  if (absl::EndsWithIgnoreCase(field, "serviceAccounts")) {
    if (!known) return std::string(kNobody);
    if (end.id->service_account().empty()) return "none (the identity names no service account)";
    return absl::StrCat(end.id->k8s_namespace(), "/", end.id->service_account());
  }
  if (absl::EndsWithIgnoreCase(field, "ipBlocks")) {
    return end.ip.is_unspecified() ? "an unknown address" : end.ip.ToString();
  }
  return "";
}

std::string ProtocolsOf(const PolicyQuestion& question) {
  if (!question.request.has_value()) {
    return question.carries == Carries::kBytes ? "TCP" : "not known yet";
  }
  const http::Request& request = *question.request;
  std::string names = request.version == http::Version::kHttp2 ? "HTTP2" : "HTTP1";
  if (request.grpc) absl::StrAppend(&names, ", GRPC");
  if (request.upgrade == http::Upgrade::kWebsocket) absl::StrAppend(&names, ", WEBSOCKET");
  return names;
}

// GotOfRequest is what a field of operation that looks into requests has met.
std::string GotOfRequest(absl::string_view field, const PolicyQuestion& question) {
  if (!question.request.has_value()) return "no request to look into";
  const http::Request& request = *question.request;
  const HttpFacts facts = HttpFacts::Of(request);
  if (absl::StartsWith(field, "grpc.")) {
    if (!request.grpc) return "a request that is not gRPC";
    if (facts.grpc_in_doubt) return "a gRPC request whose path is not /service/method";
    return std::string(absl::EndsWithIgnoreCase(field, "services") ? facts.grpc_service
                                                                   : facts.grpc_method);
  }
  if (absl::EndsWithIgnoreCase(field, "methods")) return request.method;
  if (absl::EndsWithIgnoreCase(field, "paths")) return request.path;
  if (absl::EndsWithIgnoreCase(field, "hosts")) return OrNone(request.authority, "no host");
  return "";
}

std::string GotOfTarget(absl::string_view field, bool destination, const PolicyQuestion& question) {
  if (absl::EndsWithIgnoreCase(field, "ports")) return absl::StrCat(question.port);
  if (absl::EndsWithIgnoreCase(field, "protocols")) return ProtocolsOf(question);
  if (destination) return GotOfPeer(field, question.destination);
  return GotOfRequest(field, question);
}

constexpr absl::string_view kHeaderKey = "request.headers[";

// HeaderOfKey is the name in request.headers[name]; "" for other keys.
absl::string_view HeaderOfKey(absl::string_view key) {
  if (!absl::ConsumePrefix(&key, kHeaderKey) || !absl::ConsumeSuffix(&key, "]")) return "";
  return key;
}

// IsOpenHeader: nobody knows whether the request had it.
bool IsOpenHeader(absl::string_view name, const PolicyQuestion& question) {
  return question.headers_open && question.request.has_value() && !name.empty() &&
         !question.request->headers.Has(absl::AsciiStrToLower(name));
}

std::string GotOfHeader(absl::string_view name, const PolicyQuestion& question) {
  if (!question.request.has_value()) return "no request to look into";
  if (IsOpenHeader(name, question)) return "a header that is not known";
  std::string values;
  const http::HeaderMap& headers = question.request->headers;
  for (size_t i = 0; i < headers.size(); ++i) {
    if (!absl::EqualsIgnoreCase(headers[i].name, name)) continue;
    absl::StrAppend(&values, values.empty() ? "" : " | ", headers[i].value);
  }
  return OrNone(values, "no such header");
}

std::string GotOfKey(absl::string_view key, const PolicyQuestion& question) {
  if (const absl::string_view header = HeaderOfKey(key); !header.empty()) {
    return GotOfHeader(header, question);
  }
  if (key == "source.ip") return GotOfPeer("ipBlocks", question.source);
  if (key == "source.namespace") return GotOfPeer("namespaces", question.source);
  if (key == "source.principal") return GotOfPeer("principals", question.source);
  if (key == "destination.ip") return GotOfPeer("ipBlocks", question.destination);
  if (key == "destination.port") return absl::StrCat(question.port);
  return "";
}

bool IsNegation(absl::string_view field) {
  const size_t dot = field.rfind('.');
  return absl::StartsWith(dot == absl::string_view::npos ? field : field.substr(dot + 1), "not");
}

// PartAnswers remembers whether parts of rules match one question, since rules have much in common.
using PartAnswers = absl::flat_hash_map<std::string, bool>;

// Examination is one rule under the glass.
class Examination {
 public:
  Examination(const PolicyDocument& document, int rule, const PolicyQuestion& question,
              PartAnswers* answers)
      : document_(document),
        rule_(document.message().spec().rules(rule)),
        path_(absl::StrCat("spec.rules[", rule, "]")),
        question_(question),
        answers_(*answers) {
    result_.document = &document;
    result_.rule = rule;
  }

  NearMiss Run() {
    Outcome from = BestOf(
        rule_.from_size(), [this](int i) { return From(i); }, &result_.from);
    Outcome to = BestOf(
        rule_.to_size(), [this](int i) { return To(i); }, &result_.to);
    Take(std::move(from));
    Take(std::move(to));
    Take(When());
    Take(Others());
    if (result_.failures.empty()) Take(Enforcement());
    return std::move(result_);
  }

 private:
  struct Outcome {
    std::vector<FieldFailure> failures;
    size_t matched = 0;
  };

  template <typename Entry>
  static Outcome BestOf(int entries, const Entry& entry, int* chosen) {
    Outcome best;
    for (int i = 0; i < entries; ++i) {
      Outcome outcome = entry(i);
      const bool better =
          i == 0 || outcome.failures.size() < best.failures.size() ||
          (outcome.failures.size() == best.failures.size() && outcome.matched > best.matched);
      if (!better) continue;
      best = std::move(outcome);
      *chosen = i;
    }
    return best;
  }

  void Take(Outcome outcome) {
    std::move(outcome.failures.begin(), outcome.failures.end(),
              std::back_inserter(result_.failures));
    result_.matched += outcome.matched;
  }

  bool Matches(const PolicyRule& part) {
    const config::v1::AuthorizationPolicy& message = document_.message();
    std::string key = absl::StrCat(message.apiversion(), "\n", message.metadata().namespace_(),
                                   "\n", message.spec().action(), message.spec().direction(), "\n");
    absl::StrAppend(&key, part.SerializeAsString());
    const auto [answer, fresh] = answers_.try_emplace(std::move(key), false);
    if (fresh) {
      const auto alone = EnforceAlone(document_, part, question_.workload);
      const Decision decision = Ask(alone, question_);
      answer->second = decision.allowed || decision.reason == Reason::kExplicitDeny;
    }
    return answer->second;
  }

  void Judge(const PolicyRule& part, const Leaf& leaf, const std::string& got, Outcome* outcome) {
    if (Matches(part)) {
      ++outcome->matched;
      return;
    }
    outcome->failures.push_back({leaf.path, leaf.field, IsNegation(leaf.field), leaf.values, got,
                                 document_.Place(leaf.path)});
  }

  Outcome From(int index) {
    Outcome outcome;
    ForEachLeaf(rule_.from(index).source(), absl::StrCat(path_, ".from[", index, "].source"),
                [&](const Leaf& leaf, const Message& source) {
                  PolicyRule part;
                  part.add_from()->mutable_source()->CopyFrom(source);
                  Judge(part, leaf, GotOfPeer(leaf.field, question_.source), &outcome);
                });
    return outcome;
  }

  Outcome To(int index) {
    Outcome outcome;
    const std::string at = absl::StrCat(path_, ".to[", index, "]");
    ForEachLeaf(rule_.to(index).operation(), absl::StrCat(at, ".operation"),
                [&](const Leaf& leaf, const Message& operation) {
                  PolicyRule part;
                  part.add_to()->mutable_operation()->CopyFrom(operation);
                  Judge(part, leaf, GotOfTarget(leaf.field, false, question_), &outcome);
                });
    ForEachLeaf(rule_.to(index).destination(), absl::StrCat(at, ".destination"),
                [&](const Leaf& leaf, const Message& destination) {
                  PolicyRule part;
                  part.add_to()->mutable_destination()->CopyFrom(destination);
                  Judge(part, leaf, GotOfTarget(leaf.field, true, question_), &outcome);
                });
    return outcome;
  }

  Outcome When() {
    Outcome outcome;
    for (int i = 0; i < rule_.when_size(); ++i) {
      const config::v1::PolicyCondition& condition = rule_.when(i);
      const std::string at = absl::StrCat(path_, ".when[", i, "]");
      for (const bool negated : {false, true}) {
        const auto& values = negated ? condition.notvalues() : condition.values();
        if (values.empty()) continue;
        PolicyRule part;
        *part.add_when() = condition;
        if (negated) {
          part.mutable_when(0)->clear_values();
        } else {
          part.mutable_when(0)->clear_notvalues();
        }
        const absl::string_view list = negated ? "notValues" : "values";
        const Leaf leaf{absl::StrCat(at, ".", list),
                        absl::StrCat("when ", condition.key()),
                        {values.begin(), values.end()}};
        const size_t before = outcome.failures.size();
        Judge(part, leaf, GotOfKey(condition.key(), question_), &outcome);
        if (outcome.failures.size() == before) continue;
        outcome.failures.back().negated = negated;
        outcome.failures.back().unknown = IsOpenHeader(HeaderOfKey(condition.key()), question_);
      }
    }
    return outcome;
  }

  // Others are what a rule has beside from, to and when, such as validity: one field each.
  Outcome Others() {
    Outcome outcome;
    ForEachOther([&](const FieldDescriptor& field, const PolicyRule& part) {
      const Leaf leaf{absl::StrCat(path_, ".", field.name()), field.name(), {}};
      Judge(part, leaf, absl::FormatTime(absl::RFC3339_sec, question_.at, absl::UTCTimeZone()),
            &outcome);
    });
    outcome.matched = 0;  // most of these set no condition
    return outcome;
  }

  // Enforcement is asked of a rule that matches: whether the policy is enforced for this peer is
  // no condition of the rule.
  Outcome Enforcement() {
    Outcome outcome;
    const config::v1::PolicySpec& spec = document_.message().spec();
    if (!spec.has_enforce() || spec.enforce().percent() >= 100) return outcome;
    outcome.failures.push_back({"spec.enforce",
                                "enforce",
                                false,
                                {absl::StrCat(spec.enforce().percent(), " percent of all peers")},
                                "a peer that is not among them",
                                document_.Place("spec.enforce.percent")});
    return outcome;
  }

  template <typename Visit>
  void ForEachOther(const Visit& visit) const {
    std::vector<const FieldDescriptor*> fields;
    rule_.GetReflection()->ListFields(rule_, &fields);
    for (const FieldDescriptor* field : fields) {
      const absl::string_view name(field->name());
      if (name == "name" || name == "from" || name == "to" || name == "when") continue;
      PolicyRule part = rule_;
      KeepOnly(*field, &part);
      visit(*field, part);
    }
  }

  const PolicyDocument& document_;
  const PolicyRule& rule_;
  const std::string path_;
  const PolicyQuestion& question_;
  PartAnswers& answers_;
  NearMiss result_;
};

bool NamesWrongPeer(const NearMiss& miss) {
  return std::any_of(miss.failures.begin(), miss.failures.end(), [](const FieldFailure& failure) {
    return absl::StrContains(failure.path, ".source.") ||
           absl::StrContains(failure.field, " source.");
  });
}

}  // namespace

bool operator<(const NearMiss& a, const NearMiss& b) {
  const size_t a_failed = a.failures.size();
  const size_t b_failed = b.failures.size();
  const bool a_wrong = NamesWrongPeer(a);
  const bool b_wrong = NamesWrongPeer(b);
  return std::tie(a_failed, a_wrong, b.matched) < std::tie(b_failed, b_wrong, a.matched);
}

NearMiss Examine(const PolicyDocument& document, int rule, const PolicyQuestion& question) {
  PartAnswers answers;
  return Examination(document, rule, question, &answers).Run();
}

std::vector<NearMiss> NearestAllows(const PolicyBook& book, const PolicyQuestion& question,
                                    size_t limit) {
  std::vector<NearMiss> misses;
  PartAnswers answers;
  const bool outbound = question.direction == Direction::kOutbound;
  for (const PolicyDocument& document : book.documents()) {
    if (document.deny() || document.audit() || document.outbound() != outbound) continue;
    if (!PolicyBook::Applies(document, question.workload)) continue;
    for (int i = 0; i < document.message().spec().rules_size(); ++i) {
      misses.push_back(Examination(document, i, question, &answers).Run());
    }
    if (misses.size() < 4096) continue;  // keeps memory bounded, whatever the number of rules
    std::stable_sort(misses.begin(), misses.end());
    misses.resize(std::min(misses.size(), limit));
  }
  std::stable_sort(misses.begin(), misses.end());
  misses.resize(std::min(misses.size(), limit));
  return misses;
}

}  // namespace firebreak::policy
