#include "policy/workbench/coverage_proof.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

#include "config/diagnostics.h"
#include "config/policy.pb.h"
#include "policy/workbench/flow_yaml.h"

namespace firebreak::policy {
namespace {

using config::v1::PolicyRule;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr uint16_t kFreshPort = 64'997;
constexpr size_t kMaxDepth = 12;
constexpr size_t kMaxQuestions = 20'000;  // of one rule; beyond, nothing is proven

// ForEachValue calls visit(field, value) with every text of a list in message, however deep.
void ForEachValue(const Message& message,
                  const std::function<void(const std::string&, const std::string&)>& visit) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const auto& reflection = *message.GetReflection();
    const bool text = field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    const bool block = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (block && !field->is_repeated()) ForEachValue(reflection.GetMessage(message, field), visit);
    if (!field->is_repeated()) continue;
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      if (text) visit(field->name(), reflection.GetRepeatedString(message, field, i));
      if (block) ForEachValue(reflection.GetRepeatedMessage(message, field, i), visit);
    }
  }
}

bool TakesInPart(const std::string& pattern, const std::string& word) {
  absl::string_view rest(pattern);
  if (rest == "*") return false;  // takes all
  if (absl::ConsumeSuffix(&rest, "*")) return absl::StartsWithIgnoreCase(word, rest);
  if (absl::ConsumePrefix(&rest, "*")) return absl::EndsWithIgnoreCase(word, rest);
  return absl::StrContains(pattern, word);
}

// FreshWord is a word that no pattern of the book begins with, ends with or holds.
std::string FreshWord(const PolicyBook& book) {
  for (const char* word : {"qj0xqj", "xk9wxk", "zv7yzv"}) {
    bool fresh = true;
    for (const PolicyDocument& document : book.documents()) {
      ForEachValue(document.message().spec(), [&](const std::string&, const std::string& value) {
        fresh = fresh && !TakesInPart(value, word);
      });
    }
    if (fresh &&
        !absl::StrContains(book.documents().empty() ? "" : book.documents()[0].groups(), word)) {
      return word;
    }
  }
  return "";
}

// IsPlain: the rule says only what generic questions can stand for.
bool IsPlain(const PolicyRule& rule) {
  if (rule.has_validity() || rule.max_uses() > 0) return false;
  bool plain = true;
  ForEachValue(rule, [&plain](const std::string& field, const std::string&) {
    if (absl::StartsWith(field, "not") || absl::EndsWithIgnoreCase(field, "ipBlocks")) {
      plain = false;
    }
  });
  return plain && std::all_of(rule.when().begin(), rule.when().end(), [](const auto& condition) {
           return condition.key() != "source.ip" && condition.key() != "remote.ip" &&
                  condition.key() != "destination.ip";
         });
}

// Generic makes the questions that stand for all that a rule matches. Each method is false when it
// cannot.
class Generic {
 public:
  Generic(const std::string& fresh, size_t depth) : fresh_(fresh), depth_(depth) {}

  bool Callers(const PolicyRule& rule, std::vector<QuestionEnd>* callers) const {
    if (rule.from().empty()) {
      callers->push_back({});
      return AddCaller(absl::StrCat(fresh_, "/", fresh_), callers);
    }
    return std::all_of(rule.from().begin(), rule.from().end(),
                       [&](const auto& from) { return Source(from.source(), callers); });
  }

  // Requests of one entry of to; nullopt is a byte stream.
  bool Requests(const config::v1::PolicyOperation& operation,
                std::vector<std::optional<http::Request>>* requests) const {
    std::vector<std::string> methods(operation.methods().begin(), operation.methods().end());
    std::vector<std::string> hosts(operation.hosts().begin(), operation.hosts().end());
    std::vector<std::string> paths;
    if (operation.has_grpc() || HasWildcard(methods) || HasWildcard(hosts)) return false;
    if (methods.empty()) methods = {"GET", "POST", absl::AsciiStrToUpper(fresh_)};
    for (std::string& host : hosts) {
      if (!absl::StrContains(host, ':')) absl::StrAppend(&host, ":", kFreshPort);
    }
    if (hosts.empty()) hosts = {"", absl::StrCat(fresh_, ":", kFreshPort)};
    for (const std::string& path : operation.paths()) {
      if (!Paths(path, &paths)) return false;
    }
    if (operation.paths().empty() && !Paths("*", &paths)) return false;
    requests->push_back(std::nullopt);
    for (const char* protocol : {"HTTP1", "HTTP2", "GRPC", "WEBSOCKET"}) {
      for (const std::string& path : paths) {
        for (const std::string& host : hosts) Add(protocol, path, host, methods, requests);
      }
    }
    return requests->size() <= kMaxQuestions;
  }

 private:
  static bool HasWildcard(const std::vector<std::string>& values) {
    return std::any_of(values.begin(), values.end(),
                       [](const std::string& value) { return absl::StrContains(value, '*'); });
  }

