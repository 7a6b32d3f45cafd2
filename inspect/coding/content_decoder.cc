#include "inspect/coding/content_decoder.h"

#include <zlib.h>

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace firebreak::inspect {
namespace {

constexpr int kGzipWindow = MAX_WBITS + 16;
constexpr int kZlibWindow = MAX_WBITS;
constexpr int kRawWindow = -MAX_WBITS;
constexpr size_t kMaxPiece = 1U << 30;  // zlib counts in 32 bits

// The first byte of a zlib stream: method 8, a window of at most 32 KiB (RFC 1950 section 2.2).
bool BeginsAsZlib(char first) {
  const auto byte = static_cast<uint8_t>(first);
  return (byte & 0x0f) == 8 && byte >> 4 <= 7;
}

}  // namespace

Coding ParseCoding(absl::string_view content_encoding) {
  Coding found = Coding::kIdentity;
  for (absl::string_view name : absl::StrSplit(content_encoding, ',')) {
    name = absl::StripAsciiWhitespace(name);
    if (name.empty() || absl::EqualsIgnoreCase(name, "identity")) continue;
    if (found != Coding::kIdentity) return Coding::kOther;
    if (absl::EqualsIgnoreCase(name, "gzip") || absl::EqualsIgnoreCase(name, "x-gzip")) {
      found = Coding::kGzip;
    } else if (absl::EqualsIgnoreCase(name, "deflate")) {
      found = Coding::kDeflate;
    } else {
      return Coding::kOther;
    }
  }
  return found;
}

struct ContentDecoder::Stream {
  explicit Stream(int window) { ready = inflateInit2(&zlib, window) == Z_OK; }
  ~Stream() { inflateEnd(&zlib); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  z_stream zlib{};
  bool ready = false;
};

ContentDecoder::ContentDecoder(Coding coding) : coding_(coding) {}
ContentDecoder::~ContentDecoder() = default;

// Restart begins the stream, or the next member of a gzip file.
bool ContentDecoder::Restart(absl::string_view piece) {
  member_ended_ = false;
  if (stream_ != nullptr) return inflateReset(&stream_->zlib) == Z_OK;
  const int window = coding_ == Coding::kGzip      ? kGzipWindow
                     : BeginsAsZlib(piece.front()) ? kZlibWindow
                                                   : kRawWindow;
  stream_ = std::make_unique<Stream>(window);
  return stream_->ready;
}

DecodeFault ContentDecoder::Feed(absl::string_view piece, const Sink& sink) {
  while (fault_ == DecodeFault::kNone && (!piece.empty() || more_)) {
    const bool starts = stream_ == nullptr || member_ended_;
    const bool behind_the_end = member_ended_ && coding_ != Coding::kGzip;
    const bool broken = starts && (behind_the_end || !Restart(piece));
    fault_ = broken ? DecodeFault::kMalformed : Inflate(&piece, sink);
  }
  return fault_;
}

DecodeFault ContentDecoder::Inflate(absl::string_view* piece, const Sink& sink) {
  std::array<char, kStepBytes> out;
  z_stream& zlib = stream_->zlib;
  const absl::string_view taken = piece->substr(0, kMaxPiece);
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(taken.data()));
  zlib.avail_in = static_cast<uInt>(taken.size());
  zlib.next_out = reinterpret_cast<Bytef*>(out.data());
  zlib.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&zlib, Z_NO_FLUSH);
  const size_t used = taken.size() - zlib.avail_in;
  const size_t made = out.size() - zlib.avail_out;
  piece->remove_prefix(used);
  bytes_in_ += used;
  bytes_out_ += made;
  if (made > 0) sink({out.data(), made});
  if (bytes_out_ > kFreeBytes && bytes_out_ / kMaxRatio > bytes_in_) return DecodeFault::kRatio;
  member_ended_ = result == Z_STREAM_END;
  more_ = !member_ended_ && zlib.avail_out == 0;
  // Z_BUF_ERROR: nothing more can be made of what is there.
  const bool goes_on = member_ended_ || result == Z_OK || result == Z_BUF_ERROR;
  return goes_on && (used > 0 || made > 0 || taken.empty()) ? DecodeFault::kNone
                                                            : DecodeFault::kMalformed;
}

DecodeFault ContentDecoder::End() const {
  if (fault_ != DecodeFault::kNone) return fault_;
  return stream_ == nullptr || member_ended_ ? DecodeFault::kNone : DecodeFault::kMalformed;
}

}  // namespace firebreak::inspect
