#include "inspect/baseline/protocol_model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace firebreak::inspect {
namespace {

// What began as the one may be the other, as soon as it is seen: HTTP/2 and gRPC.
bool AreKin(Protocol a, Protocol b) { return IsWithin(a, b) || IsWithin(b, a); }

bool IsUsual(uint64_t count, uint64_t samples) {
  return count >= ProtocolModel::kOftenTimes &&
         static_cast<double>(count) >= ProtocolModel::kOftenShare * static_cast<double>(samples);
}

}  // namespace

uint64_t ProtocolModel::SamplesOf(const Counts& counts) {
  uint64_t samples = 0;
  for (const auto& [protocol, count] : counts) samples += count;
  return samples;
}

void ProtocolModel::Learn(const SpokenSample& sample) {
  if (edges_.size() == kMaxEdges && !edges_.contains(sample.edge)) {
    edges_.erase(std::min_element(edges_.begin(), edges_.end(), [](const auto& a, const auto& b) {
      return SamplesOf(a.second) < SamplesOf(b.second);
    }));
  }
  ++edges_[sample.edge][sample.protocol];
  ++samples_;
}

std::string ProtocolModel::Judge(const SpokenSample& sample) const {
  const auto found = edges_.find(sample.edge);
  if (found == edges_.end()) return "";
  const Counts& counts = found->second;
  const uint64_t samples = SamplesOf(counts);
  if (samples < kLeastSamples) return "";
  auto most = counts.begin();
  for (auto seen = counts.begin(); seen != counts.end(); ++seen) {
    if (IsUsual(seen->second, samples) && AreKin(sample.protocol, seen->first)) return "";
    if (seen->second > most->second) most = seen;
  }
  return absl::StrCat("`", ProtocolName(most->first), "` on this edge in ", most->second, " of ",
                      samples, " connections, now `", ProtocolName(sample.protocol), "`");
}

size_t ProtocolModel::bytes() const {
  constexpr size_t kNode = 48;  // of a map, with what the allocator adds
  size_t bytes = edges_.capacity() * sizeof(Edges::value_type);
  for (const auto& [edge, counts] : edges_) {
    bytes += edge.source.capacity() + edge.destination.capacity() + counts.size() * kNode;
  }
  return bytes;
}

}  // namespace firebreak::inspect
