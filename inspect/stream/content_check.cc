#include "inspect/stream/content_check.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/escape.h"

namespace firebreak::inspect {
namespace {

using F = FileKind;

struct Magic {
  FileKind kind;
  absl::string_view bytes;
};

// Those of two bytes alone (PE, scripts) are looked at more closely below.
constexpr Magic kMagics[] = {
    {F::kElf,
     "\x7f"
     "ELF"},
    {F::kMachO, "\xfe\xed\xfa\xce"},
    {F::kMachO, "\xfe\xed\xfa\xcf"},
    {F::kMachO, "\xce\xfa\xed\xfe"},
    {F::kMachO, "\xcf\xfa\xed\xfe"},
    {F::kJavaSerial, absl::string_view("\xac\xed\0\x05", 4)},
    {F::kZip, "PK\x03\x04"},
    {F::kGzip, "\x1f\x8b\x08"},
    {F::kBzip2, "BZh"},
    {F::kXz, absl::string_view("\xfd"
                               "7zXZ\0",
                               6)},
    {F::kZstd, "\x28\xb5\x2f\xfd"},
    {F::k7z, "7z\xbc\xaf\x27\x1c"},
    {F::kRar, "Rar!\x1a\x07"},
    {F::kPdf, "%PDF-"},
    {F::kOle, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
    {F::kPng, "\x89PNG\r\n\x1a\n"},
    {F::kJpeg, "\xff\xd8\xff"},
    {F::kGif, "GIF87a"},
    {F::kGif, "GIF89a"},
    {F::kWasm, absl::string_view("\0asm\x01\0\0\0", 8)},
    {F::kSqlite, absl::string_view("SQLite format 3\0", 16)},
    {F::kDex, "dex\n03"},
};

uint32_t Le32(absl::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

// "MZ", and at 60 the offset of the real header, behind it and near.
bool IsPe(absl::string_view bytes) {
  return absl::StartsWith(bytes, "MZ") && bytes.size() >= 64 && Le32(bytes, 60) >= 64 &&
         Le32(bytes, 60) < 4096;
}

// 0xcafebabe is a Java class, and a Mach-O for several processors, which are few.
FileKind CafeBabe(absl::string_view bytes) {
  if (!absl::StartsWith(bytes, "\xca\xfe\xba\xbe") || bytes.size() < 8) return F::kUnknown;
  const unsigned major = static_cast<uint8_t>(bytes[6]) << 8 | static_cast<uint8_t>(bytes[7]);
  return major >= 45 ? F::kJavaClass : F::kMachO;
}

// Protocol 2 to 5, then an opcode that begins a value: a frame, a global, a tuple, a dictionary.
bool IsPickle(absl::string_view bytes) {
  return bytes.size() >= 3 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5 &&
         absl::StrContains(
             "\x95"
             "c(}])\x8c",
             bytes[2]);
}

enum class Family : uint8_t { kNone, kText, kImage, kArchive, kDocument };

// What a declared content type lets one expect; kNone: anything.
Family FamilyOf(absl::string_view type) {
  for (const absl::string_view text :
       {"text/", "application/json", "application/xml", "application/javascript",
        "application/x-www-form-urlencoded", "application/yaml", "image/svg"}) {
    if (absl::StartsWith(type, text)) return Family::kText;
  }
  if (absl::EndsWith(type, "+json") || absl::EndsWith(type, "+xml")) return Family::kText;
  if (absl::StartsWith(type, "image/")) return Family::kImage;
  if (type == "application/pdf") return Family::kDocument;
  for (const absl::string_view archive :
       {"application/zip", "application/gzip", "application/x-gzip"}) {
    if (type == archive) return Family::kArchive;
  }
  return Family::kNone;
}

bool IsAllowed(Family family, FileKind kind) {
  switch (family) {
    case Family::kText:
      return kind == F::kScript;
    case Family::kImage:
      return kind == F::kPng || kind == F::kJpeg || kind == F::kGif || kind == F::kWebp;
    case Family::kDocument:
      return kind == F::kPdf;
    case Family::kArchive:
      return kind == F::kZip || kind == F::kGzip;
    case Family::kNone:
      return true;
  }
  return true;
}

}  // namespace

absl::string_view FileKindName(FileKind kind) {
  constexpr std::array<absl::string_view, static_cast<size_t>(F::kDex) + 1> kNames = {
      "unknown",
      "ELF program",
      "Windows program",
      "Mach-O program",
      "Java class",
      "script",
      "serialised Java objects",
      "Python pickle",
      "zip archive",
      "gzip archive",
      "bzip2 archive",
      "xz archive",
      "zstd archive",
      "7z archive",
      "rar archive",
      "PDF",
      "OLE document",
      "PNG image",
      "JPEG image",
      "GIF image",
      "WebP image",
      "WebAssembly",
      "SQLite database",
      "Android program"};
  return kNames[static_cast<size_t>(kind)];
}

bool IsExecutable(FileKind kind) {
  switch (kind) {
    case F::kElf:
    case F::kPe:
    case F::kMachO:
    case F::kJavaClass:
    case F::kScript:
    case F::kJavaSerial:
    case F::kPickle:
    case F::kDex:
      return true;
    case F::kUnknown:
    case F::kZip:
    case F::kGzip:
    case F::kBzip2:
    case F::kXz:
    case F::kZstd:
    case F::k7z:
    case F::kRar:
    case F::kPdf:
    case F::kOle:
    case F::kPng:
    case F::kJpeg:
    case F::kGif:
    case F::kWebp:
    case F::kWasm:
    case F::kSqlite:
      return false;
  }
  return false;
}

FileKind FileKindOf(absl::string_view beginning) {
  for (const Magic& magic : kMagics) {
    if (absl::StartsWith(beginning, magic.bytes)) return magic.kind;
  }
  if (IsPe(beginning)) return F::kPe;
  if (const FileKind kind = CafeBabe(beginning); kind != F::kUnknown) return kind;
  if (absl::StartsWith(beginning, "#!/")) return F::kScript;
  if (absl::StartsWith(beginning, "RIFF") && beginning.size() >= 12 &&
      beginning.substr(8, 4) == "WEBP") {
    return F::kWebp;
  }
  return IsPickle(beginning) ? F::kPickle : F::kUnknown;
}

double ShannonBits(absl::string_view block) {
  std::array<uint32_t, 256> counts{};
  for (const char c : block) ++counts[static_cast<uint8_t>(c)];
  const auto total = static_cast<double>(block.size());
  double bits = 0;
  for (const uint32_t count : counts) {
    if (count > 0) bits -= count / total * std::log2(count / total);
  }
  return bits;
}

ContentCheck::ContentCheck(absl::string_view type, bool encoded)
    : type_(absl::AsciiStrToLower(absl::StripAsciiWhitespace(type.substr(0, type.find(';'))))),
      encoded_(encoded) {}

void ContentCheck::Feed(absl::string_view bytes) {
  if (encoded_) return;  // what is packed looks random, and hides what it is
  if (!decided_) {
    beginning_.append(bytes.data(), std::min(bytes.size(), kFileKindBytes - beginning_.size()));
    if (beginning_.size() == kFileKindBytes) Decide();
  }
  while (!bytes.empty() && blocks_ < kBlocks) {
    const size_t take = std::min(bytes.size(), kBlock - filled_);
    std::copy_n(bytes.begin(), take, block_.begin() + static_cast<ptrdiff_t>(filled_));
    filled_ += take;
    bytes.remove_prefix(take);
    if (filled_ == kBlock) EndBlock();
  }
}

void ContentCheck::Finish() {
  if (!decided_ && !encoded_) Decide();
}

void ContentCheck::Decide() {
  decided_ = true;
  kind_ = FileKindOf(beginning_);
  beginning_ = std::string();
  const Family family = FamilyOf(type_);
  if (kind_ == F::kUnknown || IsAllowed(family, kind_)) return;
  wrong_type_ = {RiskKind::kWrongContent,
                 absl::StrCat(FileKindName(kind_), " in ", PrintableEscaped(type_))};
}

void ContentCheck::EndBlock() {
  const double bits = ShannonBits(absl::string_view(block_.data(), kBlock));
  ++blocks_;
  filled_ = 0;
  random_blocks_ = bits >= kRandomBits ? random_blocks_ + 1 : 0;
  if (random_blocks_ < kRandomBlocks || random_.has_value() || FamilyOf(type_) != Family::kText)
    return;
  random_ = {RiskKind::kRandomText,
             absl::StrFormat("%s, but %d blocks of %d bytes have %.1f bits a byte or more",
                             PrintableEscaped(type_), kRandomBlocks, kBlock, kRandomBits)};
}

}  // namespace firebreak::inspect
