// The file that flow lines are appended to.
#ifndef FIREBREAK_FLOWS_FILE_SINK_H_
#define FIREBREAK_FLOWS_FILE_SINK_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::flows {

// FileSink collects whole lines and appends them to a file. Lines stay queued until the kernel has
// them, across short writes, a full disk and a rotation; a line is never torn between two files.
// One thread at a time.
class FileSink {
 public:
  // kMaxPendingBytes bounds what is queued while the file cannot be written.
  static constexpr size_t kMaxPendingBytes = size_t{4} << 20;

  // Open opens path for appending, mode 0640; "-" and "/dev/stdout" mean standard output. A file
  // whose last line was cut by a crash first gets the line feed it lacks.
  static absl::StatusOr<FileSink> Open(std::string path);
  FileSink(FileSink&& other) noexcept;
  FileSink& operator=(FileSink&&) = delete;
  ~FileSink();

  // buffer is where the next lines are appended, each with its line feed.
  std::string& buffer() { return pending_; }
  // HasRoom is false while a failing file has filled the queue.
  bool HasRoom() const { return pending_.size() < kMaxPendingBytes; }

  // Write hands everything queued to the kernel. On failure the rest stays queued.
  absl::Status Write();
  // Discard forgets what is queued and returns how many lines that were.
  uint64_t Discard();
  // Reopen opens the path anew; on failure the old file stays in use. Standard output stays.
  absl::Status Reopen();

  const std::string& path() const { return path_; }
  uint64_t lines_written() const { return lines_written_; }
  uint64_t bytes_written() const { return bytes_written_; }

 private:
  FileSink(std::string path, int fd);
  bool owns_fd() const;
  void ForgetWrittenLines();

  const std::string path_;
  int fd_;
  bool regular_ = false;  // a regular file never blocks; a pipe or socket may
  std::string pending_;   // begins at the start of a line
  size_t written_ = 0;    // bytes of pending_ the kernel has
  uint64_t lines_written_ = 0;
  uint64_t bytes_written_ = 0;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_FILE_SINK_H_
