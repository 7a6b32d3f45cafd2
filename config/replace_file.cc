#include "config/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "absl/strings/str_cat.h"

#include "base/fd_io.h"

namespace firebreak::config {
namespace {

// SyncFolder makes a rename in the folder of path last. Where that is not possible the file is
// there all the same, so a failure is nobody's business.
void SyncFolder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

}  // namespace

absl::Status ReplaceFile(const std::string& path, absl::string_view bytes, mode_t mode) {
  const std::string next = absl::StrCat(path, ".next.", getpid());
  const int fd = open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return absl::ErrnoToStatus(errno, next);
  const bool written = WriteAll(fd, bytes) && fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (!written || rename(next.c_str(), path.c_str()) != 0) {
    const int why = written ? errno : error;
    unlink(next.c_str());
    return absl::ErrnoToStatus(why, path);
  }
  SyncFolder(path);
  return absl::OkStatus();
}

}  // namespace firebreak::config
