// What a body is by its bytes, against what its content type says.
#ifndef FIREBREAK_INSPECT_STREAM_CONTENT_CHECK_H_
#define FIREBREAK_INSPECT_STREAM_CONTENT_CHECK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "inspect/stream/risk.h"

namespace firebreak::inspect {

enum class FileKind : uint8_t {
  kUnknown,
  kElf,
  kPe,
  kMachO,
  kJavaClass,
  kScript,
  kJavaSerial,
  kPickle,
  kZip,
  kGzip,
  kBzip2,
  kXz,
  kZstd,
  k7z,
  kRar,
  kPdf,
  kOle,
  kPng,
  kJpeg,
  kGif,
  kWebp,
  kWasm,
  kSqlite,
  kDex,
};
absl::string_view FileKindName(FileKind kind);
// A program, or what a program is made from when it is read.
bool IsExecutable(FileKind kind);

// FileKindOf needs at most kFileKindBytes of the beginning; a prefix may be unknown still.
inline constexpr size_t kFileKindBytes = 64;
FileKind FileKindOf(absl::string_view beginning);

// ShannonBits is the entropy of a block in bits a byte. 256 random bytes have about 7.17, base64 at
// most 6, text in any script less than 6.5.
double ShannonBits(absl::string_view block);

// ContentCheck takes one body, in pieces of any size, before its Content-Encoding was undone.
class ContentCheck {
 public:
  // type: the value of Content-Type, parameters and all; empty: there was none.
  ContentCheck(absl::string_view type, bool encoded);

  void Feed(absl::string_view bytes);
  void Finish();

  FileKind kind() const { return kind_; }
  // Not before kFileKindBytes, or Finish.
  const std::optional<Risk>& wrong_type() const { return wrong_type_; }
  const std::optional<Risk>& random() const { return random_; }

 private:
  static constexpr size_t kBlock = 256;
  static constexpr size_t kBlocks = 8;        // looked at
  static constexpr size_t kRandomBlocks = 3;  // in a row
  static constexpr double kRandomBits = 6.8;

  void Decide();
  void EndBlock();

  std::string type_;
  bool encoded_;
  bool decided_ = false;
  std::string beginning_;
  FileKind kind_ = FileKind::kUnknown;
  size_t blocks_ = 0;
  size_t random_blocks_ = 0;
  size_t filled_ = 0;
  std::array<char, kBlock> block_{};
  std::optional<Risk> wrong_type_;
  std::optional<Risk> random_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_STREAM_CONTENT_CHECK_H_
