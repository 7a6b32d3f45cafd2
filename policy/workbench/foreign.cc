#include "policy/workbench/foreign.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "policy/pattern.h"
#include "policy/workbench/yaml_text.h"

namespace firebreak::policy {

using config::YamlNode;

std::optional<ForeignNode> ForeignNode::Field(absl::string_view name) const {
  if (node().kind != YamlNode::Kind::kMap) return std::nullopt;
  for (size_t i = 0; i + 1 < node().children.size(); i += 2) {
    if (tree_->node(node().children[i]).scalar != name) continue;
    const ForeignNode value = At(node().children[i + 1]);
    if (value.node().kind == YamlNode::Kind::kNull) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

bool ForeignNode::Has(absl::string_view name) const { return Field(name).has_value(); }

std::string ForeignNode::Text(absl::string_view name) const {
  const auto field = Field(name);
  if (!field.has_value()) return "";
  if (field->node().kind != YamlNode::Kind::kScalar) {
    field->Refuse(absl::StrCat("\"", name, "\" is no text"));
  }
  return field->scalar();
}

std::vector<ForeignNode> ForeignNode::Entries(absl::string_view name) const {
  std::vector<ForeignNode> entries;
  const auto field = Field(name);
  if (!field.has_value()) return entries;
  if (field->node().kind != YamlNode::Kind::kList) {
    field->Refuse(absl::StrCat("\"", name, "\" is no list"));
    return entries;
  }
  for (const int32_t child : field->node().children) entries.push_back(At(child));
  return entries;
}

std::vector<std::string> ForeignNode::Strings(absl::string_view name) const {
  std::vector<std::string> strings;
  for (const ForeignNode& entry : Entries(name)) {
    if (entry.node().kind != YamlNode::Kind::kScalar) entry.Refuse("is no text");
    strings.push_back(entry.scalar());
  }
  return strings;
}

std::map<std::string, std::string> ForeignNode::Labels(absl::string_view name) const {
  std::map<std::string, std::string> labels;
  const auto field = Field(name);
  if (!field.has_value()) return labels;
  if (field->node().kind != YamlNode::Kind::kMap) {
    field->Refuse(absl::StrCat("\"", name, "\" is no map"));
    return labels;
  }
  for (size_t i = 0; i + 1 < field->node().children.size(); i += 2) {
    labels[tree_->node(field->node().children[i]).scalar] =
        tree_->node(field->node().children[i + 1]).scalar;
  }
  return labels;
}

std::string ForeignNode::FlowText() const {
  const std::vector<int32_t>& children = node().children;
  std::vector<std::string> parts;
  switch (node().kind) {
    case YamlNode::Kind::kNull:
      return "null";
    case YamlNode::Kind::kScalar:
      return YamlQuoted(node().scalar);
    case YamlNode::Kind::kList:
      for (const int32_t child : children) parts.push_back(At(child).FlowText());
      return absl::StrCat("[", absl::StrJoin(parts, ", "), "]");
    case YamlNode::Kind::kMap:
      break;
  }
  for (size_t i = 0; i + 1 < children.size(); i += 2) {
    parts.push_back(absl::StrCat(At(children[i]).FlowText(), ": ", At(children[i + 1]).FlowText()));
  }
  return absl::StrCat("{", absl::StrJoin(parts, ", "), "}");
}

void ForeignNode::OnlyFields(absl::Span<const absl::string_view> known,
                             absl::string_view what) const {
  if (node().kind != YamlNode::Kind::kMap) {
    Refuse(absl::StrCat(what, " is no map"));
    return;
  }
  for (size_t i = 0; i + 1 < node().children.size(); i += 2) {
    const ForeignNode key = At(node().children[i]);
    if (std::find(known.begin(), known.end(), absl::string_view(key.scalar())) != known.end()) {
      continue;
    }
    key.Refuse(absl::StrCat("\"", key.scalar(), "\" of ", what, " cannot be expressed"));
  }
}

void ForeignNode::Refuse(absl::string_view message, absl::string_view help) const {
  source_->Report(node().position, config::ErrorCode::kPolicyNotSupported, message, help,
                  diagnostics_);
}

void ForeignNode::Warn(absl::string_view message) const {
  source_->Report(node().position, config::ErrorCode::kPolicyIstioDefault, message, "",
                  diagnostics_, config::Severity::kWarning);
}

namespace {

void AppendPeer(const ImportedPeer& peer, std::string* out) {
  constexpr size_t kIndent = 8;
  if (!peer.principals.empty()) {
    absl::StrAppend(out, YamlList(kIndent, "principals", peer.principals));
  }
  if (!peer.ip_blocks.empty()) absl::StrAppend(out, YamlList(kIndent, "ipBlocks", peer.ip_blocks));
  if (!peer.not_ip_blocks.empty()) {
    absl::StrAppend(out, YamlList(kIndent, "notIpBlocks", peer.not_ip_blocks));
  }
}

void AppendInbound(const ImportedRule& rule, std::string* out) {
  absl::string_view start = "  - ";
  if (!rule.peers.empty()) {
    absl::StrAppend(out, start, "from:\n");
    start = "    ";
    for (const ImportedPeer& peer : rule.peers) {
      absl::StrAppend(out, "    - source:\n");
      AppendPeer(peer, out);
    }
  }
  if (!rule.ports.empty()) {
    absl::StrAppend(out, start, "to:\n    - operation:\n", YamlList(8, "ports", rule.ports));
  } else if (rule.peers.empty()) {
    absl::StrAppend(out, "  - {}\n");
  }
}

void AppendOutbound(const ImportedRule& rule, std::string* out) {
  if (rule.peers.empty() && rule.ports.empty()) {
    absl::StrAppend(out, "  - {}\n");
    return;
  }
  absl::StrAppend(out, "  - to:\n");
  const std::vector<ImportedPeer> anyone(1);
  for (const ImportedPeer& peer : rule.peers.empty() ? anyone : rule.peers) {
    absl::StrAppend(out, "    - destination:\n");
    AppendPeer(peer, out);
    if (!rule.ports.empty()) absl::StrAppend(out, YamlList(8, "ports", rule.ports));
  }
}

}  // namespace

std::string Imported::ToYaml() const {
  std::string text =
      absl::StrCat(YamlComment(0, comment),
                   "apiVersion: firebreak.dev/v1\nkind: AuthorizationPolicy\nmetadata: {name: ",
                   YamlScalar(name), ", namespace: ", YamlScalar(policy_namespace), "}\nspec:\n");
  if (!match_labels.empty()) {
    absl::StrAppend(&text, "  selector:\n    matchLabels:\n");
    for (const auto& [key, value] : match_labels) {
      absl::StrAppend(&text, "      ", YamlQuoted(key), ": ", YamlQuoted(value), "\n");
    }
  }
  if (outbound) absl::StrAppend(&text, "  direction: OUTBOUND\n");
  absl::StrAppend(&text, "  action: ALLOW\n");
  if (!rules.empty()) absl::StrAppend(&text, "  rules:\n");
  for (const ImportedRule& rule : rules) {
    if (outbound) {
      AppendOutbound(rule, &text);
    } else {
      AppendInbound(rule, &text);
    }
  }
  return text;
}

std::map<std::string, std::string> SelectedLabels(const ForeignNode& selector) {
  selector.OnlyFields({"matchLabels"}, "a selector of the workloads protected");
  return selector.Labels("matchLabels");
}

std::string PortOf(const ForeignNode& port) {
  std::string text = port.scalar();
  if (ParsePort(text).ok()) return text;
  port.Refuse(absl::StrCat("port \"", text, "\" is no number from 1 to 65535"),
              "a policy names ports by number");
  return "";
}

}  // namespace firebreak::policy
