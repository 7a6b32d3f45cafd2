// ContentDecoder undoes the content coding of a body (RFC 9110 section 8.4), so that what is inside
// can be looked at. What is forwarded stays as it came.
#ifndef FIREBREAK_INSPECT_CODING_CONTENT_DECODER_H_
#define FIREBREAK_INSPECT_CODING_CONTENT_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/strings/string_view.h"

#include "base/turn_budget.h"
#include "inspect/coding/unpacker.h"

namespace firebreak::inspect {

// Coding of a body. kOther cannot be undone here: its name is not known, or there are several.
enum class Coding : uint8_t { kIdentity, kGzip, kDeflate, kBrotli, kZstd, kOther };

// ParseCoding reads the values of all Content-Encoding lines, joined by commas.
Coding ParseCoding(absl::string_view content_encoding);

// DecodeFault is why decoding has stopped.
enum class DecodeFault : uint8_t {
  kNone,
  kMalformed,  // not what the coding says, cut short, or with a name, comment or extra bytes in a
               // header of gzip: text for a server that does not know the coding
  kRatio,      // more than kMaxRatio times what came, and more than kFreeBytes
  kNoMemory,   // ours: the decoder got none
};

// Works in steps of kStepBytes. From the first byte on it holds 44 KiB for gzip and deflate, for
// the others as much as their window is: at most 8 MiB for zstd, and 18 MiB for br.
class ContentDecoder {
 public:
  static constexpr size_t kStepBytes = 16'384;
  static constexpr uint64_t kMaxRatio = 100;
  static constexpr uint64_t kFreeBytes = 65'536;
  using Sink = std::function<void(absl::string_view)>;

  // coding is neither kIdentity nor kOther. deflate is taken with and without zlib's header, as
  // browsers do.
  explicit ContentDecoder(Coding coding) : coding_(coding) {}
  ContentDecoder(const ContentDecoder&) = delete;
  ContentDecoder& operator=(const ContentDecoder&) = delete;

  // Feed takes bytes off the piece and hands the sink what they decode to, until all is decoded or
  // the budget is spent. There is more to do while the piece is not empty or more() says so: call
  // it again then, with what it has left. After a fault it takes nothing any more.
  DecodeFault Feed(absl::string_view* piece, TurnBudget& budget, const Sink& sink);
  // Whether something that was taken waits to be decoded.
  bool more() const { return more_ && fault_ == DecodeFault::kNone; }
  // End: that was all; kMalformed when there should be more.
  DecodeFault End() const;

  // What it holds now.
  size_t held_bytes() const { return unpacker_ == nullptr ? 0 : unpacker_->held_bytes(); }

 private:
  DecodeFault Prepare(char first);
  DecodeFault Step(absl::string_view* piece, const Sink& sink);

  const Coding coding_;
  std::unique_ptr<Unpacker> unpacker_;  // from the first byte on
  uint64_t bytes_in_ = 0;
  uint64_t bytes_out_ = 0;
  bool ended_ = false;
  bool more_ = false;  // than fitted into the last step
  DecodeFault fault_ = DecodeFault::kNone;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_CODING_CONTENT_DECODER_H_
