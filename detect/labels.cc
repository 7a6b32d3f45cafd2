#include "detect/labels.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/did_you_mean.h"
#include "config/source_map.h"
#include "config/yaml_reader.h"
#include "detect/labels.pb.h"

namespace firebreak::detect {
namespace {

constexpr size_t kMaxKnownRoutes = size_t{1} << 20;

bool* FieldOf(absl::string_view label, IdentityLabels& labels) {
  if (label == "crown_jewel") return &labels.crown_jewel;
  if (label == "internet_facing") return &labels.internet_facing;
  if (label == "honey") return &labels.honey;
  if (label == "protected") return &labels.is_protected;
  return label == "scanner" ? &labels.scanner : nullptr;
}

const std::vector<absl::string_view>& KnownLabels() {
  static const auto* const known = new std::vector<absl::string_view>{
      "crown_jewel", "internet_facing", "honey", "protected", "scanner"};
  return *known;
}

}  // namespace

Labels::Pattern Labels::PatternOf(const std::string& text) {
  const absl::string_view name = absl::StartsWith(text, "spiffe://")
                                     ? absl::string_view(text).substr(9)
                                     : absl::string_view(text);
  const bool prefix = absl::EndsWith(name, "*");
  return {.text = std::string(name.substr(0, name.size() - (prefix ? 1 : 0))), .prefix = prefix};
}

bool Labels::Pattern::Matches(absl::string_view name) const {
  return prefix ? absl::StartsWith(name, text) : name == text;
}

std::optional<Labels> Labels::Parse(absl::string_view file, absl::string_view text,
                                    config::Diagnostics* diagnostics) {
  v1::Labels message;
  config::SourceMap map;
  if (!config::ReadYaml(file, text, &message, &map, diagnostics)) return std::nullopt;
  Labels labels;
  for (int i = 0; i < message.identities_size(); ++i) {
    const v1::LabelledIdentity& written = message.identities(i);
    const std::string at = absl::StrCat("identities[", i, "]");
    // An empty list is meant so; labels that are not there were forgotten.
    if (written.principal().empty() || !map.Contains(absl::StrCat(at, ".labels"))) {
      map.Report(at, config::ErrorCode::kRequiredField,
                 absl::StrCat(at, " needs a principal and labels"), "", diagnostics);
      continue;
    }
    Rule rule{.principal = PatternOf(written.principal())};
    for (const std::string& label : written.labels()) {
      bool* const field = FieldOf(label, rule.labels);
      if (field == nullptr) {
        map.Report(absl::StrCat(at, ".labels"), config::ErrorCode::kInvalidValue,
                   absl::StrCat("unknown label \"", label, "\" in ", at),
                   config::DidYouMean(label, KnownLabels()), diagnostics);
        continue;
      }
      *field = true;
    }
    labels.identities_.push_back(std::move(rule));
  }
  for (int i = 0; i < message.honey_routes_size(); ++i) {
    const v1::HoneyRoute& written = message.honey_routes(i);
    if (!absl::StartsWith(written.path(), "/")) {
      const std::string at = absl::StrCat("honey_routes[", i, "]");
      map.Report(at, config::ErrorCode::kInvalidValue,
                 absl::StrCat(at, " needs a path that begins with /"), "", diagnostics);
      continue;
    }
    labels.routes_.push_back(
        {.principal = PatternOf(written.principal().empty() ? "*" : written.principal()),
         .path = PatternOf(written.path())});
  }
  if (!diagnostics->ok()) return std::nullopt;
  return labels;
}

std::vector<std::string> Labels::Declared() const {
  std::vector<std::string> declared;
  for (const Rule& rule : identities_) {
    if (!rule.principal.prefix) declared.push_back(rule.principal.text);
  }
  return declared;
}

std::vector<std::string> Labels::Protected() const {
  std::vector<std::string> found;
  for (const Rule& rule : identities_) {
    if (rule.labels.is_protected) found.push_back(rule.principal.Written());
  }
  return found;
}

bool Labels::IsProtected(absl::string_view identity) const {
  return std::any_of(identities_.begin(), identities_.end(), [identity](const Rule& rule) {
    return rule.labels.is_protected && rule.principal.Matches(identity);
  });
}

bool Labels::HasJewels() const {
  return std::any_of(identities_.begin(), identities_.end(),
                     [](const Rule& rule) { return rule.labels.crown_jewel; });
}

const IdentityLabels& Labels::Of(NameId identity, const Names& names) {
  const auto [found, added] = known_.try_emplace(identity);
  if (!added) return found->second;
  for (const Rule& rule : identities_) {
    if (!rule.principal.Matches(names.Text(identity))) continue;
    found->second.crown_jewel |= rule.labels.crown_jewel;
    found->second.internet_facing |= rule.labels.internet_facing;
    found->second.honey |= rule.labels.honey;
    found->second.scanner |= rule.labels.scanner;
  }
  return found->second;
}

bool Labels::IsHoneyRoute(NameId destination, NameId route, const Names& names) {
  if (routes_.empty()) return false;
  if (known_routes_.size() >= kMaxKnownRoutes) known_routes_.clear();
  const uint64_t key = (uint64_t{destination} << 32) | route;
  const auto [found, added] = known_routes_.try_emplace(key, false);
  if (!added) return found->second;
  const absl::string_view text = names.Text(route);
  const size_t slash = text.find('/');
  const absl::string_view path = slash == absl::string_view::npos ? "" : text.substr(slash);
  found->second = std::any_of(routes_.begin(), routes_.end(), [&](const Route& honey) {
    return honey.path.Matches(path) && honey.principal.Matches(names.Text(destination));
  });
  return found->second;
}

}  // namespace firebreak::detect