  bool AddCaller(const std::string& principal, std::vector<QuestionEnd>* callers) const {
    auto id = certs::SpiffeId::ParsePrincipal(principal);
    if (!id.ok()) return false;
    callers->push_back({*std::move(id), IpAddress()});
    return true;
  }

  // Source takes the first of its fields that names callers: with the others it matches fewer.
  bool Source(const config::v1::PolicySource& source, std::vector<QuestionEnd>* callers) const {
    if (source.principals_size() > 0) {
      return std::all_of(source.principals().begin(), source.principals().end(),
                         [&](const std::string& value) { return Principal(value, callers); });
    }
    if (source.namespaces_size() == 0) return false;
    return std::all_of(
        source.namespaces().begin(), source.namespaces().end(), [&](const std::string& value) {
          return !absl::StrContains(value, '*') &&
                 AddCaller(absl::StrCat(fresh_, "/ns/", value, "/sa/", fresh_), callers);
        });
  }

  bool Principal(absl::string_view value, std::vector<QuestionEnd>* callers) const {
    if (absl::StartsWith(value, "group:")) return false;
    const std::string below = absl::StrCat(fresh_, "/", fresh_);
    if (value == "*") return AddCaller(below, callers);
    if (absl::ConsumeSuffix(&value, "/*")) {
      // Of some shapes there is more to see than of others: a namespace, for example.
      return AddCaller(absl::StrCat(value, "/", below), callers);
    }
    if (absl::ConsumePrefix(&value, "*/")) {
      return AddCaller(absl::StrCat(below, "/", value), callers);
    }
    return AddCaller(std::string(value), callers);
  }

  // Paths adds a path of every depth that some pattern could tell from others.
  bool Paths(absl::string_view pattern, std::vector<std::string>* paths) const {
    std::string base = absl::StrReplaceAll(pattern, {{"{*}", fresh_}});
    absl::string_view fixed(base);
    const bool self = absl::ConsumeSuffix(&fixed, "/{**}");
    const bool below = self || pattern == "*" || absl::ConsumeSuffix(&fixed, "/*");
    if (pattern == "*") fixed = "";
    if (absl::StrContains(fixed, '*')) return false;
    if (self || !below) paths->push_back(fixed.empty() ? "/" : std::string(fixed));
    if (!below) return true;
    if (pattern == "*") paths->push_back("*");
    std::string path(fixed);
    for (size_t i = 0; i <= depth_ + 1; ++i) {
      paths->push_back(absl::StrCat(path, "/"));
      absl::StrAppend(&path, "/", fresh_);
      paths->push_back(path);
    }
    return true;
  }

  static void Add(const std::string& protocol, const std::string& path, const std::string& host,
                  const std::vector<std::string>& methods,
                  std::vector<std::optional<http::Request>>* requests) {
    for (const std::string& method : methods) {
      if (requests->size() > kMaxQuestions) return;
      RequestLine line{.method = path == "*" ? "OPTIONS" : method,
                       .path = path,
                       .host = host,
                       .protocol = protocol};
      if (protocol == "WEBSOCKET" && method != "GET") continue;
      if (protocol == "GRPC" && method != "POST") continue;
      absl::StatusOr<http::Request> request = Canonical(line);
      if (request.ok()) requests->push_back(*std::move(request));
    }
  }

  const std::string& fresh_;
  const size_t depth_;
};

std::vector<uint16_t> PortsOf(const config::v1::PolicyOperation& operation) {
  std::vector<uint16_t> ports;
  for (const std::string& text : operation.ports()) {
    uint32_t port = 0;
    if (absl::SimpleAtoi(text, &port)) ports.push_back(static_cast<uint16_t>(port));
  }
  if (ports.empty()) ports.push_back(kFreshPort);
  return ports;
}

}  // namespace

CoverageProof::CoverageProof(const PolicyBook& book) : book_(book), fresh_(FreshWord(book)) {
  for (const PolicyDocument& document : book.documents()) {
    ForEachValue(document.message().spec(), [this](const std::string& field,
                                                   const std::string& value) {
      if (!absl::EndsWithIgnoreCase(field, "paths")) return;
      depth_ = std::max(depth_, static_cast<size_t>(std::count(value.begin(), value.end(), '/')));
    });
  }
}

