// Reading a whole configuration or policy file, with a cap.
#ifndef FIREBREAK_CONFIG_FILE_TEXT_H_
#define FIREBREAK_CONFIG_FILE_TEXT_H_

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "config/diagnostics.h"

namespace firebreak::config {

constexpr size_t kMaxFileBytes = size_t{64} << 20;

// KindOf names what is no regular file: "a folder", "a pipe", "a socket" or "a device".
absl::string_view KindOf(mode_t mode);

// ReadFileText returns the bytes of the regular file at path. A missing, unreadable, empty or
// oversized file, or a path that is a directory, device or pipe, is reported and gives nullopt.
// Never blocks on a pipe.
std::optional<std::string> ReadFileText(const std::string& path, Diagnostics* diagnostics);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_FILE_TEXT_H_
