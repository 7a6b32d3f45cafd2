// Writing result files: whole or not at all, and never over what is there unless told to.
#ifndef FIREBREAK_CLI_CERTS_FILES_H_
#define FIREBREAK_CLI_CERTS_FILES_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace firebreak::cli {

inline constexpr mode_t kPublicFile = 0644;
inline constexpr mode_t kSecretFile = 0600;

struct OutputFile {
  std::string path;
  absl::string_view content;
  mode_t mode = kPublicFile;
};

// WriteFiles writes each file under a temporary name beside it and then puts it in its place, so
// that a reader sees the old content or the new one. Without force it refuses, before it writes
// anything, when one of the files exists, and a file that appears meanwhile is not replaced. With
// force a link stays, and what it leads to is written; a device or a pipe is refused.
// AlreadyExists names the file, and the way out of it.
absl::Status WriteFiles(const std::vector<OutputFile>& files, bool force,
                        absl::string_view way = "--force replaces it");

// MakeDirectory makes folder and what is missing above it.
absl::Status MakeDirectory(const std::string& folder);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_CERTS_FILES_H_
