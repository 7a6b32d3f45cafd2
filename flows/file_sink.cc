#include "flows/file_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"
#include "flows/json_reader.h"

namespace firebreak::flows {
namespace {

constexpr mode_t kFileMode = 0640;   // flow records name who talks to whom: not for everybody
constexpr size_t kPipeChunk = 4096;  // PIPE_BUF: what poll() promises to take without blocking
constexpr int kPipeWaitMs = 100;     // how long a reader of a pipe may take at a time
constexpr std::chrono::seconds kSyncInterval(1);
constexpr std::chrono::minutes kRetryRotation(1);

absl::Status FileError(int error, absl::string_view path) {
  return absl::ErrnoToStatus(error, absl::StrCat("flow log ", path));
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

// ReadTail reads the last bytes of a file, at most `most`.
absl::StatusOr<std::string> ReadTail(int fd, off_t size, size_t most) {
  std::string text(std::min(static_cast<size_t>(size), most), '\0');
  const off_t start = size - static_cast<off_t>(text.size());
  size_t got = 0;
  while (got < text.size()) {
    const ssize_t count =
        pread(fd, text.data() + got, text.size() - got, start + static_cast<off_t>(got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, "read");
    if (count == 0) return absl::UnavailableError("it became shorter while it was read");
    got += static_cast<size_t>(count);
  }
  return text;
}

}  // namespace

absl::StatusOr<std::string> LastLine(const std::string& path) {
  if (IsStdout(path)) return std::string();
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT) return std::string();
  if (fd < 0) return FileError(errno, path);
  struct stat info {};
  absl::StatusOr<std::string> tail = std::string();
  constexpr size_t kMost = kMaxFlowLineBytes + 2;  // its own line feed, and that of the one before
  if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) tail = ReadTail(fd, info.st_size, kMost);
  close(fd);
  if (!tail.ok()) return tail;
  if (!tail->empty() && tail->back() == '\n') tail->pop_back();
  const size_t before = tail->rfind('\n');
  if (before != std::string::npos) return tail->substr(before + 1);
  if (tail->size() > kMaxFlowLineBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("flow log ", path, ": the last line is longer than that of any flow"));
  }
  return tail;
}

absl::StatusOr<std::unique_ptr<FileSink>> FileSink::Open(FileSinkOptions options,
                                                         const Clock& clock) {
  FB_ASSIGN_OR_RETURN(const int fd, OpenForAppend(options.path));
  // The constructor is private, which make_unique cannot call.
  return std::unique_ptr<FileSink>(new FileSink(std::move(options), fd, clock));
}

FileSink::FileSink(FileSinkOptions options, int fd, const Clock& clock)
    : options_(std::move(options)), clock_(clock), fd_(fd) {
  Adopt(fd);
}

FileSink::~FileSink() {
  if (owns_fd()) close(fd_);
}

bool FileSink::owns_fd() const { return fd_ >= 0 && !IsStdout(options_.path); }

void FileSink::Adopt(int fd) {
  struct stat info {};
  fd_ = fd;
  regular_ = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  size_ = regular_ ? static_cast<uint64_t>(info.st_size) : 0;
  opened_at_ = synced_at_ = clock_.MonoNow();
}

Delivery FileSink::Deliver(const Batch& batch) {
  if (std::exchange(from_line_start_, false) && written_ > 0) {
    const size_t line_feed = batch.text.rfind('\n', written_ - 1);
    written_ = line_feed == std::string::npos ? 0 : line_feed + 1;
  }
  if (written_ == 0) RotateIfDue(batch.text.size());
  absl::Status status = Write(batch.text);
  if (status.ok()) status = Sync();
  if (!status.ok()) return Delivery::Later(std::string(status.message()));
  written_ = 0;
  return Delivery::Taken();
}

absl::Status FileSink::Write(const std::string& text) {
  while (written_ < text.size()) {
    size_t chunk = text.size() - written_;
    if (!regular_) {
      chunk = std::min(chunk, kPipeChunk);
      pollfd waited{.fd = fd_, .events = POLLOUT, .revents = 0};
      if (poll(&waited, 1, kPipeWaitMs) <= 0) return FileError(EAGAIN, options_.path);
    }
    const ssize_t count = write(fd_, text.data() + written_, chunk);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError(errno, options_.path);
    written_ += static_cast<size_t>(count);
    size_ += static_cast<uint64_t>(count);
  }
  return absl::OkStatus();
}

absl::Status FileSink::Sync() {
  const MonoTime now = clock_.MonoNow();
  const bool due = options_.sync == FileSync::kBatch ||
                   (options_.sync == FileSync::kSecond && now - synced_at_ >= kSyncInterval);
  if (!due || !regular_) return absl::OkStatus();
  if (fdatasync(fd_) != 0) return FileError(errno, options_.path);
  synced_at_ = now;
  return absl::OkStatus();
}

// RotateIfDue stays with the file when that cannot be moved: lines are worth more than order.
void FileSink::RotateIfDue(size_t more) {
  if (!regular_ || size_ == 0) return;
  const bool too_large = options_.max_bytes > 0 && size_ + more > options_.max_bytes;
  const bool too_old = absl::FromChrono(clock_.MonoNow() - opened_at_) >= options_.max_age;
  if (!too_large && !too_old) return;
  const MonoTime now = clock_.MonoNow();
  if (rotation_failed_at_.has_value() && now - *rotation_failed_at_ < kRetryRotation) return;
  const absl::Status rotated = Rotate();
  rotation_failed_at_ = rotated.ok() ? std::nullopt : std::optional(now);
  if (!rotated.ok()) FB_LOG(kError, "not rotated: ", rotated.message());
}

absl::Status FileSink::Rotate() {
  if (options_.sync != FileSync::kNever && fdatasync(fd_) != 0) {
    return FileError(errno, options_.path);
  }
  // Somebody else may have moved the file already, and nobody is to lose older ones for that.
  const bool gone = access(options_.path.c_str(), F_OK) != 0 && errno == ENOENT;
  if (!gone) FB_RETURN_IF_ERROR(MoveAway());
  FB_ASSIGN_OR_RETURN(const int fd, OpenForAppend(options_.path));
  close(fd_);
  Adopt(fd);
  return absl::OkStatus();
}

absl::Status FileSink::MoveAway() const {
  const auto name = [this](int number) { return absl::StrCat(options_.path, ".", number); };
  for (int i = options_.keep; i > 1; --i) {
    if (rename(name(i - 1).c_str(), name(i).c_str()) != 0 && errno != ENOENT) {
      return FileError(errno, name(i - 1));
    }
  }
  const bool moved = options_.keep > 0 ? rename(options_.path.c_str(), name(1).c_str()) == 0
                                       : unlink(options_.path.c_str()) == 0;
  return moved ? absl::OkStatus() : FileError(errno, options_.path);
}

void FileSink::Reopen() {
  if (IsStdout(options_.path)) return;
  const absl::StatusOr<int> fd = OpenForAppend(options_.path);
  if (!fd.ok()) {
    FB_LOG(kError, "keeping the old file: ", fd.status().message());
    return;
  }
  close(fd_);
  Adopt(*fd);
  from_line_start_ = true;
}

void FileSink::Stop() {
  if (options_.sync != FileSync::kNever && regular_ && fdatasync(fd_) != 0) {
    FB_LOG(kError, FileError(errno, options_.path).message());
  }
}

}  // namespace firebreak::flows
