#include "detect/edge_book.h"

#include <algorithm>

namespace firebreak::detect {
namespace {

// A generation shows most of what it does soon: news after this age are late, and count towards
// how often a caller brings some.
constexpr double kSettledHours = 6;
// Of the news that a generation brings, this much falls into each e-fold of its age.
constexpr double kPairsPerAgeFold = 0.2;
constexpr double kRoutesPerAgeFold = 0.6;
constexpr double kYoungestHours = 1.0 / 60;
constexpr double kNewsPrior = 0.1;
constexpr size_t kTrimShare = 16;  // a full book makes room for one edge in so many

// Hazard is how many news an hour are expected of a call's ends at their age.
double Hazard(const Ages& ages, double per_fold) {
  const double source = std::max(ages.source_generation + ages.source_before, kYoungestHours);
  const double destination =
      std::max(ages.destination_identity + ages.destination_before, kYoungestHours);
  return per_fold * (2 * ages.generation_brings_news / source + 1 / destination);
}

}  // namespace

double EdgeBook::NewsChance(const Counts& own, const Counts& all) const {
  const double everywhere = (all.news + 0.5) / (all.calls + 1.0);
  return std::min(1.0, (own.news + kNewsPrior) / (own.calls + kNewsPrior / everywhere));
}

double EdgeBook::PerHourOf(double route_hours) {
  return kPairsPerAgeFold / std::max(route_hours, kYoungestHours);
}

EdgeBook::Sight EdgeBook::See(const Call& call, const Ages& ages) {
  Sight sight;
  const EdgeKey key = KeyOf(call);
  auto found = edges_.find(key);
  Counts& source = sources_[call.source];
  const bool known_pair = found != edges_.end() || pairs_.contains(key.pair);
  Counts& pair = pairs_[key.pair];
  sight.new_pair = !known_pair;
  sight.new_route = known_pair && found == edges_.end();
  const bool late = std::min(ages.source_generation, ages.destination_identity) > kSettledHours;
  if (sight.new_pair) {
    sight.p = NewsChance(source, all_sources_);
    sight.per_hour = Hazard(ages, kPairsPerAgeFold);
    if (late) ++source.news, ++all_sources_.news;
  } else if (sight.new_route) {
    sight.p = NewsChance(pair, all_pairs_);
    sight.per_hour = Hazard(ages, kRoutesPerAgeFold);
    if (late) ++pair.news, ++all_pairs_.news;
  }
  ++source.calls, ++all_sources_.calls, ++pair.calls, ++all_pairs_.calls;
  if (found == edges_.end()) {
    if (edges_.size() >= max_edges_) Trim();
    sight.edge = &Add(key);
    sight.edge->first_minute =
        static_cast<uint32_t>(std::max<int64_t>(0, call.start_us) / kMinuteUs);
  } else {
    sight.edge = &edge_at_[found->second];
  }
  ++sight.edge->calls;
  return sight;
}

Edge& EdgeBook::Add(const EdgeKey& key) {
  edges_[key] = static_cast<uint32_t>(edge_at_.size());
  return edge_at_.emplace_back();
}

void EdgeBook::CloseRanks() {
  std::vector<Edge> kept;
  kept.reserve(edges_.size());
  for (auto& [unused, place] : edges_) {
    kept.push_back(edge_at_[place]);
    place = static_cast<uint32_t>(kept.size() - 1);
  }
  edge_at_ = std::move(kept);
}

void EdgeBook::Trim() {
  absl::flat_hash_map<NameId, size_t> of_source;
  for (const auto& [key, unused] : edges_) ++of_source[key.pair.source];
  size_t most = 0;
  for (const auto& [unused, count] : of_source) most = std::max(most, count);
  // The share that each caller may keep: halved until it makes the room.
  const size_t wanted = std::max<size_t>(1, max_edges_ / kTrimShare);
  size_t freed = 0;
  size_t share = most;
  while (freed < wanted && share > 0) {
    share /= 2;
    freed = 0;
    for (const auto& [unused, count] : of_source) freed += count - std::min(count, share);
  }
  std::vector<std::pair<EdgeKey, uint32_t>> victims;
  for (const auto& [key, place] : edges_) {
    if (of_source[key.pair.source] > share) victims.emplace_back(key, edge_at_[place].calls);
  }
  std::sort(victims.begin(), victims.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second, b.first) < std::tie(b.second, a.first);
  });
  for (const auto& [key, unused] : victims) {
    size_t& left = of_source[key.pair.source];
    if (left <= share) continue;
    --left;
    edges_.erase(key);
  }
  CloseRanks();
  // A pair without an edge is forgotten too; it will be new again.
  absl::flat_hash_map<Pair, Counts> kept;
  for (const auto& [key, unused] : edges_) kept[key.pair] = pairs_[key.pair];
  pairs_ = std::move(kept);
}

std::vector<std::pair<Pair, uint64_t>> EdgeBook::PairsInOrder() const {
  std::vector<std::pair<Pair, uint64_t>> all;
  all.reserve(pairs_.size());
  for (const auto& [pair, counts] : pairs_) all.emplace_back(pair, counts.calls);
  std::sort(all.begin(), all.end());
  return all;
}

void EdgeBook::Save(StateWriter& out) const {
  Counted(*this, out);
  std::vector<EdgeKey> keys;
  keys.reserve(edges_.size());
  for (const auto& [key, unused] : edges_) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  out.Number(keys.size());
  for (const EdgeKey& key : keys) out(key, edge_at_[edges_.at(key)]);
}

void EdgeBook::Restore(StateReader& in) {
  *this = EdgeBook(max_edges_);
  Counted(*this, in);
  const uint64_t edges = in.Count(max_edges_);
  for (uint64_t i = 0; i < edges && in.ok(); ++i) {
    EdgeKey key;
    Edge edge;
    in(key, edge);
    if (edges_.contains(key)) return in.Refuse("an edge stands twice");
    Add(key) = edge;
  }
}

}  // namespace firebreak::detect
