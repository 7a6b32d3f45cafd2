#include "inspect/payload/grpc_extractor.h"

#include <algorithm>
#include <limits>

namespace firebreak::inspect {

GrpcExtractor::GrpcExtractor(bool framed, const StructureLimits& limits, FieldSink& sink,
                             StructureReport& report)
    : report_(report), walker_(limits, sink, report), framed_(framed) {
  if (framed_) return;
  prefix_size_ = kPrefixBytes;
  left_ = std::numeric_limits<uint64_t>::max();
  walker_.Begin(left_);
}

void GrpcExtractor::Feed(absl::string_view piece) {
  while (!piece.empty()) {
    if (prefix_size_ < kPrefixBytes) {
      const auto byte = static_cast<uint8_t>(piece.front());
      piece.remove_prefix(1);
      if (prefix_size_ == 0) {
        flag_ = byte;
      } else {
        left_ = left_ << 8 | byte;
      }
      if (++prefix_size_ == kPrefixBytes) BeginMessage();
      continue;
    }
    const auto taken = std::min<uint64_t>(piece.size(), left_);
    walker_.Feed(piece.substr(0, taken));
    piece.remove_prefix(taken);
    left_ -= taken;
    if (left_ == 0) {
      walker_.End();
      prefix_size_ = 0;
    }
  }
}

void GrpcExtractor::BeginMessage() {
  if (flag_ > 1) report_.Tell(Oddity::kGrpcFrame);
  if (flag_ == 0) {
    walker_.Begin(left_);
  } else {
    report_.Tell(Oddity::kGrpcCompressed);
    walker_.BeginBytes();
  }
  if (left_ > 0) return;
  walker_.End();
  prefix_size_ = 0;
}

void GrpcExtractor::End() {
  if (prefix_size_ == kPrefixBytes) walker_.End();
  if (framed_ && prefix_size_ > 0) report_.Tell(Oddity::kGrpcFrame);
}

}  // namespace firebreak::inspect
