#include "base/folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "absl/cleanup/cleanup.h"
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

absl::Status SyncFolder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, folder);
  const absl::Cleanup closer = [fd] { close(fd); };
  return fsync(fd) == 0 ? absl::OkStatus() : absl::ErrnoToStatus(errno, folder);
}

}  // namespace firebreak
