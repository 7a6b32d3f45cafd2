#include "certs/pem_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/fd_io.h"
#include "base/log.h"
#include "base/status.h"
#include "certs/pem.h"

namespace firebreak::certs {
namespace {

constexpr off_t kMaxFileBytes = off_t{4} * 1024 * 1024;

absl::Status FileError(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", why));
}

// ReadAll reads a regular file whole, into a buffer of the right size from the start: a key leaves
// no copies behind in freed memory.
absl::StatusOr<std::string> ReadAll(const std::string& path, mode_t* mode) {
  if (path.empty()) return absl::InvalidArgumentError("a file of the identity is not named");
  // O_NONBLOCK: opening a FIFO must not hang.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return FileError(path, std::strerror(errno));
  const absl::Cleanup close_fd = [fd] { close(fd); };
  struct stat info {};
  if (fstat(fd, &info) != 0) return FileError(path, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return FileError(path, "not a regular file");
  if (info.st_size == 0) return FileError(path, "the file is empty");
  if (info.st_size > kMaxFileBytes) return FileError(path, "the file is larger than 4 MiB");
  *mode = info.st_mode;
  std::string text(static_cast<size_t>(info.st_size), '\0');
  const std::optional<size_t> count = ReadUpTo(fd, absl::MakeSpan(text));
  if (count == text.size()) return text;
  WipeString(&text);
  return FileError(path,
                   count.has_value() ? "the file shrank while it was read" : std::strerror(errno));
}

}  // namespace

absl::StatusOr<std::string> ReadPemFile(const std::string& path) {
  mode_t mode = 0;
  return ReadAll(path, &mode);
}

absl::StatusOr<std::string> ReadKeyFile(const std::string& path) {
  mode_t mode = 0;
  FB_ASSIGN_OR_RETURN(std::string text, ReadAll(path, &mode));
  if ((mode & (S_IRWXG | S_IRWXO)) != 0) {
    FB_LOG(kWarning, path, ": others than its owner may use this private key; chmod 600");
  }
  return text;
}

}  // namespace firebreak::certs
