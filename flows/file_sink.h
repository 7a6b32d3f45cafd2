// The file that flow lines are appended to.
#ifndef FIREBREAK_FLOWS_FILE_SINK_H_
#define FIREBREAK_FLOWS_FILE_SINK_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "flows/sink.h"

namespace firebreak::flows {

// FileSync says when written lines are forced to the disk, against a loss of power. What a kill
// leaves is with the kernel in any case.
enum class FileSync : uint8_t {
  kNever,   // the kernel decides
  kSecond,  // when lines are written, but at most once a second
  kBatch,   // each batch, before it counts as delivered
};

struct FileSinkOptions {
  std::string path = {};   // "-" or "/dev/stdout": standard output, which is not rotated
  uint64_t max_bytes = 0;  // a file would become larger: rotated first; 0: it may
  absl::Duration max_age = absl::InfiniteDuration();  // since it was opened or rotated
  int keep = 5;                                       // rotated files: path.1 is the youngest
  FileSync sync = FileSync::kNever;
};

// FileSink appends batches to a file. A line is never torn between two files, whether the sink
// rotates or others do.
class FileSink final : public FlowSink {
 public:
  // Open opens the path for appending, mode 0640. A file whose last line was cut by a crash first
  // gets the line feed it lacks.
  static absl::StatusOr<std::unique_ptr<FileSink>> Open(FileSinkOptions options,
                                                        const Clock& clock);
  ~FileSink() override;

  size_t MostBytes() const override {
    return options_.max_bytes > 0 ? options_.max_bytes : SIZE_MAX;
  }
  Delivery Deliver(const Batch& batch) override;
  void Reopen() override;
  void Stop() override;

 private:
  FileSink(FileSinkOptions options, int fd, const Clock& clock);
  bool owns_fd() const;
  void Adopt(int fd);
  absl::Status Write(const std::string& text);
  void RotateIfDue(size_t more);
  absl::Status Rotate();
  absl::Status MoveAway() const;
  absl::Status Sync();

  const FileSinkOptions options_;
  const Clock& clock_;
  int fd_;
  bool regular_ = false;  // a regular file never blocks; a pipe or socket may
  uint64_t size_ = 0;     // of a regular file
  MonoTime opened_at_;
  MonoTime synced_at_;
  std::optional<MonoTime> rotation_failed_at_;
  size_t written_ = 0;            // bytes of the batch at hand that the kernel has
  bool from_line_start_ = false;  // the file changed in the middle of a batch
};

// LastLine returns the last line of a file without its line feed, be it whole or cut short; empty
// for a file that is empty, is not there, or is no regular file. Lines longer than any flow are an
// error.
absl::StatusOr<std::string> LastLine(const std::string& path);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_FILE_SINK_H_
