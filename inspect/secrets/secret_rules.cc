#include "inspect/secrets/secret_rules.h"

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "config/diagnostics.h"
#include "config/encoding.h"
#include "config/file_text.h"
#include "config/source_text.h"
#include "config/yaml_tree.h"
#include "inspect/secrets/token_check.h"

namespace firebreak::inspect {
namespace {

using config::ErrorCode;
using config::YamlNode;

// Reader walks over the tree, and reports the first thing wrong with a rule at its place.
class Reader {
 public:
  Reader(const config::SourceText& source, const config::YamlTree& tree,
         config::Diagnostics* diagnostics)
      : source_(source), tree_(tree), diagnostics_(diagnostics) {}

  void ReadFile(SecretRules* rules) {
    if (tree_.roots().size() != 1) {
      return Fail(YamlNode(), ErrorCode::kSyntax, "one document with \"secrets\" is due");
    }
    const YamlNode& root = tree_.node(tree_.roots().front());
    const YamlNode* list = nullptr;
    for (size_t i = 0; root.kind == YamlNode::Kind::kMap && i + 1 < root.children.size(); i += 2) {
      const YamlNode& key = tree_.node(root.children[i]);
      if (key.scalar != "secrets") {
        return Fail(key, ErrorCode::kUnknownField,
                    absl::StrCat("unknown field \"", key.scalar, "\""));
      }
      list = &tree_.node(root.children[i + 1]);
    }
    if (list == nullptr || list->kind != YamlNode::Kind::kList) {
      return Fail(root, ErrorCode::kWrongType, "\"secrets\" is a list of rules");
    }
    if (list->children.size() > kMaxCustomSecrets) {
      return Fail(*list, ErrorCode::kOutOfRange,
                  absl::StrCat("more than ", kMaxCustomSecrets, " rules"));
    }
    for (const int32_t index : list->children) ReadRule(tree_.node(index), rules);
  }

 private:
  void Fail(const YamlNode& node, ErrorCode code, absl::string_view message) {
    source_.Report(node.position, code, message, "", diagnostics_);
  }

  void ReadRule(const YamlNode& node, SecretRules* rules) {
    if (node.kind != YamlNode::Kind::kMap)
      return Fail(node, ErrorCode::kWrongType, "a rule is a map");
    CustomSecret rule;
    for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
      ReadField(tree_.node(node.children[i]), tree_.node(node.children[i + 1]), &rule);
    }
    if (rule.name.empty()) return Fail(node, ErrorCode::kRequiredField, "a rule has a name");
    if (rule.prefix.size() < kMinSecretPrefix) {
      return Fail(node, ErrorCode::kRequiredField,
                  absl::StrCat("prefix has at least ", kMinSecretPrefix, " characters"));
    }
    rules->push_back(std::move(rule));
  }

  void ReadField(const YamlNode& key, const YamlNode& value, CustomSecret* rule) {
    const std::string& name = key.scalar;
    if (name == "name") {
      rule->name = value.scalar;
    } else if (name == "prefix") {
      rule->prefix = value.scalar;
    } else if (name == "length") {
      ReadLength(value, rule);
    } else if (name == "characters") {
      rule->hex = value.scalar == "hex";
      if (!rule->hex && value.scalar != "word")
        Fail(value, ErrorCode::kUnknownEnumValue, "characters is hex or word");
    } else if (name == "entropy") {
      const bool number = absl::SimpleAtod(value.scalar, &rule->entropy);
      if (!number || !(rule->entropy >= 0 && rule->entropy <= 6))
        Fail(value, ErrorCode::kOutOfRange, "entropy is 0 to 6 bits");
    } else if (name == "allow") {
      for (const int32_t index : value.children) rule->allow.push_back(tree_.node(index).scalar);
    } else {
      Fail(key, ErrorCode::kUnknownField, absl::StrCat("unknown field \"", name, "\""));
    }
  }

  void ReadLength(const YamlNode& value, CustomSecret* rule) {
    const bool pair = value.kind == YamlNode::Kind::kList && value.children.size() == 2;
    const bool numbers = pair &&
                         absl::SimpleAtoi(tree_.node(value.children[0]).scalar, &rule->shortest) &&
                         absl::SimpleAtoi(tree_.node(value.children[1]).scalar, &rule->longest);
    if (!numbers || rule->shortest < 8 || rule->longest < rule->shortest || rule->longest > 1024) {
      Fail(value, ErrorCode::kOutOfRange, "length is [shortest, longest], from 8 to 1024");
    }
  }

  const config::SourceText& source_;
  const config::YamlTree& tree_;
  config::Diagnostics* diagnostics_;
};

}  // namespace

std::optional<SecretRules> ParseSecretRules(absl::string_view file, absl::string_view text,
                                            config::Diagnostics* diagnostics) {
  const config::SourceText source(file, text);
  if (const auto bad = config::FindBadByte(text); bad.has_value()) {
    source.Report(source.PositionOf(bad->offset), ErrorCode::kEncoding, bad->what, "", diagnostics);
    return std::nullopt;
  }
  const auto tree = config::ParseYamlTree(source, diagnostics);
  if (tree == nullptr) return std::nullopt;
  SecretRules rules;
  Reader(source, *tree, diagnostics).ReadFile(&rules);
  if (!diagnostics->ok()) return std::nullopt;
  return rules;
}

std::shared_ptr<const SecretRules> LoadSecretRules(const std::vector<std::string>& files,
                                                   config::Diagnostics* diagnostics) {
  const int errors_before = diagnostics->error_count();
  auto all = std::make_shared<SecretRules>();
  for (const std::string& file : files) {
    const std::optional<std::string> text = config::ReadFileText(file, diagnostics);
    if (!text.has_value()) continue;
    const auto rules = ParseSecretRules(file, *text, diagnostics);
    if (rules.has_value()) all->insert(all->end(), rules->begin(), rules->end());
  }
  if (all->size() > kMaxCustomSecrets) {
    diagnostics->Error(ErrorCode::kInvalidValue, files.front(),
                       absl::StrCat("more than ", kMaxCustomSecrets, " secrets in these files"));
  }
  if (diagnostics->error_count() != errors_before) return nullptr;
  return all;
}

std::optional<size_t> MatchCustomSecret(const CustomSecret& rule, absl::string_view token,
                                        size_t at) {
  const absl::string_view rest = token.substr(at);
  if (!absl::StartsWith(rest, rule.prefix)) return std::nullopt;
  const absl::string_view body = rest.substr(rule.prefix.size());
  const auto is_word = [](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '-'; };
  const auto end = std::find_if_not(body.begin(), body.end(), [&](char c) {
    return rule.hex ? absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f') : is_word(c);
  });
  const auto run = static_cast<size_t>(end - body.begin());
  if (run < rule.shortest || run > rule.longest || (end != body.end() && is_word(*end)))
    return std::nullopt;
  const size_t size = rule.prefix.size() + run;
  const bool allowed =
      std::find(rule.allow.begin(), rule.allow.end(), rest.substr(0, size)) != rule.allow.end();
  if (allowed || TokenBits(body.substr(0, run)) < rule.entropy) return std::nullopt;
  return size;
}

}  // namespace firebreak::inspect
