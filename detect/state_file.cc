#include "detect/state_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"

#include "base/fd_io.h"
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

std::string SealState(absl::string_view saved, uint32_t version) {
  StateWriter header;
  header.Number(version);
  header.Number(saved.size());
  header.Number(Checksum(saved));
  return absl::StrCat(kMagic, header.bytes(), saved);
}

absl::StatusOr<OpenedState> OpenState(absl::string_view file) {
  if (file.substr(0, kMagic.size()) != kMagic) {
    return absl::InvalidArgumentError("this is no baseline of firebreak detect");
  }
  if (file.size() < kHeaderBytes) return absl::DataLossError("the baseline is cut short");
  StateReader header(file.substr(kMagic.size()));
  const uint64_t version = header.Number();
  const uint64_t size = header.Number();
  const uint64_t checksum = header.Number();
  if (version < kOldestStateVersion || version > kStateVersion) {
    return absl::FailedPreconditionError(
        absl::StrCat("the baseline is of version ", version, ", and this program reads versions ",
                     kOldestStateVersion, " to ", kStateVersion, ": learn it again"));
  }
  const absl::string_view saved = file.substr(kHeaderBytes);
  if (saved.size() != size) return absl::DataLossError("the baseline is cut short");
  if (Checksum(saved) != checksum) return absl::DataLossError("the baseline is damaged");
  return OpenedState{.version = static_cast<uint32_t>(version), .saved = saved};
}

absl::Status WriteStateFile(const std::string& path, absl::string_view bytes) {
  if (bytes.size() > kMaxStateBytes) {
    return absl::ResourceExhaustedError(absl::StrCat(path, ": the baseline is larger than 1 GiB"));
  }
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
