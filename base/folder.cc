#include "base/folder.h"

#include <cerrno>
#include <memory>

#include "absl/strings/string_view.h"

namespace firebreak {

absl::StatusOr<std::vector<std::string>> FolderEntries(DIR* stream, const std::string& folder) {
  std::vector<std::string> names;
  while (true) {
    // Only errno tells an error from the end.
    errno = 0;
    const dirent* const entry = readdir(stream);  // NOLINT(concurrency-mt-unsafe): one caller each
    if (entry == nullptr) break;
    const absl::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return absl::ErrnoToStatus(errno, folder);
  return names;
}

absl::StatusOr<std::vector<std::string>> FolderEntries(const std::string& folder) {
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(opendir(folder.c_str()), closedir);
  if (stream == nullptr) return absl::ErrnoToStatus(errno, folder);
  return FolderEntries(stream.get(), folder);
}

}  // namespace firebreak
