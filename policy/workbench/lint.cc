#include "policy/workbench/lint.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "config/diagnostics.h"
#include "config/policy.pb.h"
#include "config/timestamp.h"
#include "policy/principal_groups.h"
#include "policy/workbench/coverage_proof.h"
#include "policy/workbench/question.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;
using config::v1::PolicyRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::vector<std::string> ListOf(const Message& block, const FieldDescriptor& field) {
  std::vector<std::string> values;
  const int size = block.GetReflection()->FieldSize(block, &field);
  values.reserve(static_cast<size_t>(size));
  for (int i = 0; i < size; ++i) {
    values.push_back(block.GetReflection()->GetRepeatedString(block, &field, i));
  }
  return values;
}

// Excludes: every value is among those that may not be. Equal texts mean the same, and "*" all.
template <typename List>
bool Excludes(const List& values, const List& excluded) {
  if (values.empty() || excluded.empty()) return false;
  return std::all_of(values.begin(), values.end(), [&excluded](const std::string& value) {
    return std::any_of(excluded.begin(), excluded.end(), [&value](const std::string& other) {
      return other == value || other == "*";
    });
  });
}

// WholeDomain is the trust domain that a principal such as "td/*" stands for, whole; "" is none.
absl::string_view WholeDomain(absl::string_view principal) {
  return absl::ConsumeSuffix(&principal, "/*") && !absl::StrContains(principal, '/')
             ? principal
             : absl::string_view();
}

// RuleLint says what there is to say of one rule.
class RuleLint {
 public:
  RuleLint(const PolicyDocument& document, int rule, absl::Time now,
           config::Diagnostics* diagnostics)
      : document_(document),
        rule_(document.message().spec().rules(rule)),
        path_(absl::StrCat("spec.rules[", rule, "]")),
        now_(now),
        diagnostics_(diagnostics) {}

  void Run() const {
    Expired();
    Contradictions();
    if (document_.deny()) return;
    Callers();
    Ports();
  }

 private:
  void Warn(absl::string_view path, ErrorCode code, absl::string_view message,
            absl::string_view help) const {
    document_.map().Warn(path, code, message, help, diagnostics_);
  }

  void Expired() const {
    if (!rule_.validity().has_not_after()) return;
    if (config::TimeOf(rule_.validity().not_after()) > now_) return;
    Warn(absl::StrCat(path_, ".validity.not_after"), ErrorCode::kLintExpired,
         "the validity of this rule has ended: it matches nothing any more",
         "renew it or take it out");
  }

