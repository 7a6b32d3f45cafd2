#include "policy/request_index.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace firebreak::policy {
namespace {

constexpr absl::string_view kOneSegment = "{*}";

const HttpMatch* HttpOf(const Clause& clause) {
  return clause.target != nullptr ? clause.target->http.get() : nullptr;
}

bool AllExact(const std::vector<StringPattern>& patterns) {
  return !patterns.empty() &&
         std::all_of(patterns.begin(), patterns.end(),
                     [](const StringPattern& pattern) { return !pattern.exact().empty(); });
}

// Fullest is the size of the fullest of the buckets in keys.
size_t Fullest(const std::vector<uint32_t>& keys, const std::vector<uint32_t>& sizes) {
  size_t fullest = 0;
  for (const uint32_t key : keys) fullest = std::max<size_t>(fullest, sizes[key]);
  return fullest;
}

}  // namespace

size_t RequestIndex::Lookup::size() const {
  size_t size = 0;
  for (const absl::Span<const Number> bucket : buckets_) size += bucket.size();
  return size;
}

RequestIndex::RequestIndex(absl::Span<const Clause> clauses) {
  std::vector<Entry> entries;
  for (size_t i = 0; i < clauses.size(); ++i) {
    if (!clauses[i].looks_into_requests()) continue;
    Entry entry{.clause = static_cast<Number>(i), .paths = {}, .hosts = {}};
    if (const HttpMatch* http = HttpOf(clauses[i])) {
      entry.paths = PathKeys(*http);
      entry.hosts = HostKeys(*http);
      if (http->grpc.has_value() && clauses[i].rule->action == Action::kDeny) {
        grpc_in_doubt_.push_back(entry.clause);
      }
    }
    entries.push_back(std::move(entry));
  }
  FillBuckets(entries);
}

void RequestIndex::FillBuckets(const std::vector<Entry>& entries) {
  // Which of the two tells a clause from more others shows once all are counted.
  std::vector<Number> sizes(buckets_.size());
  for (const Entry& entry : entries) {
    for (const Number key : entry.paths) ++sizes[key];
    for (const Number key : entry.hosts) ++sizes[key];
  }
  for (const Entry& entry : entries) {
    const bool by_host =
        !entry.hosts.empty() &&
        (entry.paths.empty() || Fullest(entry.hosts, sizes) < Fullest(entry.paths, sizes));
    const Keys& keys = by_host ? entry.hosts : entry.paths;
    if (keys.empty()) everyone_.push_back(entry.clause);
    for (const Number key : keys) {
      std::vector<Number>& bucket = buckets_[key];
      if (bucket.empty() || bucket.back() != entry.clause) bucket.push_back(entry.clause);
    }
  }
}

RequestIndex::Number RequestIndex::NewBucket() {
  buckets_.emplace_back();
  return static_cast<Number>(buckets_.size() - 1);
}

RequestIndex::Number RequestIndex::BucketOf(absl::flat_hash_map<absl::string_view, Number>* map,
                                            absl::string_view key) {
  const auto [entry, added] = map->emplace(key, kNone);
  if (added) entry->second = NewBucket();
  return entry->second;
}

RequestIndex::Number RequestIndex::ChildOf(Number node, absl::string_view segment) {
  Number child = kNone;
  if (segment == kOneSegment) {
    child = nodes_[node].any_child;
    if (child != kNone) return child;
    child = nodes_[node].any_child = static_cast<Number>(nodes_.size());
  } else {
    const auto [entry, added] =
        children_.emplace(std::make_pair(node, segment), static_cast<Number>(nodes_.size()));
    if (!added) return entry->second;
    child = entry->second;
  }
  nodes_.emplace_back();
  return child;
}

RequestIndex::Number RequestIndex::NodeOf(absl::string_view path) {
  Number node = 0;
  for (PathSegments segments(path); !segments.done();) node = ChildOf(node, segments.Next());
  return node;
}

RequestIndex::Number RequestIndex::HereOf(Number node) {
  if (nodes_[node].here == kNone) nodes_[node].here = NewBucket();
  return nodes_[node].here;
}

RequestIndex::Number RequestIndex::BelowOf(Number node) {
  if (nodes_[node].below == kNone) nodes_[node].below = NewBucket();
  return nodes_[node].below;
}

