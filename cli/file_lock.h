// Keeping others from editing a file meanwhile.
#ifndef FIREBREAK_CLI_FILE_LOCK_H_
#define FIREBREAK_CLI_FILE_LOCK_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace firebreak::cli {

// FileLock holds PATH.lock as long as it lives, or its process. Whoever reads PATH does not ask for
// it: files are replaced in one step.
class FileLock {
 public:
  // Take waits until nobody else holds it. InvalidArgument: it cannot be made.
  static absl::StatusOr<FileLock> Take(const std::string& path);
  FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}

  int fd_;
};

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_FILE_LOCK_H_
