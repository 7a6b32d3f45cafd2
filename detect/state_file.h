// What the detector has learned, as a file: written whole or not at all, and read whole or refused.
#ifndef FIREBREAK_DETECT_STATE_FILE_H_
#define FIREBREAK_DETECT_STATE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace firebreak::detect {

// StateWriter gathers numbers and texts. Numbers are little-endian and 8 bytes wide; doubles go by
// their bits, so that a restored detector goes on exactly as the saved one would have.
class StateWriter {
 public:
  void Number(uint64_t value);
  void Signed(int64_t value) { Number(static_cast<uint64_t>(value)); }
  void Real(double value);
  void Text(absl::string_view text);

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// StateReader takes them out again in the same order. Whatever the bytes are, it answers with a
// value or with DataLoss, and never asks for more memory than they have.
class StateReader {
 public:
  explicit StateReader(absl::string_view bytes) : rest_(bytes) {}

  absl::StatusOr<uint64_t> Number();
  absl::StatusOr<int64_t> Signed();
  // Real refuses what is not finite.
  absl::StatusOr<double> Real();
  // Text is valid as long as the bytes are.
  absl::StatusOr<absl::string_view> Text();
  // Count reads how many entries follow; more than limit, or than the rest could hold, is refused.
  absl::StatusOr<uint64_t> Count(uint64_t limit);
  // Into reads an unsigned number into a narrower field.
  template <typename T>
  absl::Status Into(T& out) {
    static_assert(std::is_unsigned_v<T>);
    const absl::StatusOr<uint64_t> value = Number();
    if (!value.ok()) return value.status();
    out = static_cast<T>(*value);
    return out == *value ? absl::OkStatus() : absl::DataLossError("a number is out of range");
  }

  bool AtEnd() const { return rest_.empty(); }

 private:
  absl::string_view rest_;
};

// kStateVersion grows with every change of what is saved. Another version is refused, with the
// advice to learn again: a baseline that is half understood is worse than none.
inline constexpr uint32_t kStateVersion = 3;
inline constexpr size_t kMaxStateBytes = size_t{1} << 30;

// SealState wraps saved bytes with magic, version, length and checksum; OpenState takes them out,
// or says what is wrong: no such file (InvalidArgument), another version (FailedPrecondition), cut
// short or damaged (DataLoss). The checksum finds accidents, not forgers: whoever may write the
// file may write another.
std::string SealState(absl::string_view saved);
absl::StatusOr<absl::string_view> OpenState(absl::string_view file);

// WriteStateFile replaces path by bytes in one step: a reader sees the old file or the new one,
// also across a power cut. ReadStateFile reads all of it.
absl::Status WriteStateFile(const std::string& path, absl::string_view bytes);
absl::StatusOr<std::string> ReadStateFile(const std::string& path);

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_STATE_FILE_H_
