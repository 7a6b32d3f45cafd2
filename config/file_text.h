// Reading a whole configuration or policy file, with a cap.
#ifndef FIREBREAK_CONFIG_FILE_TEXT_H_
#define FIREBREAK_CONFIG_FILE_TEXT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "config/diagnostics.h"

namespace firebreak::config {

constexpr size_t kMaxFileBytes = size_t{64} << 20;

// ReadFileText returns the bytes of the regular file at path. A missing, unreadable, empty or
// oversized file, or a path that is a directory, device or pipe, is reported and gives nullopt.
// Never blocks on a pipe.
std::optional<std::string> ReadFileText(const std::string& path, Diagnostics* diagnostics);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_FILE_TEXT_H_
