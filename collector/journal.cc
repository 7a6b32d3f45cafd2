#include "collector/journal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"

namespace firebreak::collector {

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(std::string path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  struct stat info {};
  if (fstat(fd, &info) != 0) {
    const int error = errno;
    close(fd);
    return absl::ErrnoToStatus(error, path);
  }
  // The constructor is private, which make_unique cannot call.
  return std::unique_ptr<Journal>(
      new Journal(std::move(path), fd, static_cast<uint64_t>(info.st_size)));
}

Journal::Journal(std::string path, int fd, uint64_t bytes)
    : path_(std::move(path)), fd_(fd), bytes_(bytes) {}

Journal::~Journal() { close(fd_); }

absl::StatusOr<Journal::Damage> Journal::Replay(
    const std::function<absl::Status(const flows::Frame&)>& take) const {
  std::string bytes(bytes_, '\0');
  size_t used = 0;
  while (used < bytes.size()) {
    const ssize_t count =
        pread(fd_, bytes.data() + used, bytes.size() - used, static_cast<off_t>(used));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::ErrnoToStatus(errno, path_);
    if (count == 0) break;
    used += static_cast<size_t>(count);
  }
  flows::FrameReader reader(absl::string_view(bytes).substr(0, used));
  Damage damage;
  while (const std::optional<flows::Frame> frame = reader.Next()) {
    damage.inside = reader.damage();
    FB_RETURN_IF_ERROR(take(*frame));
  }
  damage.cut_short = reader.damage().places > damage.inside.places;
  return damage;
}

absl::Status Journal::Append(const flows::FrameHeader& header, absl::string_view text) {
  const std::string frame = flows::EncodeFrame(header, text);
  absl::string_view rest = frame;
  while (!rest.empty()) {
    const ssize_t count = write(fd_, rest.data(), rest.size());
    if (count >= 0) {
      rest.remove_prefix(static_cast<size_t>(count));
    } else if (errno != EINTR) {
      absl::Status failed = absl::ErrnoToStatus(errno, path_);
      // Half a frame would be damage ahead of the next one, which the reader passes over.
      if (ftruncate(fd_, static_cast<off_t>(bytes_)) != 0) bytes_ += frame.size() - rest.size();
      return failed;
    }
  }
  bytes_ += frame.size();
  synced_ = false;
  return absl::OkStatus();
}

absl::Status Journal::Sync() {
  if (synced_) return absl::OkStatus();
  if (fdatasync(fd_) != 0) return absl::ErrnoToStatus(errno, path_);
  synced_ = true;
  return absl::OkStatus();
}

absl::Status Journal::Clear() {
  if (bytes_ == 0) return absl::OkStatus();
  if (ftruncate(fd_, 0) != 0) return absl::ErrnoToStatus(errno, path_);
  bytes_ = 0;
  synced_ = true;
  return absl::OkStatus();
}

absl::Status Journal::SetAside() {
  const std::string aside = absl::StrCat(path_, ".damaged");
  return rename(path_.c_str(), aside.c_str()) == 0 ? absl::OkStatus()
                                                   : absl::ErrnoToStatus(errno, path_);
}

}  // namespace firebreak::collector
