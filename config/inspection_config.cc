#include "config/inspection_config.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/proxy.pb.h"

namespace firebreak::config {
namespace {

constexpr int kMaxThreshold = 1'000;
constexpr size_t kMaxPackKeys = 8;
constexpr int64_t kMaxSamples = 1'000'000'000;
constexpr int kMaxHours = 365 * 24;
// A form has some ten. Of many more than the most the state file would be too large to be read back
// (kMaxFileBytes).
constexpr int kMinParameters = 10;
constexpr int kMaxParameters = 20'000;
// A finding is compared with each of them.
constexpr size_t kMaxExclusions = 64;

// ReadMode leaves *mode alone when the file says none.
void ReadMode(v1::Inspection::Mode written, InspectionMode* mode) {
  if (written == v1::Inspection::OFF) *mode = InspectionMode::kOff;
  if (written == v1::Inspection::DETECT) *mode = InspectionMode::kDetect;
  if (written == v1::Inspection::BLOCK) *mode = InspectionMode::kBlock;
}

void ReadParanoia(const v1::Inspection& proto, const std::string& path, const FieldChecks& checks,
                  InspectionConfig* inspection) {
  if (!proto.has_paranoia()) return;
  inspection->paranoia = proto.paranoia();
  if (inspection->paranoia >= 1 && inspection->paranoia <= kMaxParanoia) return;
  checks.Report(absl::StrCat(path, ".paranoia"), ErrorCode::kInvalidValue,
                absl::StrCat(path, ".paranoia is ", inspection->paranoia),
                absl::StrCat("1 to ", kMaxParanoia));
}

void ReadThresholds(const v1::Inspection& proto, const std::string& path, const FieldChecks& checks,
                    InspectionConfig* inspection) {
  const std::string field = absl::StrCat(path, ".thresholds");
  const int count = proto.thresholds_size();
  if (count > kMaxParanoia || (count == 0 && checks.Contains(field))) {
    checks.Report(field, ErrorCode::kInvalidValue, absl::StrCat(field, " has ", count, " numbers"),
                  absl::StrCat("1 to ", kMaxParanoia, ", one for each level of paranoia"));
    return;
  }
  if (count == 0) return;
  for (int i = 0; i < kMaxParanoia; ++i) {
    const int threshold = proto.thresholds(std::min(i, count - 1));
    inspection->thresholds.at(static_cast<size_t>(i)) = threshold;
    if (i >= count || (threshold >= 1 && threshold <= kMaxThreshold)) continue;
    checks.Report(absl::StrCat(field, "[", i, "]"), ErrorCode::kInvalidValue,
                  absl::StrCat("a threshold is ", threshold), absl::StrCat("1 to ", kMaxThreshold));
  }
}

void ReadExclusions(const v1::Inspection& proto, const std::string& path, const FieldChecks& checks,
                    InspectionConfig* inspection) {
  constexpr absl::string_view kRulePrefix = "FBI-";
  for (int i = 0; i < proto.exclusions_size(); ++i) {
    const v1::InspectionExclusion& exclusion = proto.exclusions(i);
    const std::string at = absl::StrCat(path, ".exclusions[", i, "]");
    const std::string rule = absl::StrCat(at, ".rule");
    if (checks.Contains(rule) && !absl::StartsWith(exclusion.rule(), kRulePrefix)) {
      checks.Report(rule, ErrorCode::kInvalidValue,
                    absl::StrCat("no rule begins with \"", exclusion.rule(), "\""),
                    "FBI-SQL-001 is one, FBI-SQL- are several");
    }
    // What says nothing would take away everything.
    if (exclusion.rule().empty() && exclusion.field().empty()) {
      checks.Report(at, ErrorCode::kRequiredField,
                    absl::StrCat(at, " has neither a rule nor a field"),
                    "to inspect nothing, set mode to OFF");
    }
    inspection->exclusions.push_back({.rule = exclusion.rule(),
                                      .field = {exclusion.field(), absl::StrCat(at, ".field")},
                                      .path = {exclusion.path(), absl::StrCat(at, ".path")}});
  }
  if (inspection->exclusions.size() > kMaxExclusions) {
    checks.Report(absl::StrCat(path, ".exclusions"), ErrorCode::kInvalidValue,
                  absl::StrCat(inspection->exclusions.size(), " exclusions on one listener"),
                  absl::StrCat("at most ", kMaxExclusions));
  }
}

void ReadResponses(const v1::ResponseInspection& proto, const std::string& path,
                   const FieldChecks& checks, ResponseInspectionConfig* responses) {
  ReadMode(proto.mode(), &responses->mode);
  if (!proto.has_sample_percent()) return;
  responses->sample_percent = proto.sample_percent();
  if (responses->sample_percent >= 0 && responses->sample_percent <= 100) return;
  checks.Report(absl::StrCat(path, ".sample_percent"), ErrorCode::kInvalidValue,
                absl::StrCat(path, ".sample_percent is ", responses->sample_percent), "0 to 100");
}

void ReadDataLoss(const v1::DataLoss& proto, const std::string& path, const FieldChecks& checks,
                  DataLossConfig* data_loss) {
  ReadMode(proto.mode(), &data_loss->mode);
  for (int i = 0; i < proto.rules_size(); ++i) {
    data_loss->rules.push_back(
        checks.RequiredPath(absl::StrCat(path, ".rules[", i, "]"), proto.rules(i)));
  }
  for (int i = 0; i < proto.off_size(); ++i) {
    data_loss->off.push_back({proto.off(i), absl::StrCat(path, ".off[", i, "]")});
  }
}

std::optional<StreamAction> ActionOf(v1::StreamInspection::Action action) {
  switch (action) {
    case v1::StreamInspection::NONE:
      return StreamAction::kNone;
    case v1::StreamInspection::DETECT:
      return StreamAction::kDetect;
    case v1::StreamInspection::BLOCK:
      return StreamAction::kBlock;
    case v1::StreamInspection::RESET:
      return StreamAction::kReset;
    case v1::StreamInspection::TARPIT:
      return StreamAction::kTarpit;
    default:
      return std::nullopt;
  }
}

void ReadStreams(const v1::StreamInspection& proto, const std::string& path,
                 const FieldChecks& checks, StreamInspectionConfig* streams) {
  if (const auto action = ActionOf(proto.action())) streams->action = *action;
  const std::string protocol = absl::StrCat(path, ".protocol");
  if (checks.Contains(protocol)) streams->protocol = {proto.protocol(), protocol};
}

void ReadLearning(const v1::Learning& proto, const std::string& path, const FieldChecks& checks,
                  LearningConfig* learning) {
  if (proto.state() == v1::Learning::OFF) learning->state = LearningState::kOff;
  if (proto.state() == v1::Learning::LEARN) learning->state = LearningState::kLearn;
  if (proto.state() == v1::Learning::FREEZE) learning->state = LearningState::kFreeze;
  if (proto.state() == v1::Learning::ENFORCE) learning->state = LearningState::kEnforce;
  const std::string folder = absl::StrCat(path, ".folder");
  if (checks.Contains(folder)) learning->folder = checks.RequiredPath(folder, proto.folder());
  if (proto.has_least_samples()) {
    learning->least_samples =
        checks.InRange(absl::StrCat(path, ".least_samples"), proto.least_samples(), 1, kMaxSamples);
  }
  if (proto.has_least_hours()) {
    learning->least_hours =
        checks.InRange(absl::StrCat(path, ".least_hours"), proto.least_hours(), 0, kMaxHours);
  }
  if (proto.has_max_parameters()) {
    learning->max_parameters =
        checks.InRange(absl::StrCat(path, ".max_parameters"), proto.max_parameters(),
                       kMinParameters, kMaxParameters);
  }
}

}  // namespace

void ReadInspection(const v1::Inspection& proto, const std::string& path, const FieldChecks& checks,
                    InspectionConfig* inspection) {
  ReadMode(proto.mode(), &inspection->mode);
  ReadParanoia(proto, path, checks, inspection);
  ReadThresholds(proto, path, checks, inspection);
  ReadExclusions(proto, path, checks, inspection);
  if (proto.fail_mode() == v1::Inspection::CLOSED) inspection->fail_mode = FailMode::kClosed;
  if (proto.fail_mode() == v1::Inspection::OPEN) inspection->fail_mode = FailMode::kOpen;
  ReadResponses(proto.responses(), absl::StrCat(path, ".responses"), checks,
                &inspection->responses);
  ReadDataLoss(proto.data_loss(), absl::StrCat(path, ".data_loss"), checks, &inspection->data_loss);
  ReadStreams(proto.streams(), absl::StrCat(path, ".streams"), checks, &inspection->streams);
  ReadLearning(proto.learning(), absl::StrCat(path, ".learning"), checks, &inspection->learning);
}

PacksConfig ReadPacks(const v1::Inspection& proto, const FieldChecks& checks) {
  PacksConfig packs;
  for (int i = 0; i < proto.packs_size(); ++i) {
    if (proto.packs(i) == "builtin") continue;
    packs.paths.push_back(
        checks.RequiredPath(absl::StrCat("inspection.packs[", i, "]"), proto.packs(i)));
  }
  packs.keys = {proto.pack_keys().begin(), proto.pack_keys().end()};
  constexpr absl::string_view kKeys = "inspection.pack_keys";
  if (packs.keys.empty() && !packs.paths.empty()) {
    checks.Report(kKeys, ErrorCode::kRequiredField, absl::StrCat(kKeys, " is missing"),
                  "the public keys of those whose packs are believed");
  }
  if (packs.keys.size() > kMaxPackKeys) {
    checks.Report(kKeys, ErrorCode::kInvalidValue,
                  absl::StrCat(kKeys, " has ", packs.keys.size(), " entries"),
                  absl::StrCat("at most ", kMaxPackKeys));
  }
  return packs;
}

void RefusePacks(const std::string& path, const FieldChecks& checks) {
  for (const absl::string_view field : {"packs", "pack_keys"}) {
    const std::string at = absl::StrCat(path, ".", field);
    if (!checks.Contains(at)) continue;
    checks.Report(at, ErrorCode::kConflict, absl::StrCat(at, ": packs are for the whole sidecar"),
                  "write it in inspection at the top level");
  }
}

}  // namespace firebreak::config