  // Contradiction looks at each field of a block and the one that begins with "not".
  void Contradiction(const Message& block, const std::string& path) const {
    const auto& descriptor = *block.GetDescriptor();
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const FieldDescriptor& field = *descriptor.field(i);
      if (!field.is_repeated() || field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) continue;
      std::string negation = absl::StrCat("not", field.name());
      negation[3] = absl::ascii_toupper(static_cast<unsigned char>(negation[3]));
      const FieldDescriptor* negated = descriptor.FindFieldByName(negation);
      if (negated == nullptr) continue;
      if (!Excludes(ListOf(block, field), ListOf(block, *negated))) continue;
      Warn(absl::StrCat(path, ".", negation), ErrorCode::kLintContradiction,
           absl::StrCat("every value of ", field.name(), " is among those of ", negation,
                        ", so this never matches"),
           "take one of the two out");
    }
  }

  void Contradictions() const {
    for (int i = 0; i < rule_.from_size(); ++i) {
      Contradiction(rule_.from(i).source(), absl::StrCat(path_, ".from[", i, "].source"));
    }
    for (int i = 0; i < rule_.to_size(); ++i) {
      const std::string to = absl::StrCat(path_, ".to[", i, "]");
      Contradiction(rule_.to(i).operation(), absl::StrCat(to, ".operation"));
      Contradiction(rule_.to(i).operation().grpc(), absl::StrCat(to, ".operation.grpc"));
      Contradiction(rule_.to(i).destination(), absl::StrCat(to, ".destination"));
    }
    for (int i = 0; i < rule_.when_size(); ++i) {
      // A header may have several values, of which a DENY rule looks for one that is and one that
      // is not.
      if (document_.deny() && absl::StartsWith(rule_.when(i).key(), "request.")) continue;
      Contradiction(rule_.when(i), absl::StrCat(path_, ".when[", i, "]"));
    }
  }

  // Callers: somebody who wrote "*" and narrowed it down by another field has said what is meant.
  void Callers() const {
    if (document_.outbound()) return;
    const bool narrowed =
        std::any_of(rule_.when().begin(), rule_.when().end(), [](const auto& condition) {
          return absl::StartsWith(condition.key(), "source.") ||
                 absl::StartsWith(condition.key(), "remote.") ||
                 absl::StartsWith(condition.key(), "request.auth.");
        });
    if (narrowed) return;
    constexpr absl::string_view kHelp = "name the callers: td/ns/NAMESPACE/sa/ACCOUNT";
    if (rule_.from().empty()) {
      Warn(path_, ErrorCode::kLintBroadPrincipal,
           "this ALLOW rule is for everybody, with or without identity", kHelp);
    }
    for (int i = 0; i < rule_.from_size(); ++i) {
      const config::v1::PolicySource& source = rule_.from(i).source();
      std::vector<const FieldDescriptor*> fields;
      source.GetReflection()->ListFields(source, &fields);
      if (fields.size() != 1) continue;
      for (int k = 0; k < source.principals_size(); ++k) {
        const std::string& principal = source.principals(k);
        const absl::string_view domain = WholeDomain(principal);
        if (IsGroupOfAll(principal)) {
          Warn(absl::StrCat(path_, ".from[", i, "].source.principals[", k, "]"),
               ErrorCode::kLintBroadPrincipal,
               "this ALLOW rule is for everybody with a certificate, who is in this group", kHelp);
        }
        if (principal != "*" && domain.empty()) continue;
        Warn(absl::StrCat(path_, ".from[", i, "].source.principals[", k, "]"),
             ErrorCode::kLintBroadPrincipal,
             principal == "*"
                 ? "this ALLOW rule is for everybody with a certificate"
                 : absl::StrCat("this ALLOW rule is for the whole trust domain ", domain),
             kHelp);
      }
    }
  }

  // IsGroupOfAll asks the engine about somebody of whom nobody has heard.
  bool IsGroupOfAll(const std::string& principal) const {
    if (!absl::StartsWith(principal, kGroupPrefix)) return false;
    PolicyRule only;
    only.add_from()->mutable_source()->add_principals(principal);
    PolicyQuestion question;
    question.port = 1;
    question.workload.workload_namespace = document_.message().metadata().namespace_();
    question.workload.labels = {document_.message().spec().selector().matchlabels().begin(),
                                document_.message().spec().selector().matchlabels().end()};
    const auto stranger = certs::SpiffeId::ParsePrincipal("qj0xqj.invalid/ns/qj0xqj/sa/qj0xqj");
    if (stranger.ok()) question.source.id = *stranger;
    return Ask(EnforceAlone(document_, only, question.workload), question).allowed;
  }

  void Ports() const {
    if (document_.outbound()) return;
    const bool by_condition =
        std::any_of(rule_.when().begin(), rule_.when().end(),
                    [](const auto& condition) { return condition.key() == "destination.port"; });
    if (by_condition) return;
    constexpr absl::string_view kMessage = "this ALLOW rule holds for every port of the workload";
    constexpr absl::string_view kHelp = "name the ports: ports: [\"8080\"]";
    if (rule_.to().empty()) Warn(path_, ErrorCode::kLintNoPort, kMessage, kHelp);
    for (int i = 0; i < rule_.to_size(); ++i) {
      const config::v1::PolicyOperation& operation = rule_.to(i).operation();
      if (operation.ports_size() + operation.notports_size() > 0) continue;
      Warn(absl::StrCat(path_, ".to[", i, "]"), ErrorCode::kLintNoPort, kMessage, kHelp);
    }
  }

  const PolicyDocument& document_;
  const PolicyRule& rule_;
  const std::string path_;
  const absl::Time now_;
  config::Diagnostics* diagnostics_;
};

