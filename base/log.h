// The diagnostic log: one line an event on stderr, never on the data path's hot side. Flow records
// are not written here (flows/).
#ifndef FIREBREAK_BASE_LOG_H_
#define FIREBREAK_BASE_LOG_H_

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace firebreak {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

// SetLogLevel and LogEnabled may be called from any thread. The level starts at kInfo.
void SetLogLevel(LogLevel level);
bool LogEnabled(LogLevel level);

// ParseLogLevel takes debug, info, warning, error, off; false for anything else.
bool ParseLogLevel(absl::string_view name, LogLevel* out);

// WriteLog writes one line. Text is escaped, so a peer's bytes cannot fake a line.
void WriteLog(LogLevel level, absl::string_view text);

}  // namespace firebreak

// FB_LOG(kInfo, "listening on ", address): arguments go through absl::StrCat, and are not
// evaluated when the level is off.
#define FB_LOG(level, ...)                                                            \
  do {                                                                                \
    if (::firebreak::LogEnabled(::firebreak::LogLevel::level)) {                      \
      ::firebreak::WriteLog(::firebreak::LogLevel::level, absl::StrCat(__VA_ARGS__)); \
    }                                                                                 \
  } while (false)

#endif  // FIREBREAK_BASE_LOG_H_
