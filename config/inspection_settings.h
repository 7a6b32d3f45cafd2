// What the configuration says about inspection, as plain values.
#ifndef FIREBREAK_CONFIG_INSPECTION_SETTINGS_H_
#define FIREBREAK_CONFIG_INSPECTION_SETTINGS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/verdict.h"

namespace firebreak::config {

inline constexpr int kMaxParanoia = 4;

// Written is a value that another module checks, and the path of its field, for SourceMap::Report.
struct Written {
  std::string text;
  std::string at;
};

// ExclusionConfig: empty members match everything; `rule` or `field` is there.
struct ExclusionConfig {
  std::string rule;
  Written field;  // as flow records spell it
  Written path;   // as in a policy
};

enum class FailMode { kClosed, kOpen };

struct ResponseInspectionConfig {
  InspectionMode mode = InspectionMode::kOff;
  int sample_percent = 100;
};

struct DataLossConfig {
  InspectionMode mode = InspectionMode::kOff;
  std::vector<std::string> rules;  // files
  std::vector<Written> off;        // names of kinds
};

// StreamAction is what becomes of a byte stream in which something was found.
enum class StreamAction { kNone, kDetect, kBlock, kReset, kTarpit };

struct StreamInspectionConfig {
  StreamAction action = StreamAction::kNone;
  Written protocol;  // that is declared; empty: none
};

enum class LearningState { kOff, kLearn, kFreeze, kEnforce };

struct LearningConfig {
  LearningState state = LearningState::kOff;
  std::string folder;
  int64_t least_samples = 1'000;
  int least_hours = 24;
  int max_parameters = 4'000;
};

struct InspectionConfig {
  InspectionMode mode = InspectionMode::kOff;  // of requests
  int paranoia = 1;
  std::array<int, kMaxParanoia> thresholds = {5, 5, 5, 5};  // by paranoia, from level 1 on
  std::vector<ExclusionConfig> exclusions;
  FailMode fail_mode = FailMode::kClosed;
  ResponseInspectionConfig responses;
  DataLossConfig data_loss;
  StreamInspectionConfig streams;
  LearningConfig learning;
};

// PacksConfig: rule packs beside the built-in rules, for the whole sidecar.
struct PacksConfig {
  std::vector<std::string> paths;  // files and folders
  std::vector<std::string> keys;   // of those whose packs are believed, as they are written
};

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_INSPECTION_SETTINGS_H_
