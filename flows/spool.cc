#include "flows/spool.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"

#include "base/fd_io.h"
#include "base/folder.h"
#include "base/log.h"
#include "base/status.h"

namespace firebreak::flows {
namespace {

constexpr mode_t kFolderMode = 0750;
constexpr mode_t kFileMode = 0640;
constexpr absl::string_view kSuffix = ".segment";
constexpr std::chrono::minutes kReadPatience(1);
// What an earlier process has left is kept for this long at least, or half of max_age.
constexpr absl::Duration kTimeLeft = absl::Hours(1);

absl::Status Failed(int error, absl::string_view what, absl::string_view path) {
  return absl::ErrnoToStatus(error, absl::StrCat("spool: ", what, " ", path));
}

// AppendAt appends text to a file that ends at size, and takes back what was written of it when it
// does not fit.
bool AppendAt(int fd, absl::string_view text, uint64_t size) {
  const auto end = static_cast<off_t>(size);
  if (lseek(fd, end, SEEK_SET) == end && WriteAll(fd, text)) return true;
  const int error = errno;
  // Should that fail too, a reader takes the rest for what it is: a frame that was cut off.
  [[maybe_unused]] const int cut = ftruncate(fd, end);
  errno = error;
  return false;
}

// ReadFrom reads a file from an offset to its end.
absl::StatusOr<std::string> ReadFrom(const std::string& path, uint64_t offset) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed(errno, "open", path);
  const absl::Cleanup close_fd = [fd] { close(fd); };
  struct stat info {};
  if (fstat(fd, &info) != 0) return Failed(errno, "stat", path);
  const auto size = static_cast<uint64_t>(info.st_size);
  std::string bytes(size > offset ? size - offset : 0, '\0');
  const auto begin = static_cast<off_t>(offset);
  const std::optional<size_t> count =
      lseek(fd, begin, SEEK_SET) == begin ? ReadUpTo(fd, absl::MakeSpan(bytes)) : std::nullopt;
  if (!count.has_value()) return Failed(errno, "read", path);
  bytes.resize(*count);
  return bytes;
}

absl::StatusOr<std::vector<uint64_t>> SegmentNumbers(const std::string& folder) {
  FB_ASSIGN_OR_RETURN(const std::vector<std::string> entries, FolderEntries(folder));
  std::vector<uint64_t> numbers;
  for (absl::string_view name : entries) {
    uint64_t number = 0;
    if (absl::ConsumeSuffix(&name, kSuffix) && absl::SimpleAtoi(name, &number)) {
      numbers.push_back(number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(SpoolOptions options, uint64_t run,
                                                   LossLedger& losses, const Clock& clock) {
  if (mkdir(options.folder.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return Failed(errno, "make", options.folder);
  }
  const std::string lock = absl::StrCat(options.folder, "/lock");
  const int lock_fd = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kFileMode);
  if (lock_fd < 0) return Failed(errno, "open", lock);
  if (flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
    close(lock_fd);
    return absl::FailedPreconditionError(
        absl::StrCat("spool: another process uses ", options.folder));
  }
  // The constructor is private, which make_unique cannot call.
  std::unique_ptr<Spool> spool(new Spool(std::move(options), run, lock_fd, losses, clock));
  const MutexLock guard(spool->mutex_);
  FB_RETURN_IF_ERROR(spool->Recover());
  return spool;
}

Spool::Spool(SpoolOptions options, uint64_t run, int lock_fd, LossLedger& losses,
             const Clock& clock)
    : options_(std::move(options)), run_(run), lock_fd_(lock_fd), losses_(losses), clock_(clock) {}

Spool::~Spool() {
  const MutexLock lock(mutex_);
  CloseSegment();
  close(lock_fd_);
}

std::string Spool::PathOf(uint64_t number) const {
  return absl::StrFormat("%s/%020u%s", options_.folder, number, kSuffix);
}

// MadeAt is when lines of an earlier process were made, by this one's clock.
MonoTime Spool::MadeAt(absl::Time time) const {
  const absl::Duration most = options_.max_age - std::min(kTimeLeft, options_.max_age / 2);
  const absl::Duration age = std::clamp(clock_.WallNow() - time, absl::ZeroDuration(), most);
  return clock_.MonoNow() - absl::ToChronoNanoseconds(age);
}

// Recover looks at headers alone; whether payloads are whole shows when they are read.
absl::Status Spool::Recover() {
  FB_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, SegmentNumbers(options_.folder));
  for (const uint64_t number : numbers) {
    FB_ASSIGN_OR_RETURN(const std::string bytes, ReadFrom(PathOf(number), 0));
    Segment segment;
    segment.number = number;
    segment.size = bytes.size();
    size_t at = 0;
    while (at < bytes.size()) {
      const auto header = DecodeHeader(absl::string_view(bytes).substr(at));
      if (!header.has_value()) break;
      segment.lines += header->lines;
      segment.first_time = std::min(segment.first_time, MadeAt(header->time));
      segment.last_time = std::max(segment.last_time, MadeAt(header->time));
      at += kFrameHeaderBytes + header->payload_bytes;
    }
    bytes_ += segment.size;
    next_number_ = number + 1;
    segments_.push_back(segment);
  }
  return absl::OkStatus();
}

absl::Status Spool::Append(const Batch& batch) {
  const FrameHeader header{.run = run_,
                           .first_sequence = batch.first_sequence,
                           .last_sequence = batch.last_sequence,
                           .time = clock_.WallNow(),
                           .lines = static_cast<uint32_t>(batch.lines)};
  const std::string frame = EncodeFrame(header, batch.text);
  const MutexLock lock(mutex_);
  DropAged();
  while (bytes_ + frame.size() > options_.max_bytes && DropOldest()) {
  }
  int error = Write(frame);
  // Only a full disk is helped by having less on it.
  while ((error == ENOSPC || error == EDQUOT) && DropLines()) error = Write(frame);
  if (error != 0) {
    losses_.AddBatch(LostCause::kSpoolFull, batch);
    return Failed(error, "write to", options_.folder);
  }
  Segment& segment = segments_.back();
  if (segment.lines == 0) segment.first_sequence = batch.first_sequence;
  segment.last_time = clock_.MonoNow();
  if (segment.lines == 0) segment.first_time = segment.last_time;
  segment.last_sequence = batch.last_sequence;
  segment.lines += batch.lines;
  return absl::OkStatus();
}

// Write and StartSegment return errno, 0 when all went well.
int Spool::Write(const std::string& frame) {
  if (fd_ >= 0 && segments_.back().size >= options_.segment_bytes) CloseSegment();
  if (fd_ < 0) {
    if (const int error = StartSegment(); error != 0) return error;
  }
  Segment& segment = segments_.back();
  if (!AppendAt(fd_, frame, segment.size)) return errno;
  segment.size += frame.size();
  bytes_ += frame.size();
  return 0;
}

int Spool::StartSegment() {
  fd_ = open(PathOf(next_number_).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kFileMode);
  if (fd_ < 0) return errno;
  segments_.emplace_back();
  segments_.back().number = next_number_++;
  segments_.back().own_run = true;
  return 0;
}

void Spool::CloseSegment() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

// DropOldest makes room; false when there is nothing left to drop.
bool Spool::DropOldest() {
  const size_t at = Droppable();
  if (at >= segments_.size()) return false;
  const Segment& oldest = segments_[at];
  losses_.Add(LostCause::kSpoolFull, oldest.lines, oldest.own_run ? oldest.first_sequence : 0,
              oldest.own_run ? oldest.last_sequence : 0);
  Remove(at);
  return true;
}

// DropLines drops the oldest that has lines in it; false when none has.
bool Spool::DropLines() {
  while (Droppable() < segments_.size()) {
    const bool has_lines = segments_[Droppable()].lines > 0;
    DropOldest();
    if (has_lines) return true;
  }
  return false;
}

void Spool::DropAged() {
  const MonoTime now = clock_.MonoNow();
  while (Droppable() < segments_.size() && segments_[Droppable()].lines > 0 &&
         absl::FromChrono(now - segments_[Droppable()].last_time) > options_.max_age) {
    DropOldest();
  }
}

void Spool::Remove(size_t index) {
  if (index + 1 == segments_.size()) CloseSegment();
  const Segment& segment = segments_[index];
  const std::string path = PathOf(segment.number);
  if (unlink(path.c_str()) != 0) FB_LOG(kError, Failed(errno, "remove", path).message());
  bytes_ -= segment.size;
  segments_.erase(segments_.begin() + static_cast<std::ptrdiff_t>(index));
}

absl::StatusOr<std::optional<Spool::Piece>> Spool::Front(size_t max_text) {
  const MutexLock lock(mutex_);
  DropAged();
  while (!segments_.empty()) {
    Segment& front = segments_.front();
    if (front.read < front.size) {
      absl::StatusOr<std::optional<Piece>> piece = Collect(front, max_text);
      if (!piece.ok() && !GiveUp(front, piece.status())) return piece;
      given_out_ = piece.ok() && piece->has_value();
      if (given_out_) return piece;
    }
    // All of it was given out and acknowledged, or cannot be read.
    Remove(0);
  }
  return std::optional<Piece>();
}

absl::StatusOr<std::optional<Spool::Piece>> Spool::Collect(Segment& segment, size_t max_text) {
  FB_ASSIGN_OR_RETURN(const std::string bytes, ReadUnread(segment));
  FrameReader reader(bytes);
  Piece piece{.own_run = segment.own_run};
  FrameDamage damage;
  while (piece.batch.text.size() < max_text) {
    std::optional<Frame> frame = reader.Next();
    damage = reader.damage();
    if (!frame.has_value()) break;
    if (piece.batch.lines == 0) piece.batch.first_sequence = frame->header.first_sequence;
    piece.batch.last_sequence = frame->header.last_sequence;
    piece.batch.lines += frame->header.lines;
    piece.batch.text.append(frame->text);
  }
  piece.end = segment.read + reader.offset();
  if (damage.places > 0) {
    // Behind the last frame nothing is left: what is not in the piece is lost.
    const bool at_end = reader.offset() == bytes.size();
    const uint64_t missing = segment.lines - std::min(segment.lines, piece.batch.lines);
    NoteDamage(damage.places, std::max(damage.lines, at_end ? missing : 0), segment);
  }
  if (piece.batch.lines == 0) return std::optional<Piece>();
  return std::optional<Piece>(std::move(piece));
}

absl::StatusOr<std::string> Spool::ReadUnread(const Segment& segment) const {
  auto bytes = ReadFrom(PathOf(segment.number), segment.read);
  if (!absl::IsNotFound(bytes.status())) return bytes;
  // Somebody took the file away. Read as damage: bytes that are no frame.
  return std::string(1, '\0');
}

// GiveUp tells whether a segment that cannot be read for a while now counts as damaged, so that
// what is behind it goes on. Want of memory or descriptors, or of permission, is not the segment's.
bool Spool::GiveUp(Segment& segment, const absl::Status& why) {
  const bool is_of_disk = absl::IsUnknown(why) || absl::IsFailedPrecondition(why);  // EIO, EISDIR
  if (!is_of_disk) return false;
  const MonoTime now = clock_.MonoNow();
  if (std::exchange(unreadable_, segment.number) != segment.number) unreadable_since_ = now;
  if (now - unreadable_since_ < kReadPatience) return false;
  FB_LOG(kError, why.message());
  NoteDamage(1, segment.lines, segment);
  return true;
}

void Spool::NoteDamage(uint64_t places, uint64_t lines, Segment& segment) {
  lines = std::max<uint64_t>(lines, 1);  // something was there
  FB_LOG(kError, "spool: ", PathOf(segment.number), " is damaged in ", places, " places: at least ",
         lines, " lines are lost");
  losses_.Add(LostCause::kSpoolDamaged, lines, segment.own_run ? segment.first_sequence : 0,
              segment.own_run ? segment.last_sequence : 0);
  segment.lines -= std::min(segment.lines, lines);
}

void Spool::Acknowledge(const Piece& piece) {
  const MutexLock lock(mutex_);
  given_out_ = false;
  Segment& front = segments_.front();
  front.read = piece.end;
  front.lines -= std::min(front.lines, piece.batch.lines);
  front.first_sequence = piece.batch.last_sequence + 1;
  if (front.read >= front.size) Remove(0);
}

absl::Status Spool::SetAside(const std::string& lines) {
  const std::string path = absl::StrCat(options_.folder, "/refused.jsonl");
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kFileMode);
  if (fd < 0) return Failed(errno, "open", path);
  const absl::Cleanup close_fd = [fd] { close(fd); };
  struct stat info {};
  if (fstat(fd, &info) != 0) return Failed(errno, "stat", path);
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size + lines.size() > kMaxAsideBytes) {
    return absl::ResourceExhaustedError(absl::StrCat("spool: ", path, " is full"));
  }
  if (!AppendAt(fd, lines, size)) return Failed(errno, "write", path);
  return absl::OkStatus();
}

uint64_t Spool::bytes() const {
  const MutexLock lock(mutex_);
  return bytes_;
}

absl::Duration Spool::lag() const {
  const MutexLock lock(mutex_);
  for (const Segment& segment : segments_) {
    if (segment.lines > 0) return absl::FromChrono(clock_.MonoNow() - segment.first_time);
  }
  return absl::ZeroDuration();
}

}  // namespace firebreak::flows
