#include "base/fd_io.h"

#include <unistd.h>

#include <cerrno>

namespace firebreak {

bool WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

std::optional<size_t> ReadUpTo(int fd, absl::Span<char> into) {
  size_t done = 0;
  while (done < into.size()) {
    const ssize_t count = read(fd, into.data() + done, into.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  return done;
}

}  // namespace firebreak
