#include "config/file_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace firebreak::config {
namespace {

std::string Reason(int error) { return std::generic_category().message(error); }

// ReadAll reads what is there until the end, at most one byte more than the cap: the file may grow
// while it is read. Returns 0 or an errno.
int ReadAll(int fd, size_t expected, std::string* out) {
  out->resize(expected + 1);
  size_t filled = 0;
  while (filled <= kMaxFileBytes) {
    const ssize_t n = read(fd, out->data() + filled, out->size() - filled);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) break;
    filled += static_cast<size_t>(n);
    if (filled == out->size()) out->resize(filled + 4096);
  }
  out->resize(filled);
  return 0;
}

}  // namespace

absl::string_view KindOf(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

std::optional<std::string> ReadFileText(const std::string& path, Diagnostics* diagnostics) {
  const auto unreadable = [&](absl::string_view why) {
    diagnostics->Error(ErrorCode::kFileUnreadable, path, absl::StrCat("cannot read: ", why));
    return std::nullopt;
  };
  // A path with a NUL inside would open another file than the one it names.
  if (path.find('\0') != std::string::npos) return unreadable("the name holds a NUL");
  // O_NONBLOCK: opening a pipe must not wait for a writer.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return unreadable(Reason(errno));
  const absl::Cleanup close_fd = [fd] { close(fd); };

  struct stat info {};
  if (fstat(fd, &info) != 0) return unreadable(Reason(errno));
  if (!S_ISREG(info.st_mode)) {
    return unreadable(absl::StrCat("it is ", KindOf(info.st_mode), ", not a file"));
  }
  const auto too_large = [&] {
    diagnostics->Error(ErrorCode::kFileTooLarge, path,
                       absl::StrCat("larger than ", kMaxFileBytes >> 20, " MiB"));
    return std::nullopt;
  };
  if (static_cast<size_t>(info.st_size) > kMaxFileBytes) return too_large();

  std::string text;
  const int error = ReadAll(fd, static_cast<size_t>(info.st_size), &text);
  if (error != 0) return unreadable(Reason(error));
  if (text.size() > kMaxFileBytes) return too_large();
  if (text.empty()) {
    diagnostics->Error(ErrorCode::kFileEmpty, path, "the file is empty");
    return std::nullopt;
  }
  return text;
}

}  // namespace firebreak::config
