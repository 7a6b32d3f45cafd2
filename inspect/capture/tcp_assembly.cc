#include "inspect/capture/tcp_assembly.h"

#include <utility>

namespace firebreak::inspect {

void TcpAssembly::Deliver(int64_t offset, absl::string_view payload, Sink sink) {
  const int64_t seen = next_ - offset;
  if (seen >= static_cast<int64_t>(payload.size())) return;
  if (seen > 0) payload.remove_prefix(static_cast<size_t>(seen));
  next_ += static_cast<int64_t>(payload.size());
  sink(payload);
}

void TcpAssembly::DeliverHeld(Sink sink) {
  while (!held_.empty() && held_.begin()->first <= next_) {
    const auto node = held_.extract(held_.begin());
    held_bytes_ -= node.mapped().size();
    Deliver(node.key(), node.mapped(), sink);
  }
}

void TcpAssembly::SkipGap(Sink sink) {
  ++gaps_;
  next_ = held_.begin()->first;
  DeliverHeld(sink);
}

void TcpAssembly::Add(uint32_t sequence, bool syn, absl::string_view payload, Sink sink) {
  if (syn) ++sequence;
  if (!started_) {
    started_ = true;
    last_sequence_ = sequence;
  }
  // Numbers wrap at 2^32; the nearest offset is meant.
  last_offset_ += static_cast<int32_t>(sequence - last_sequence_);
  last_sequence_ = sequence;
  if (payload.empty()) return;
  if (last_offset_ <= next_) {
    Deliver(last_offset_, payload, sink);
    DeliverHeld(sink);
    return;
  }
  const auto [at, added] = held_.try_emplace(last_offset_, payload);
  if (added) {
    held_bytes_ += payload.size();
  } else if (at->second.size() < payload.size()) {
    const size_t old = at->second.size();
    at->second.append(payload.data() + old, payload.size() - old);
    held_bytes_ += payload.size() - old;
  }
  while (held_bytes_ > kMaxHeld || held_.size() > kMaxSegments) SkipGap(sink);
}

void TcpAssembly::Finish(Sink sink) {
  while (!held_.empty()) SkipGap(sink);
}

}  // namespace firebreak::inspect