// SaysTheSame is what two rules have in common that are one too many: all but name, reason, ticket.
std::string SaysTheSame(const PolicyDocument& document, int rule) {
  PolicyRule bare = document.message().spec().rules(rule);
  bare.clear_name();
  bare.clear_reason();
  bare.clear_ticket();
  config::v1::AuthorizationPolicy whose = document.message();
  whose.mutable_spec()->clear_rules();
  std::string key = absl::StrCat(whose.apiversion(), "\n", whose.metadata().namespace_(), "\n",
                                 document.deny(), document.outbound(), document.audit(), "\n",
                                 whose.spec().enforce().SerializeAsString(), "\n");
  std::vector<std::string> labels;
  for (const auto& [label, value] : whose.spec().selector().matchlabels()) {
    labels.push_back(absl::StrCat(label, "=", value));
  }
  std::sort(labels.begin(), labels.end());
  for (const std::string& label : labels) absl::StrAppend(&key, label, "\n");
  absl::StrAppend(&key, bare.SerializeAsString());
  return key;
}

// Needless says of rules that they are too many: the same as an earlier one, or covered by others.
class Needless {
 public:
  Needless(const PolicyBook& book, config::Diagnostics* diagnostics)
      : proof_(book), diagnostics_(diagnostics) {}

  void Look(const PolicyDocument& document, int rule) {
    const std::string path = absl::StrCat("spec.rules[", rule, "]");
    const bool counted = document.message().spec().rules(rule).max_uses() > 0;
    const auto [first, is_first] = seen_.try_emplace(
        SaysTheSame(document, rule),
        absl::StrCat(document.name(), " ", document.rule_name(rule), " at ", document.Place(path)));
    if (!is_first && !counted) {
      document.map().Warn(path, ErrorCode::kLintDuplicate,
                          absl::StrCat("this rule says the same as ", first->second), "take it out",
                          diagnostics_);
      return;
    }
    const std::optional<Cover> cover = proof_.CoverOf(document, rule);
    if (!cover.has_value()) return;
    const std::string by =
        absl::StrCat(cover->document->name(), " ", cover->document->rule_name(cover->rule), " at ",
                     cover->document->Place(absl::StrCat("spec.rules[", cover->rule, "]")));
    if (cover->document->deny() && !document.deny()) {
      document.map().Warn(path, ErrorCode::kLintUnreachable,
                          absl::StrCat("nothing that this rule allows gets through: DENY by ", by),
                          "take this rule out, or narrow that one", diagnostics_);
    } else {
      document.map().Warn(path, ErrorCode::kLintShadowed,
                          absl::StrCat("this rule never decides: whatever it matches, ", by,
                                       " or another earlier rule matches first"),
                          "take it out, or put it first if its name is to stand in flow records",
                          diagnostics_);
    }
  }

 private:
  CoverageProof proof_;
  absl::flat_hash_map<std::string, std::string> seen_;
  config::Diagnostics* diagnostics_;
};

}  // namespace

void Lint(const PolicyBook& book, const Inventory* inventory, absl::Time now,
          config::Diagnostics* diagnostics) {
  Needless needless(book, diagnostics);
  for (const PolicyDocument& document : book.documents()) {
    const bool nobody = inventory != nullptr &&
                        std::none_of(inventory->workloads().begin(), inventory->workloads().end(),
                                     [&document](const InventoryWorkload& known) {
                                       return PolicyBook::Applies(document, known.workload);
                                     });
    if (nobody) {
      document.map().Warn("spec.selector", ErrorCode::kLintNoWorkload,
                          absl::StrCat(document.name(), " is about no workload of the inventory"),
                          "compare its namespace and labels with those of the workloads",
                          diagnostics);
    }
    if (document.message().spec().rules().empty() && !document.deny()) {
      document.map().Warn("spec", ErrorCode::kPolicyNeverMatches,
                          "this ALLOW policy has no rules, so it allows nothing",
                          "leave it out if that is meant: what no rule allows is denied",
                          diagnostics);
    }
    for (int i = 0; i < document.message().spec().rules_size(); ++i) {
      RuleLint(document, i, now, diagnostics).Run();
      needless.Look(document, i);
    }
  }
}

}  // namespace firebreak::policy
