// Putting a file in the place of another in one step.
#ifndef FIREBREAK_CONFIG_REPLACE_FILE_H_
#define FIREBREAK_CONFIG_REPLACE_FILE_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::config {

// FileToReplace is the regular file that path leads to over symbolic links, or where it would be
// made. InvalidArgument: there is a device, a pipe, a socket or a folder, for which a rename would
// put a file; or a link that somebody else left in a folder that all may write to, as /tmp is.
absl::StatusOr<std::string> FileToReplace(const std::string& path);

// ReplaceFile makes bytes the content of FileToReplace(path): a reader sees the old file or the new
// one, also across a power cut. The new file has this mode, less the process's umask. An error
// leaves what is there as it was.
absl::Status ReplaceFile(const std::string& path, absl::string_view bytes, mode_t mode);

// RewriteFile does so with a file that people own and edit too: mode, owner and group stay what
// they are, as far as this process may give them. Where a group cannot be kept, its members have no
// more than everybody has. A file that is not there yet is made as ReplaceFile does.
absl::Status RewriteFile(const std::string& path, absl::string_view bytes, mode_t mode);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_REPLACE_FILE_H_
