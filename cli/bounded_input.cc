#include "cli/bounded_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <istream>
#include <optional>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "base/fd_io.h"

namespace firebreak::cli {
namespace {

absl::Status Wrong(const std::string& path, absl::string_view why) {
  const absl::string_view name = path == "-" ? "standard input" : absl::string_view(path);
  return absl::InvalidArgumentError(absl::StrCat(name, ": ", why));
}

absl::Status TooLong(const std::string& path, size_t most) {
  return Wrong(path, absl::StrCat("larger than ", most >> 20, " MiB"));
}

// Source reads up to so many bytes: fewer only at the end; nothing: errno says why.
using Source = std::function<std::optional<size_t>(absl::Span<char>)>;

absl::StatusOr<std::string> ReadFrom(const Source& source, const std::string& path, size_t expected,
                                     size_t most) {
  constexpr size_t kPiece = size_t{1} << 20;
  std::string bytes;
  bytes.reserve(expected + 1);
  for (;;) {
    const size_t filled = bytes.size();
    // One byte more than may be, to see that there is more.
    const size_t wanted = std::min(kPiece, most + 1 - filled);
    bytes.resize(filled + wanted);
    const std::optional<size_t> got = source(absl::MakeSpan(bytes).subspan(filled));
    if (!got.has_value()) return Wrong(path, std::generic_category().message(errno));
    bytes.resize(filled + *got);
    if (bytes.size() > most) return TooLong(path, most);
    if (*got < wanted) return bytes;
  }
}

}  // namespace

absl::StatusOr<std::string> ReadInput(const std::string& path, size_t most,
                                      CommandContext& context) {
  if (path == "-") {
    const auto read = [&](absl::Span<char> into) -> std::optional<size_t> {
      context.in.read(into.data(), static_cast<std::streamsize>(into.size()));
      if (context.in.bad()) {
        errno = EIO;
        return std::nullopt;
      }
      return static_cast<size_t>(context.in.gcount());
    };
    return ReadFrom(read, path, /*expected=*/0, most);
  }
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return Wrong(path, std::generic_category().message(errno));
  const absl::Cleanup close_fd = [fd] { close(fd); };
  struct stat info {};
  if (fstat(fd, &info) != 0) return Wrong(path, std::generic_category().message(errno));
  if (S_ISDIR(info.st_mode)) return Wrong(path, "is a folder");
  const size_t expected = S_ISREG(info.st_mode) ? static_cast<size_t>(info.st_size) : 0;
  if (expected > most) return TooLong(path, most);
  return ReadFrom([fd](absl::Span<char> into) { return ReadUpTo(fd, into); }, path, expected, most);
}

}  // namespace firebreak::cli
