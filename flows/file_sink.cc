#include "flows/file_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::flows {
namespace {

constexpr mode_t kFileMode = 0640;   // flow records name who talks to whom: not for everybody
constexpr size_t kPipeChunk = 4096;  // PIPE_BUF: what poll() promises to take without blocking
constexpr int kPipeWaitMs = 20;      // how long a reader of a pipe may hold up the flow thread
constexpr size_t kKeptCapacity = size_t{256} << 10;

absl::Status FileError(int error, absl::string_view path) {
  return absl::ErrnoToStatus(error, absl::StrCat("flow log ", path));
}

// CountLines counts line feeds. A record is a long line: memchr is faster than a look at each byte.
uint64_t CountLines(absl::string_view text) {
  uint64_t lines = 0;
  for (size_t at = text.find('\n'); at != absl::string_view::npos; at = text.find('\n', at + 1)) {
    ++lines;
  }
  return lines;
}

bool IsStdout(absl::string_view path) { return path == "-" || path == "/dev/stdout"; }

// EndsMidLine tells whether a regular file has bytes and the last is not a line feed.
bool EndsMidLine(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  struct stat info {};
  char last = '\n';
  const bool readable = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0 &&
                        pread(fd, &last, 1, info.st_size - 1) == 1;
  close(fd);
  return readable && last != '\n';
}

// OpenForAppend returns a descriptor, or an error that names the path.
absl::StatusOr<int> OpenForAppend(const std::string& path) {
  if (IsStdout(path)) return STDOUT_FILENO;
  // Without O_NONBLOCK a FIFO that nobody reads would hang the start.
  const int fd =
      open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, kFileMode);
  if (fd < 0) return FileError(errno, path);
  if (EndsMidLine(path) && write(fd, "\n", 1) != 1) {
    const int error = errno;
    close(fd);
    return FileError(error, path);
  }
  return fd;
}

bool IsRegular(int fd) {
  struct stat info {};
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

}  // namespace

absl::StatusOr<FileSink> FileSink::Open(std::string path) {
  FB_ASSIGN_OR_RETURN(const int fd, OpenForAppend(path));
  return FileSink(std::move(path), fd);
}

FileSink::FileSink(std::string path, int fd)
    : path_(std::move(path)), fd_(fd), regular_(IsRegular(fd)) {}

FileSink::FileSink(FileSink&& other) noexcept
    : path_(other.path_),
      fd_(std::exchange(other.fd_, -1)),
      regular_(other.regular_),
      pending_(std::move(other.pending_)),
      written_(other.written_),
      lines_written_(other.lines_written_),
      bytes_written_(other.bytes_written_) {}

FileSink::~FileSink() {
  if (owns_fd()) close(fd_);
}

bool FileSink::owns_fd() const { return fd_ >= 0 && !IsStdout(path_); }

absl::Status FileSink::Write() {
  absl::Status status;
  while (written_ < pending_.size()) {
    size_t chunk = pending_.size() - written_;
    if (!regular_) {
      chunk = std::min(chunk, kPipeChunk);
      pollfd waited{.fd = fd_, .events = POLLOUT, .revents = 0};
      if (poll(&waited, 1, kPipeWaitMs) <= 0) {
        status = FileError(EAGAIN, path_);
        break;
      }
    }
    const ssize_t count = write(fd_, pending_.data() + written_, chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      status = FileError(errno, path_);
      break;
    }
    written_ += static_cast<size_t>(count);
    bytes_written_ += static_cast<uint64_t>(count);
  }
  ForgetWrittenLines();
  return status;
}

// Only whole lines are forgotten: should the file change in the middle of a line, the new file gets
// the line from its start.
void FileSink::ForgetWrittenLines() {
  const size_t line_feed = written_ == 0 ? std::string::npos : pending_.rfind('\n', written_ - 1);
  if (line_feed == std::string::npos) return;
  lines_written_ += CountLines(absl::string_view(pending_).substr(0, line_feed + 1));
  pending_.erase(0, line_feed + 1);
  written_ -= line_feed + 1;
  if (pending_.empty() && pending_.capacity() > kKeptCapacity) pending_.shrink_to_fit();
}

uint64_t FileSink::Discard() {
  const uint64_t lines = CountLines(pending_);
  pending_.clear();
  written_ = 0;
  return lines;
}

absl::Status FileSink::Reopen() {
  if (IsStdout(path_)) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(const int fd, OpenForAppend(path_));
  close(fd_);
  fd_ = fd;
  regular_ = IsRegular(fd);
  written_ = 0;
  return absl::OkStatus();
}

}  // namespace firebreak::flows
