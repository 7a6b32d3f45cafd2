// Putting a file in the place of another in one step.
#ifndef FIREBREAK_CONFIG_REPLACE_FILE_H_
#define FIREBREAK_CONFIG_REPLACE_FILE_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace firebreak::config {

// ReplaceFile makes bytes the content of path: a reader sees the old file or the new one, also
// across a power cut. The new file has this mode, less the process's umask. An error leaves the old
// file as it was.
absl::Status ReplaceFile(const std::string& path, absl::string_view bytes, mode_t mode);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_REPLACE_FILE_H_
