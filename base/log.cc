#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>

#include "base/escape.h"

namespace firebreak {
namespace {

constexpr std::array<absl::string_view, 5> kNames = {"debug", "info", "warning", "error", "off"};
constexpr std::array<spdlog::level::level_enum, 5> kLevels = {
    spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err,
    spdlog::level::off};

spdlog::logger& Logger() {
  // Never destroyed: a worker may log while the process exits.
  static auto* const logger = [] {
    auto* made = new spdlog::logger("firebreak", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
    made->set_level(spdlog::level::info);
    return made;
  }();
  return *logger;
}

}  // namespace

void SetLogLevel(LogLevel level) { Logger().set_level(kLevels[static_cast<size_t>(level)]); }

bool LogEnabled(LogLevel level) { return Logger().should_log(kLevels[static_cast<size_t>(level)]); }

bool ParseLogLevel(absl::string_view name, LogLevel* out) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] != name) continue;
    *out = static_cast<LogLevel>(i);
    return true;
  }
  return false;
}

void WriteLog(LogLevel level, absl::string_view text) {
  Logger().log(kLevels[static_cast<size_t>(level)], "{}", PrintableEscaped(text));
}

}  // namespace firebreak