void RequestIndex::AddPathKeys(const PathPattern& pattern, Keys* keys) {
  const absl::string_view literal = pattern.literal();
  switch (pattern.kind()) {
    case PathPattern::Kind::kAny:
    case PathPattern::Kind::kSuffix:
      return;
    case PathPattern::Kind::kExact:
      keys->push_back(BucketOf(&exact_paths_, literal));
      return;
    case PathPattern::Kind::kPrefix:
      // Where a prefix cuts a segment, the segments before it find it.
      keys->push_back(BelowOf(NodeOf(literal.substr(0, literal.rfind('/')))));
      return;
    case PathPattern::Kind::kTemplate:
      break;
  }
  const Number node = NodeOf(literal);
  if (pattern.open_end()) keys->push_back(BelowOf(node));
  if (!pattern.needs_slash()) keys->push_back(HereOf(node));
}

void RequestIndex::AddGrpcKeys(const GrpcMatch& grpc, Keys* keys) {
  if (!AllExact(grpc.services.any)) return;
  for (const StringPattern& service : grpc.services.any) {
    const Number node = ChildOf(0, service.exact());
    if (!AllExact(grpc.methods.any)) {
      keys->push_back(BelowOf(node));
      continue;
    }
    for (const StringPattern& method : grpc.methods.any) {
      keys->push_back(HereOf(ChildOf(node, method.exact())));
    }
  }
}

RequestIndex::Keys RequestIndex::PathKeys(const HttpMatch& http) {
  Keys keys;
  for (const PathPattern& pattern : http.paths.patterns()) {
    const size_t before = keys.size();
    AddPathKeys(pattern, &keys);
    if (keys.size() == before) return {};
  }
  if (http.paths.empty() && http.grpc.has_value()) AddGrpcKeys(*http.grpc, &keys);
  return keys;
}

RequestIndex::Keys RequestIndex::HostKeys(const HttpMatch& http) {
  Keys keys;
  for (const HostPattern& host : http.hosts.patterns()) {
    if (host.host().empty()) return {};
    keys.push_back(BucketOf(&exact_hosts_, host.host()));
  }
  return keys;
}

void RequestIndex::Add(Number bucket, Lookup* lookup) const {
  if (bucket == kNone || buckets_[bucket].empty()) return;
  lookup->buckets_.emplace_back(buckets_[bucket]);
}

void RequestIndex::Find(const HttpFacts& facts, Lookup* lookup) const {
  lookup->buckets_.clear();
  if (!everyone_.empty()) lookup->buckets_.emplace_back(everyone_);
  if (facts.grpc_in_doubt && !grpc_in_doubt_.empty()) {
    lookup->buckets_.emplace_back(grpc_in_doubt_);
  }
  const absl::string_view path(facts.request->path);
  const auto exact_path = exact_paths_.find(path);
  if (exact_path != exact_paths_.end()) Add(exact_path->second, lookup);
  const auto exact_host = exact_hosts_.find(facts.authority.host);
  if (exact_host != exact_hosts_.end()) Add(exact_host->second, lookup);
  if (absl::StartsWith(path, "/")) FindPath(path, lookup);
}

// FindPath walks the tree along all branches at once: the nodes of one depth are those that the
// segments so far lead to.
void RequestIndex::FindPath(absl::string_view path, Lookup* lookup) const {
  std::vector<Number>& nodes = lookup->nodes_;
  std::vector<Number>& next_nodes = lookup->next_nodes_;
  nodes.assign(1, 0);
  for (PathSegments segments(path); !segments.done() && !nodes.empty();) {
    const absl::string_view segment = segments.Next();
    next_nodes.clear();
    for (const Number number : nodes) {
      const Node& node = nodes_[number];
      Add(node.below, lookup);
      if (node.any_child != kNone && !segment.empty()) next_nodes.push_back(node.any_child);
      const auto child = children_.find(std::make_pair(number, segment));
      if (child != children_.end()) next_nodes.push_back(child->second);
    }
    nodes.swap(next_nodes);
  }
  for (const Number number : nodes) Add(nodes_[number].here, lookup);
}

}  // namespace firebreak::policy
