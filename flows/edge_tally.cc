#include "flows/edge_tally.h"

#include <algorithm>
#include <limits>

#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"

#include "flows/event_names.h"
#include "flows/flow_facts.h"

namespace firebreak::flows {
namespace {

// Buckets: 0 to 3 by themselves, then four to each power of two.
size_t BucketOf(uint64_t micros) {
  if (micros < 4) return static_cast<size_t>(micros);
  const auto power = static_cast<size_t>(absl::bit_width(micros)) - 1;
  return 4 + (power - 2) * 4 + static_cast<size_t>((micros >> (power - 2)) & 3);
}

uint64_t UpperEnd(size_t bucket) {
  if (bucket < 4) return bucket;
  const size_t power = (bucket - 4) / 4 + 2;
  return ((uint64_t{4} + (bucket - 4) % 4 + 1) << (power - 2)) - 1;
}

void AddTo(uint32_t& bucket, uint64_t weight) {
  constexpr uint32_t kMost = std::numeric_limits<uint32_t>::max();
  bucket += static_cast<uint32_t>(std::min<uint64_t>(weight, kMost - bucket));
}

void Grow(uint64_t* sum, uint64_t by) { *sum = SaturatingAdd(*sum, by); }

}  // namespace

void Durations::Add(uint64_t micros, uint64_t weight) {
  AddTo(buckets_[std::min(BucketOf(micros), kBuckets - 1)], weight);
  Grow(&count_, weight);
  max_ = std::max(max_, micros);
}

void Durations::Merge(const Durations& other) {
  for (size_t i = 0; i < kBuckets; ++i) AddTo(buckets_[i], other.buckets_[i]);
  Grow(&count_, other.count_);
  max_ = std::max(max_, other.max_);
}

uint64_t Durations::Quantile(double q) const {
  uint64_t total = 0;
  for (const uint32_t bucket : buckets_) total += bucket;
  const auto rank = static_cast<uint64_t>(q * static_cast<double>(total));
  uint64_t seen = 0;
  for (size_t i = 0; i < kBuckets; ++i) {
    seen += buckets_[i];
    if (seen > rank || (seen == total && total > 0)) {
      return i == kBuckets - 1 ? max_ : std::min(UpperEnd(i), max_);
    }
  }
  return 0;
}

void EdgeCounts::Count(const Flow& flow) {
  const bool request = flow.event == kRequestEvent;
  // Whoever writes weight 0 cannot make a flow vanish.
  const uint64_t weight = std::max<uint64_t>(flow.weight, 1);
  const bool dropped = flow.verdict == "DROPPED";
  Grow(request ? &requests : &connections, weight);
  if (dropped) Grow(&denied, weight);
  if (Failed(flow)) Grow(&errors, weight);
  first = std::min(first, flow.time);
  last = std::max(last, flow.time);
  if (CarriesRequests(flow)) {  // they bring bytes and durations
    if (!dropped) Grow(&carriers, weight);
    return;
  }
  Grow(&bytes_sent, SaturatingMultiply(SentBytes(flow), weight));
  Grow(&bytes_received, SaturatingMultiply(ReceivedBytes(flow), weight));
  durations.Add(flow.duration_us, weight);
}

void EdgeCounts::Merge(const EdgeCounts& other) {
  Grow(&connections, other.connections);
  Grow(&requests, other.requests);
  Grow(&carriers, other.carriers);
  Grow(&denied, other.denied);
  Grow(&errors, other.errors);
  Grow(&bytes_sent, other.bytes_sent);
  Grow(&bytes_received, other.bytes_received);
  durations.Merge(other.durations);
  first = std::min(first, other.first);
  last = std::max(last, other.last);
}

uint64_t EdgeCounts::asked() const {
  // Where only the connections are known, they are what there is.
  if (requests == 0) return connections;
  return SaturatingAdd(requests, connections - std::min(connections, carriers));
}

EdgeCounts EdgeTally::Sides::Combined() const {
  EdgeCounts counts;
  counts.connections = std::max(inbound.connections, outbound.connections);
  counts.requests = std::max(inbound.requests, outbound.requests);
  counts.carriers = std::max(inbound.carriers, outbound.carriers);
  counts.denied = SaturatingAdd(inbound.denied, outbound.denied);
  counts.errors = std::max(inbound.errors, outbound.errors);
  counts.bytes_sent = std::max(inbound.bytes_sent, outbound.bytes_sent);
  counts.bytes_received = std::max(inbound.bytes_received, outbound.bytes_received);
  // The source's durations have the network in them, but the destination's are there for refusals.
  counts.durations = outbound.durations.count() > inbound.durations.count() ? outbound.durations
                                                                            : inbound.durations;
  counts.first = std::min(inbound.first, outbound.first);
  counts.last = std::max(inbound.last, outbound.last);
  return counts;
}

EdgeKey EdgeTally::KeyOf(const Flow& flow) const {
  EdgeKey key{.source = std::string(PartyName(flow.source)),
              .destination = std::string(PartyName(flow.destination)),
              .route = ""};
  if (by_route_ && flow.event == kRequestEvent) {
    key.route = flow.grpc.method.empty() ? absl::StrCat(flow.http.method, " ", RouteOf(flow))
                                         : absl::StrCat(flow.grpc.service, "/", flow.grpc.method);
  }
  return key;
}

void EdgeTally::See(const Flow& flow) {
  if (MissingHere(flow)) Grow(&lost_, flow.lost.count);
  if (!MakesEdge(flow)) return;
  NoteHome(flow);
  Sides& sides = edges_[KeyOf(flow)];
  (flow.direction == "OUTBOUND" ? sides.outbound : sides.inbound).Count(flow);
  if (edges_.size() > max_edges_) Fold();
}

void EdgeTally::NoteHome(const Flow& flow) {
  const absl::string_view home = HomeDomain(flow);
  if (several_homes_ || home.empty() || home == home_) return;
  several_homes_ = !home_.empty();
  home_ = several_homes_ ? std::string() : std::string(home);
}

void EdgeTally::Fold() {
  std::vector<std::pair<uint64_t, const EdgeKey*>> by_size;
  by_size.reserve(edges_.size());
  for (const auto& [key, sides] : edges_) {
    by_size.emplace_back(SaturatingAdd(sides.inbound.flows(), sides.outbound.flows()), &key);
  }
  const auto order = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : *a.second < *b.second;
  };
  const auto half = by_size.begin() + static_cast<std::ptrdiff_t>(by_size.size() / 2);
  std::nth_element(by_size.begin(), half, by_size.end(), order);
  std::vector<EdgeKey> small;
  for (auto it = by_size.begin(); it != half; ++it) small.push_back(*it->second);
  for (const EdgeKey& key : small) {
    const auto found = edges_.find(key);
    others_.Merge(found->second.Combined());
    edges_.erase(found);
  }
  folded_ += small.size();
}

std::vector<EdgeRow> EdgeTally::Rows() const {
  std::vector<EdgeRow> rows;
  rows.reserve(edges_.size());
  for (const auto& [key, sides] : edges_) {
    rows.push_back({.key = key, .counts = sides.Combined()});
  }
  std::sort(rows.begin(), rows.end(),
            [](const EdgeRow& a, const EdgeRow& b) { return a.key < b.key; });
  if (folded_ > 0) {
    rows.push_back(
        {.key = {.source = kOthers, .destination = kOthers, .route = ""}, .counts = others_});
  }
  return rows;
}

}  // namespace firebreak::flows