const CoverageProof::Others& CoverageProof::OthersFor(const PolicyDocument& document,
                                                      const Workload& workload) {
  std::string key = absl::StrCat(workload.workload_namespace, "\n", document.outbound());
  for (const auto& [label, value] : workload.labels) absl::StrAppend(&key, "\n", label, "=", value);
  const auto [entry, made] = others_.try_emplace(key);
  Others& others = entry->second;
  if (!made) return others;
  std::string text = document.groups();
  for (const PolicyDocument& other : book_.documents()) {
    const config::v1::PolicySpec& spec = other.message().spec();
    const bool part = spec.has_enforce() && spec.enforce().percent() < 100;
    if (other.audit() || part || other.outbound() != document.outbound()) continue;
    if (!PolicyBook::Applies(other, workload)) continue;
    const std::string name = absl::StrCat("d", others.taken.size());
    config::v1::AuthorizationPolicy copy = other.message();
    copy.mutable_metadata()->Clear();
    copy.mutable_metadata()->set_name(name);
    copy.mutable_metadata()->set_namespace_(workload.workload_namespace);
    copy.mutable_spec()->clear_rules();
    copy.mutable_spec()->clear_selector();
    std::vector<Cover>& taken = others.taken[name];
    for (int i = 0; i < spec.rules_size(); ++i) {
      if (!IsPlain(spec.rules(i))) continue;
      *copy.mutable_spec()->add_rules() = spec.rules(i);
      copy.mutable_spec()->mutable_rules(static_cast<int>(taken.size()))->clear_name();
      taken.push_back({&other, i});
    }
    if (!taken.empty()) absl::StrAppend(&text, "---\n", FlowYaml(copy), "\n");
  }
  config::Diagnostics ignored;
  others.policy = LoadPolicyText("others", text, workload, &ignored);
  return others;
}

std::optional<Cover> CoverageProof::CoverOfQuestion(const Others& others,
                                                    const PolicyQuestion& question) const {
  const Decision decision = Ask(others.policy, question);
  if (decision.rule == nullptr) return std::nullopt;
  const auto taken = others.taken.find(decision.rule->policy);
  int number = 0;
  absl::string_view rule(decision.rule->rule);
  if (taken == others.taken.end() || !absl::ConsumePrefix(&rule, "rules[") ||
      !absl::ConsumeSuffix(&rule, "]") || !absl::SimpleAtoi(rule, &number)) {
    return std::nullopt;
  }
  return taken->second[static_cast<size_t>(number)];
}

// Task is one rule on its way through the proof.
struct CoverageProof::Task {
  const PolicyDocument& document;
  int rule;
  Workload workload;
  const Others& others;
  Generic generic;
  std::shared_ptr<const PolicySet> alone;  // the rule, and more than it
  std::vector<QuestionEnd> callers;
  std::optional<Cover> cover;
};

// QuestionCovered is also true of what the rule does not match: other protocols than it names.
bool CoverageProof::QuestionCovered(const PolicyQuestion& question, Task* task) const {
  const Decision own = Ask(task->alone, question);
  if (!own.allowed && own.reason != Reason::kExplicitDeny) return true;
  const std::optional<Cover> by = CoverOfQuestion(task->others, question);
  if (!by.has_value()) return false;
  const bool denied = by->document->deny() && !task->document.deny();
  const bool earlier =
      std::make_pair(by->document, by->rule) < std::make_pair(&task->document, task->rule);
  if (!denied && (by->document->deny() != task->document.deny() || !earlier)) return false;
  if (!task->cover.has_value() || denied) task->cover = by;
  return true;
}

bool CoverageProof::OperationCovered(const config::v1::PolicyOperation& operation,
                                     Task* task) const {
  std::vector<std::optional<http::Request>> requests;
  if (!task->generic.Requests(operation, &requests)) return false;
  PolicyQuestion question;
  question.workload = task->workload;
  const std::vector<uint16_t> ports = PortsOf(operation);
  const auto about = [&](const std::optional<http::Request>& request) {
    question.request = request;
    return QuestionCovered(question, task);
  };
  for (const QuestionEnd& caller : task->callers) {
    question.source = caller;
    for (const uint16_t port : ports) {
      question.port = port;
      if (!std::all_of(requests.begin(), requests.end(), about)) return false;
    }
  }
  return true;
}

std::optional<Cover> CoverageProof::CoverOf(const PolicyDocument& document, int number) {
  if (fresh_.empty() || depth_ > kMaxDepth || document.outbound() || document.audit()) {
    return std::nullopt;
  }
  const config::v1::AuthorizationPolicy& message = document.message();
  const PolicyRule& rule = message.spec().rules(number);
  Workload workload{message.metadata().namespace_(), {}};
  for (const auto& [label, value] : message.spec().selector().matchlabels()) {
    workload.labels.emplace(label, value);
  }
  const Others& others = OthersFor(document, workload);
  if (others.policy == nullptr) return std::nullopt;
  PolicyRule wide;
  for (const auto& to : rule.to()) *wide.add_to() = to;
  Task task{document,
            number,
            workload,
            others,
            Generic(fresh_, depth_),
            EnforceAlone(document, wide, workload),
            {},
            {}};
  if (!task.generic.Callers(rule, &task.callers)) return std::nullopt;
  const bool all = rule.to().empty()
                       ? OperationCovered(config::v1::PolicyOperation(), &task)
                       : std::all_of(rule.to().begin(), rule.to().end(), [&](const auto& to) {
                           return OperationCovered(to.operation(), &task);
                         });
  return all ? task.cover : std::nullopt;
}

}  // namespace firebreak::policy
