#include "policy/written_policy.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "policy/testing.h"

namespace firebreak::policy {
namespace {

std::string BlockYaml(const WrittenBlock& block) {
  return absl::StrCat("{",
                      absl::StrJoin(block, ", ",
                                    [](std::string* out, const auto& field) {
                                      absl::StrAppend(out, field.first, ": ['",
                                                      absl::StrJoin(field.second, "', '"), "']");
                                    }),
                      "}");
}

std::string OperationYaml(const WrittenTarget& target) {
  if (target.grpc.empty()) return BlockYaml(target.operation);
  const std::string grpc = absl::StrCat("grpc: ", BlockYaml(target.grpc), "}");
  if (target.operation.empty()) return absl::StrCat("{", grpc);
  std::string operation = BlockYaml(target.operation);
  operation.pop_back();
  return absl::StrCat(operation, ", ", grpc);
}

std::string ValidityYaml(const WrittenRule& rule) {
  std::vector<std::string> fields;
  if (!rule.not_before.empty()) fields.push_back(absl::StrCat("not_before: ", rule.not_before));
  if (!rule.not_after.empty()) fields.push_back(absl::StrCat("not_after: ", rule.not_after));
  std::vector<std::string> windows;
  for (const WrittenWindow& window : rule.weekly) {
    windows.push_back(absl::StrCat("{days: [", absl::StrJoin(window.days, ", "), "], from: '",
                                   window.from, "', to: '", window.to,
                                   "', time_zone: ", window.zone, "}"));
  }
  if (!windows.empty()) {
    fields.push_back(absl::StrCat("weekly: [", absl::StrJoin(windows, ", "), "]"));
  }
  return absl::StrCat("validity: {", absl::StrJoin(fields, ", "), "}");
}

std::string WhenYaml(const WrittenCondition& condition) {
  return absl::StrCat("{key: '", condition.key, "', ", BlockYaml(condition.values).substr(1));
}

std::string TargetYaml(const WrittenTarget& target) {
  std::vector<std::string> parts;
  if (!target.operation.empty() || !target.grpc.empty()) {
    parts.push_back(absl::StrCat("operation: ", OperationYaml(target)));
  }
  if (!target.destination.empty()) {
    parts.push_back(absl::StrCat("destination: ", BlockYaml(target.destination)));
  }
  return absl::StrCat("{", absl::StrJoin(parts, ", "), "}");
}

}  // namespace

std::string WrittenPolicy::ToYaml() const {
  std::string text;
  for (const WrittenRule& rule : rules) {
    std::vector<std::string> sources;
    for (const WrittenBlock& block : rule.from) {
      sources.push_back(absl::StrCat("{source: ", BlockYaml(block), "}"));
    }
    std::vector<std::string> targets;
    for (const WrittenTarget& target : rule.to) targets.push_back(TargetYaml(target));
    std::vector<std::string> fields;
    if (!sources.empty())
      fields.push_back(absl::StrCat("from: [", absl::StrJoin(sources, ", "), "]"));
    if (!targets.empty())
      fields.push_back(absl::StrCat("to: [", absl::StrJoin(targets, ", "), "]"));
    std::vector<std::string> conditions;
    for (const WrittenCondition& condition : rule.when) conditions.push_back(WhenYaml(condition));
    if (!conditions.empty())
      fields.push_back(absl::StrCat("when: [", absl::StrJoin(conditions, ", "), "]"));
    if (!rule.not_before.empty() || !rule.not_after.empty() || !rule.weekly.empty())
      fields.push_back(ValidityYaml(rule));
    absl::StrAppend(&text, "  - {", absl::StrJoin(fields, ", "), "}\n");
  }
  return PolicyText(name,
                    absl::StrCat("direction: ", outbound ? "OUTBOUND" : "INBOUND", "\n  action: ",
                                 deny ? "DENY" : "ALLOW", "\n  mode: ", audit ? "AUDIT" : "ENFORCE",
                                 percent == 100 ? "" : "\n  enforce: {percent: ",
                                 percent == 100 ? "" : absl::StrCat(percent, "}")),
                    text);
}

std::string GroupsToYaml() {
  std::string text;
  for (const auto& [name, members] : WrittenGroups()) {
    absl::StrAppend(
        &text, "---\napiVersion: firebreak.dev/v1\nkind: PrincipalGroup\nmetadata: {name: ", name,
        ", namespace: shop}\nspec: {principals: ['", absl::StrJoin(members, "', '"), "']}\n");
  }
  return text;
}

bool Contradicts(const WrittenRule& rule, const WrittenTarget& target) {
  bool about_requests = !target.grpc.empty() || target.destination.count("hosts") > 0 ||
                        target.destination.count("notHosts") > 0;
  for (const auto& [name, values] : target.operation) {
    const std::string field = WrittenField::Of(name).name;
    about_requests = about_requests || (field != "ports" && field != "protocols");
  }
  for (const WrittenCondition& condition : rule.when) {
    about_requests = about_requests || absl::StartsWith(condition.key, "request.headers");
  }
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::count(names.begin(), names.end(), name) > 0;
  };
  const std::vector<std::vector<std::string>> possible = {{"TCP"},
                                                          {"HTTP", "HTTP1"},
                                                          {"HTTP", "HTTP1", "GRPC"},
                                                          {"HTTP", "HTTP1", "WEBSOCKET"},
                                                          {"HTTP", "HTTP1", "GRPC", "WEBSOCKET"},
                                                          {"HTTP", "HTTP2"},
                                                          {"HTTP", "HTTP2", "GRPC"},
                                                          {"HTTP", "HTTP2", "WEBSOCKET"},
                                                          {"HTTP", "HTTP2", "GRPC", "WEBSOCKET"}};
  return std::none_of(possible.begin(), possible.end(), [&](const auto& names) {
    if (about_requests && has(names, "TCP")) return false;
    if (!target.grpc.empty() && !has(names, "GRPC")) return false;
    for (const bool negated : {false, true}) {
      const auto written = target.operation.find(negated ? "notProtocols" : "protocols");
      if (written == target.operation.end()) continue;
      const bool any = std::any_of(written->second.begin(), written->second.end(),
                                   [&](const std::string& name) { return has(names, name); });
      if (any == negated) return false;
    }
    return true;
  });
}

const std::map<std::string, std::vector<std::string>>& WrittenGroups() {
  static const auto* const groups = new std::map<std::string, std::vector<std::string>>{
      {"few", {"td/ns/a/sa/x"}}, {"many", {"td2/*", "*/sa/xy", "td/vm/1"}}};
  return *groups;
}

WrittenField WrittenField::Of(const std::string& written) {
  if (!absl::StartsWith(written, "not")) return {written, false};
  std::string name = written.substr(3);
  name[0] = static_cast<char>(name[0] + 'a' - 'A');
  return {name, true};
}

}  // namespace firebreak::policy
