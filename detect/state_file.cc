#include "detect/state_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"

#include "base/fd_io.h"
#include "base/status.h"
#include "config/replace_file.h"

namespace firebreak::detect {
namespace {

constexpr absl::string_view kMagic = "firebreak-detect";
constexpr size_t kHeaderBytes = 16 + 8 + 8 + 8;  // magic, version, length, checksum
constexpr mode_t kFileMode = 0640;               // as the flow log: it names who talks to whom

// Checksum is FNV-1a over 8-byte words, then over what is left.
uint64_t Checksum(absl::string_view bytes) {
  constexpr uint64_t kPrime = 0x100000001b3;
  uint64_t sum = 0xcbf29ce484222325;
  while (bytes.size() >= sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    sum = (sum ^ word) * kPrime;
    sum ^= sum >> 29;  // the low bits alone would never see the high ones
    bytes.remove_prefix(sizeof(word));
  }
  for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * kPrime;
  return sum;
}

}  // namespace

void StateWriter::Number(uint64_t value) {
  for (int i = 0; i < 8; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
}

void StateWriter::Real(double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  Number(bits);
}

void StateWriter::Text(absl::string_view text) {
  Number(text.size());
  bytes_.append(text.data(), text.size());
}

absl::StatusOr<uint64_t> StateReader::Number() {
  if (rest_.size() < 8) return absl::DataLossError("cut short");
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) {
    value |= uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
  }
  rest_.remove_prefix(8);
  return value;
}

absl::StatusOr<int64_t> StateReader::Signed() {
  FB_ASSIGN_OR_RETURN(const uint64_t value, Number());
  return static_cast<int64_t>(value);
}

absl::StatusOr<double> StateReader::Real() {
  FB_ASSIGN_OR_RETURN(const uint64_t bits, Number());
  double value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  if (!std::isfinite(value)) return absl::DataLossError("a number is not finite");
  return value;
}

absl::StatusOr<absl::string_view> StateReader::Text() {
  FB_ASSIGN_OR_RETURN(const uint64_t size, Number());
  if (size > rest_.size()) return absl::DataLossError("cut short");
  const absl::string_view text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return text;
}

absl::StatusOr<uint64_t> StateReader::Count(uint64_t limit) {
  FB_ASSIGN_OR_RETURN(const uint64_t count, Number());
  // Every entry takes one number at least.
  if (count > limit || count > rest_.size() / 8) return absl::DataLossError("a count is too large");
  return count;
}

std::string SealState(absl::string_view saved) {
  StateWriter header;
  header.Number(kStateVersion);
  header.Number(saved.size());
  header.Number(Checksum(saved));
  return absl::StrCat(kMagic, header.bytes(), saved);
}

absl::StatusOr<absl::string_view> OpenState(absl::string_view file) {
  if (file.substr(0, kMagic.size()) != kMagic) {
    return absl::InvalidArgumentError("this is no baseline of firebreak detect");
  }
  if (file.size() < kHeaderBytes) return absl::DataLossError("the baseline is cut short");
  StateReader header(file.substr(kMagic.size()));
  FB_ASSIGN_OR_RETURN(const uint64_t version, header.Number());
  FB_ASSIGN_OR_RETURN(const uint64_t size, header.Number());
  FB_ASSIGN_OR_RETURN(const uint64_t checksum, header.Number());
  if (version != kStateVersion) {
    return absl::FailedPreconditionError(absl::StrCat("the baseline is of version ", version,
                                                      ", and this program reads version ",
                                                      kStateVersion, ": learn it again"));
  }
  const absl::string_view saved = file.substr(kHeaderBytes);
  if (saved.size() != size) return absl::DataLossError("the baseline is cut short");
  if (Checksum(saved) != checksum) return absl::DataLossError("the baseline is damaged");
  return saved;
}

absl::Status WriteStateFile(const std::string& path, absl::string_view bytes) {
  return config::ReplaceFile(path, bytes, kFileMode);
}

absl::StatusOr<std::string> ReadStateFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  struct stat info {};
  std::string bytes;
  const bool regular = fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
  const auto size = static_cast<size_t>(info.st_size);
  if (regular && size <= kMaxStateBytes) bytes.resize(size);
  const std::optional<size_t> count = ReadUpTo(fd, absl::MakeSpan(bytes));
  const int error = errno;
  close(fd);
  if (!regular) return absl::InvalidArgumentError(absl::StrCat(path, ": not a regular file"));
  if (size > kMaxStateBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": larger than 1 GiB"));
  }
  if (!count.has_value()) return absl::ErrnoToStatus(error, path);
  bytes.resize(*count);
  return bytes;
}

}  // namespace firebreak::detect
