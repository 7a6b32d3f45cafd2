#include "inspect/coding/content_decoder.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace firebreak::inspect {
namespace {

struct NamedCoding {
  absl::string_view name;
  Coding coding;
};
constexpr NamedCoding kCodings[] = {{"gzip", Coding::kGzip},
                                    {"x-gzip", Coding::kGzip},
                                    {"deflate", Coding::kDeflate},
                                    {"br", Coding::kBrotli},
                                    {"zstd", Coding::kZstd}};

Coding CodingOf(absl::string_view name) {
  for (const NamedCoding& known : kCodings) {
    if (absl::EqualsIgnoreCase(name, known.name)) return known.coding;
  }
  return Coding::kOther;
}

std::unique_ptr<Unpacker> MakeUnpacker(Coding coding, char first) {
  switch (coding) {
    case Coding::kGzip:
      return MakeGzipUnpacker();
    case Coding::kDeflate:
      return MakeDeflateUnpacker(first);
    case Coding::kBrotli:
      return MakeBrotliUnpacker();
    case Coding::kZstd:
      return MakeZstdUnpacker();
    case Coding::kIdentity:
    case Coding::kOther:
      break;
  }
  return nullptr;
}

}  // namespace

Coding ParseCoding(absl::string_view content_encoding) {
  Coding found = Coding::kIdentity;
  for (absl::string_view name : absl::StrSplit(content_encoding, ',')) {
    name = absl::StripAsciiWhitespace(name);
    if (name.empty() || absl::EqualsIgnoreCase(name, "identity")) continue;
    if (found != Coding::kIdentity) return Coding::kOther;
    found = CodingOf(name);
    if (found == Coding::kOther) return Coding::kOther;
  }
  return found;
}

// Prepare makes it ready for a first byte: of the body, or of the member behind one that has ended.
DecodeFault ContentDecoder::Prepare(char first) {
  if (unpacker_ == nullptr) {
    unpacker_ = MakeUnpacker(coding_, first);
    return unpacker_ == nullptr ? DecodeFault::kNoMemory : DecodeFault::kNone;
  }
  if (!ended_) return DecodeFault::kNone;
  ended_ = false;
  return unpacker_->Next() ? DecodeFault::kNone : DecodeFault::kMalformed;
}

DecodeFault ContentDecoder::Feed(absl::string_view* piece, TurnBudget& budget, const Sink& sink) {
  while (fault_ == DecodeFault::kNone && (!piece->empty() || more_) && !budget.spent()) {
    const uint64_t before = bytes_out_;
    if (!piece->empty()) fault_ = Prepare(piece->front());
    if (fault_ == DecodeFault::kNone) fault_ = Step(piece, sink);
    budget.Spend(bytes_out_ - before);
  }
  return fault_;
}

DecodeFault ContentDecoder::Step(absl::string_view* piece, const Sink& sink) {
  std::array<char, kStepBytes> out;
  const size_t before = piece->size();
  size_t made = 0;
  const Unpacked result = unpacker_->Step(piece, absl::MakeSpan(out), &made);
  const size_t used = before - piece->size();
  bytes_in_ += used;
  bytes_out_ += made;
  if (made > 0) sink({out.data(), made});
  if (bytes_out_ > kFreeBytes && bytes_out_ / kMaxRatio > bytes_in_) return DecodeFault::kRatio;
  if (result == Unpacked::kNoMemory) return DecodeFault::kNoMemory;
  if (result == Unpacked::kBroken) return DecodeFault::kMalformed;
  ended_ = result == Unpacked::kEnded;
  more_ = !ended_ && made == out.size();
  // A step that does nothing with something to do would be taken for ever.
  return ended_ || used > 0 || made > 0 || before == 0 ? DecodeFault::kNone
                                                       : DecodeFault::kMalformed;
}

DecodeFault ContentDecoder::End() const {
  if (fault_ != DecodeFault::kNone) return fault_;
  return unpacker_ == nullptr || ended_ ? DecodeFault::kNone : DecodeFault::kMalformed;
}

}  // namespace firebreak::inspect
