// What the detector has learned, as a file: written whole or not at all, and read whole or refused.
#ifndef FIREBREAK_DETECT_STATE_FILE_H_
#define FIREBREAK_DETECT_STATE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "detect/state.h"

namespace firebreak::detect {

inline constexpr size_t kMaxStateBytes = size_t{1} << 30;

// SealState wraps saved bytes with magic, version, length and checksum; OpenState takes them out,
// or says what is wrong: no such file (InvalidArgument), a version that is not read
// (FailedPrecondition), cut short or damaged (DataLoss). The checksum finds accidents, not forgers:
// whoever may write the file may write another.
std::string SealState(absl::string_view saved, uint32_t version = kStateVersion);
struct OpenedState {
  uint32_t version = 0;
  absl::string_view saved;  // valid as long as the file's bytes
};
absl::StatusOr<OpenedState> OpenState(absl::string_view file);

// WriteStateFile replaces path by bytes in one step: a reader sees the old file or the new one,
// also across a power cut. More than kMaxStateBytes could not be read again, and is refused
// (ResourceExhausted). ReadStateFile reads all of it.
absl::Status WriteStateFile(const std::string& path, absl::string_view bytes);
absl::StatusOr<std::string> ReadStateFile(const std::string& path);

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_STATE_FILE_H_
