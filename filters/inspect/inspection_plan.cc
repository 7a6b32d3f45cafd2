#include "filters/inspect/inspection_plan.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "config/did_you_mean.h"
#include "inspect/field.h"
#include "policy/path_pattern.h"

namespace firebreak::filters {
namespace {

using config::Diagnostics;
using config::ErrorCode;
using config::StreamAction;
using config::Written;

constexpr absl::string_view kNameSuffix = "-name";

InspectionMode AtMostDetect(InspectionMode mode) { return std::min(mode, InspectionMode::kDetect); }

// Replace puts what a rule says in the place of what the listener says.
void Replace(InspectionMode mode, Orders* under) {
  under->requests = mode;
  switch (mode) {
    case InspectionMode::kOff:
      *under = {};
      break;
    case InspectionMode::kDetect:
      under->responses = AtMostDetect(under->responses);
      under->data_loss = AtMostDetect(under->data_loss);
      under->streams = StreamAction::kDetect;
      break;
    case InspectionMode::kBlock:
      under->streams = std::max(under->streams, StreamAction::kBlock);
      break;
  }
}

// Declare: whoever says what is to be spoken wants to know, also where the listener looks into no
// streams.
void Declare(absl::string_view protocol, Orders* under) {
  under->declared = inspect::ParseProtocol(protocol);
  if (under->streams != StreamAction::kNone) return;
  const bool block = under->requests == InspectionMode::kBlock;
  under->streams = block ? StreamAction::kBlock : StreamAction::kDetect;
}

std::vector<absl::string_view> PlaceNames() {
  std::vector<absl::string_view> names;
  for (size_t i = 0; i <= static_cast<size_t>(inspect::Place::kBytes); ++i) {
    names.push_back(inspect::PlaceName(static_cast<inspect::Place>(i)));
  }
  return names;
}

std::vector<absl::string_view> KindNames() {
  std::vector<absl::string_view> names;
  for (size_t i = 0; i < static_cast<size_t>(inspect::SecretKind::kCustom); ++i) {
    names.push_back(inspect::SecretKindName(static_cast<inspect::SecretKind>(i)));
  }
  return names;
}

// PlanMaker reports what is wrong at the place in the file where it is written.
class PlanMaker {
 public:
  PlanMaker(const config::SourceMap& source, Diagnostics* diagnostics)
      : source_(source), diagnostics_(diagnostics) {}

  ListenerPlan Make(const config::InspectionConfig& config) {
    ListenerPlan plan;
    plan.orders = {.requests = config.mode,
                   .responses = config.responses.mode,
                   .data_loss = config.data_loss.mode,
                   .streams = config.streams.action,
                   .paranoia = config.paranoia};
    plan.engine.paranoia = config.paranoia;
    plan.engine.block_score = config.thresholds;
    for (const config::ExclusionConfig& exclusion : config.exclusions) {
      plan.engine.exclusions.push_back(MakeExclusion(exclusion));
    }
    plan.fail_mode = config.fail_mode;
    plan.sample_percent = config.responses.sample_percent;
    plan.secrets = ReadSecrets(config.data_loss.rules);
    for (const Written& kind : config.data_loss.off) TurnOff(kind, &plan.secrets_off);
    plan.orders.declared = MakeProtocol(config.streams.protocol);
    return plan;
  }

 private:
  void Report(const Written& written, absl::string_view message, absl::string_view help) {
    source_.Report(written.at, ErrorCode::kInvalidValue, message, help, diagnostics_);
  }

  inspect::Exclusion MakeExclusion(const config::ExclusionConfig& config) {
    inspect::Exclusion exclusion{.rule = config.rule, .place = ""};
    const std::string& field = config.field.text;
    absl::string_view place = absl::string_view(field).substr(0, field.find(':'));
    if (place.size() < field.size()) exclusion.field = field.substr(place.size() + 1);
    exclusion.names_only = absl::ConsumeSuffix(&place, kNameSuffix);
    exclusion.place = std::string(place);
    const std::vector<absl::string_view> places = PlaceNames();
    if (!field.empty() && std::find(places.begin(), places.end(), place) == places.end()) {
      Report(config.field, absl::StrCat("\"", place, "\" is no place of a message"),
             config::DidYouMean(place, places));
    }
    if (config.path.text.empty()) return exclusion;
    auto pattern = policy::PathPattern::Parse(config.path.text, policy::PathDialect::kFirebreak);
    if (!pattern.ok()) {
      Report(config.path, pattern.status().message(), "");
    } else {
      exclusion.on_path = [matches = *std::move(pattern)](absl::string_view path) {
        return matches.Matches(path);
      };
    }
    return exclusion;
  }

  // Listeners mostly have the same files, which are read once.
  std::shared_ptr<const inspect::SecretRules> ReadSecrets(const std::vector<std::string>& files) {
    if (files.empty()) return nullptr;
    const auto [entry, is_new] = secrets_.try_emplace(files);
    if (!is_new) return entry->second;
    return entry->second = inspect::LoadSecretRules(files, diagnostics_);
  }

  void TurnOff(const Written& kind, inspect::SecretKinds* off) {
    const std::vector<absl::string_view> names = KindNames();
    const auto found = std::find(names.begin(), names.end(), kind.text);
    if (found == names.end()) {
      Report(kind, absl::StrCat("\"", kind.text, "\" is no kind of secret"),
             config::DidYouMean(kind.text, names));
      return;
    }
    off->set(static_cast<size_t>(found - names.begin()));
  }

  std::optional<inspect::Protocol> MakeProtocol(const Written& protocol) {
    if (protocol.at.empty()) return std::nullopt;
    const auto parsed = inspect::ParseProtocol(protocol.text);
    if (!parsed.has_value()) {
      std::vector<absl::string_view> names;
      for (const inspect::ProtocolInfo& info : inspect::AllProtocols()) names.push_back(info.name);
      Report(protocol, absl::StrCat("unknown protocol \"", protocol.text, "\""),
             config::DidYouMean(protocol.text, names));
    }
    return parsed;
  }

  const config::SourceMap& source_;
  Diagnostics* diagnostics_;
  std::map<std::vector<std::string>, std::shared_ptr<const inspect::SecretRules>> secrets_;
};

}  // namespace

Orders ListenerPlan::OrdersUnder(const RuleRef* rule) const {
  Orders under = orders;
  if (rule == nullptr) return under;
  const RuleInspection& says = rule->inspection;
  if (says.paranoia != 0) under.paranoia = says.paranoia;
  if (says.mode.has_value()) Replace(*says.mode, &under);
  if (!says.protocol.empty()) Declare(says.protocol, &under);
  return under;
}

std::shared_ptr<const InspectionPlan> MakeInspectionPlan(const config::ProxyConfig& config,
                                                         Diagnostics* diagnostics) {
  const int errors_before = diagnostics->error_count();
  PlanMaker maker(config.source, diagnostics);
  auto plan = std::make_shared<InspectionPlan>();
  for (const config::ListenerConfig& listener : config.listeners) {
    plan->listeners.push_back(maker.Make(listener.inspection));
  }
  if (diagnostics->error_count() != errors_before) return nullptr;
  return plan;
}

}  // namespace firebreak::filters
