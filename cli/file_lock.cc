#include "cli/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

#include "cli/certs_files.h"

namespace firebreak::cli {

absl::StatusOr<FileLock> FileLock::Take(const std::string& path) {
  const std::string lock = absl::StrCat(path, ".lock");
  const int fd = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kSecretFile);
  if (fd >= 0 && flock(fd, LOCK_EX) == 0) return FileLock(fd);
  const int error = errno;
  if (fd >= 0) close(fd);
  return absl::InvalidArgumentError(absl::StrCat(lock, ": ", std::strerror(error)));
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace firebreak::cli
