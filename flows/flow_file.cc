#include "flows/flow_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "base/status.h"
#include "flows/json_reader.h"

namespace firebreak::flows {
namespace {

constexpr size_t kReadBytes = size_t{64} << 10;
constexpr size_t kMaxErrorBytes = 512;

// ReadSome reads up to size bytes; 0 at the end of the file, less with errno set.
ssize_t ReadSome(int fd, char* out, size_t size) {
  ssize_t count = -1;
  do {
    count = read(fd, out, size);
  } while (count < 0 && errno == EINTR);
  return count;
}

// PackedWith names what a file was compressed with, by the bytes it begins with (RFC 1952 section
// 2.3.1, RFC 8878 section 3.1.1); empty: it was not.
absl::string_view PackedWith(absl::string_view begin) {
  if (absl::StartsWith(begin, "\x1f\x8b")) return "gzip";
  if (absl::StartsWith(begin, "\x28\xb5\x2f\xfd")) return "zstd";
  return "";
}

// MayGrow: what was read to its end may go on. A pipe whose writers are gone does not.
bool MayGrow(int fd) {
  struct stat info {};
  return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

bool IsSame(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

bool Names(const std::string& path, const struct stat& file) {
  struct stat named {};
  return stat(path.c_str(), &named) == 0 && IsSame(named, file);
}

bool IsGone(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) != 0 && errno == ENOENT;
}

// RotatedName is what a log is called once it was rotated so many times.
std::string RotatedName(const std::string& path, size_t times) {
  return times == 0 ? path : absl::StrCat(path, ".", times);
}

// RotatedTo is how many times a file was rotated; 0: it is not in the row.
size_t RotatedTo(const std::string& path, const struct stat& file) {
  constexpr size_t kMostKept = 1'000;
  for (size_t times = 1; times <= kMostKept; ++times) {
    if (Names(RotatedName(path, times), file)) return times;
  }
  return 0;
}

}  // namespace

absl::StatusOr<FlowFile> FlowFile::Open(std::string path, OnBadLine on_bad_line) {
  if (path == "-") return FlowFile(std::move(path), STDIN_FILENO, std::move(on_bad_line));
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  struct stat info {};
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    close(fd);
    return absl::ErrnoToStatus(EISDIR, path);
  }
  return FlowFile(std::move(path), fd, std::move(on_bad_line));
}

FlowFile::FlowFile(std::string path, int fd, OnBadLine on_bad_line)
    : path_(std::move(path)), fd_(fd), on_bad_line_(std::move(on_bad_line)) {}

FlowFile::FlowFile(FlowFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      on_bad_line_(std::move(other.on_bad_line_)),
      buffer_(std::move(other.buffer_)),
      used_(other.used_),
      scanned_(other.scanned_),
      line_(other.line_),
      bad_lines_(other.bad_lines_),
      ended_(other.ended_),
      status_(std::move(other.status_)),
      offset_(other.offset_),
      rotated_(other.rotated_),
      skipping_(other.skipping_),
      run_id_(std::move(other.run_id_)),
      sequence_(other.sequence_),
      run_ended_(other.run_ended_),
      jumped_(other.jumped_),
      missed_(std::move(other.missed_)) {}

FlowFile::~FlowFile() {
  if (fd_ > STDERR_FILENO) close(fd_);
}

bool FlowFile::Fill() {
  if (absl::IsInvalidArgument(status_)) return false;  // compressed, and so is the rest
  buffer_.erase(0, used_);
  used_ = 0;
  const size_t before = buffer_.size();
  buffer_.resize(before + kReadBytes);
  const ssize_t count = ReadSome(fd_, buffer_.data() + before, kReadBytes);
  status_ = count < 0 ? absl::ErrnoToStatus(errno, path_) : absl::OkStatus();
  const auto more = static_cast<size_t>(std::max<ssize_t>(count, 0));
  buffer_.resize(before + more);
  ended_ = count == 0 && fd_ == STDIN_FILENO && !MayGrow(fd_);
  const absl::string_view packed = offset_ == 0 ? PackedWith(buffer_) : absl::string_view();
  if (!packed.empty()) {
    buffer_.clear();
    scanned_ = 0;
    status_ = absl::InvalidArgumentError(
        absl::StrCat(path_, ": compressed with ", packed, "; give what ",
                     packed == "gzip" ? "zcat" : "zstdcat", " makes of it, with - as the file"));
    return false;
  }
  offset_ += more;
  return more > 0;
}

std::optional<RawLine> FlowFile::NextRaw() {
  while (true) {
    const size_t line_feed = buffer_.find('\n', used_ + scanned_);
    if (line_feed == std::string::npos) {
      scanned_ = buffer_.size() - used_;
      if (scanned_ > kMaxFlowLineBytes) {  // keep none of it: memory stays bounded
        used_ = buffer_.size();
        scanned_ = 0;
        if (!std::exchange(skipping_, true))
          return RawLine{.text = "", .number = ++line_, .too_long = true};
      }
      if (!Fill()) return std::nullopt;
      continue;
    }
    std::string text = buffer_.substr(used_, line_feed - used_);
    used_ = line_feed + 1;
    scanned_ = 0;
    if (std::exchange(skipping_, false)) continue;  // the end of one that was told of
    return RawLine{.text = std::move(text), .number = ++line_};
  }
}

std::optional<RawLine> FlowFile::TakeLastRaw() {
  if (skipping_ || used_ == buffer_.size() || !status_.ok()) return std::nullopt;
  std::string text = buffer_.substr(used_);
  used_ = buffer_.size();
  scanned_ = 0;
  return RawLine{.text = std::move(text), .number = ++line_};
}

std::optional<LogLine> FlowFile::Next() {
  while (auto raw = NextRaw()) {
    if (auto line = Take(*std::move(raw))) return line;
  }
  return std::nullopt;
}

std::optional<LogLine> FlowFile::TakeLast() {
  auto raw = TakeLastRaw();
  return raw.has_value() ? Take(*std::move(raw)) : std::nullopt;
}

std::optional<LogLine> FlowFile::Take(RawLine raw) {
  // Blank lines carry nothing; hand-edited files end in them.
  const bool blank = raw.text.find_first_not_of(" \t\r") == std::string::npos;
  if (blank && !raw.too_long) return std::nullopt;
  auto flow = ParseFlowLine(raw.text);
  if (flow.ok()) {
    NoteMissed(*flow);
    return LogLine{.flow = *std::move(flow), .text = std::move(raw.text)};
  }
  const std::string what = raw.too_long ? absl::StrCat("longer than ", kMaxFlowLineBytes, " bytes")
                                        : std::string(flow.status().message());
  ++bad_lines_;
  on_bad_line_(absl::StrCat(PrintableEscaped(path_), ":", raw.number, ": ",
                            absl::string_view(what).substr(0, kMaxErrorBytes)));
  return std::nullopt;
}

// NoteMissed tells what the numbers of two lines say of those between them.
void FlowFile::NoteMissed(const Flow& flow) {
  const bool same_run = flow.run_id == run_id_;
  const uint64_t due = same_run ? sequence_ + 1 : 1;
  if (std::exchange(jumped_, false)) {
    const uint64_t missing = flow.sequence > due ? flow.sequence - due : 0;
    std::string what;
    if (missing > 0) what = absl::StrCat(missing, " lines of run ", flow.run_id, " were not seen");
    if (!same_run && !run_ended_ && !run_id_.empty()) {
      absl::StrAppend(&what, what.empty() ? "" : ", nor ", "what run ", run_id_,
                      " wrote after line ", sequence_,
                      what.empty() ? ", if anything, was not seen" : ", if anything");
    }
    if (!what.empty()) missed_ = PrintableEscaped(absl::StrCat(path_, ": rotated: ", what));
  }
  run_id_ = flow.run_id;
  sequence_ = flow.sequence;
  run_ended_ = flow.event == "HEAD" && flow.head.last;
}

bool FlowFile::FollowRotation() {
  if (fd_ == STDIN_FILENO) return false;
  struct stat named {};
  struct stat opened {};
  if (stat(path_.c_str(), &named) != 0 || fstat(fd_, &opened) != 0) return false;
  if (IsSame(named, opened)) {
    if (static_cast<uint64_t>(opened.st_size) >= offset_) return false;
    lseek(fd_, 0, SEEK_SET);  // truncated in place
    StartOver(fd_);
    jumped_ = true;
    return true;
  }
  if (named.st_size == 0 || !std::exchange(rotated_, true)) return false;
  const size_t rotated_to = RotatedTo(path_, opened);
  if (rotated_to == 0) {  // deleted, or somebody names old files otherwise
    if (!GoOnWith(path_, [] { return true; })) return false;
    jumped_ = true;
    return true;
  }
  // What somebody took away comes no more; the one behind it does.
  size_t next = rotated_to - 1;
  while (next > 0 && IsGone(RotatedName(path_, next))) --next;
  // Files only move on to larger numbers; where this one did meanwhile, so did the next.
  if (!GoOnWith(RotatedName(path_, next),
                [&] { return Names(RotatedName(path_, rotated_to), opened); })) {
    return false;
  }
  jumped_ = jumped_ || next + 1 < rotated_to;
  return true;
}

bool FlowFile::GoOnWith(const std::string& path, const std::function<bool()>& still_next) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  if (!still_next()) {
    close(fd);
    return false;
  }
  close(fd_);
  StartOver(fd);
  return true;
}

void FlowFile::StartOver(int fd) {
  fd_ = fd;
  buffer_.clear();
  used_ = scanned_ = 0;
  line_ = offset_ = 0;
  rotated_ = skipping_ = false;
}

FlowFiles::FlowFiles(std::vector<FlowFile> files) {
  for (FlowFile& file : files) sources_.push_back({.file = std::move(file), .head = std::nullopt});
}

std::optional<LogLine> FlowFiles::Next(bool finish) {
  Source* earliest = nullptr;
  for (Source& source : sources_) {
    if (!source.head.has_value()) source.head = source.file.Next();
    if (!source.file.status().ok()) return std::nullopt;  // the earliest could be what is in there
    const bool last = finish || source.file.ended();
    if (!source.head.has_value() && last) source.head = source.file.TakeLast();
    if (!source.head.has_value()) continue;
    if (earliest == nullptr || source.head->flow.time < earliest->head->flow.time) {
      earliest = &source;
    }
  }
  if (earliest == nullptr) return std::nullopt;
  ++records_;
  return std::exchange(earliest->head, std::nullopt);
}

absl::Status FlowFiles::status() const {
  for (const Source& source : sources_) FB_RETURN_IF_ERROR(source.file.status());
  return absl::OkStatus();
}

uint64_t FlowFiles::bad_lines() const {
  uint64_t count = 0;
  for (const Source& source : sources_) count += source.file.bad_lines();
  return count;
}

bool FlowFiles::ended() const {
  return std::all_of(sources_.begin(), sources_.end(), [](const Source& source) {
    return source.file.ended() && !source.head.has_value();
  });
}

void FlowFiles::FollowRotation() {
  for (Source& source : sources_) source.file.FollowRotation();
}

std::vector<std::string> FlowFiles::TakeMissed() {
  std::vector<std::string> missed;
  for (Source& source : sources_) {
    if (std::string what = source.file.TakeMissed(); !what.empty()) {
      missed.push_back(std::move(what));
    }
  }
  return missed;
}

}  // namespace firebreak::flows
