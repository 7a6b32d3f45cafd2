// Which rules may match a request, by its path, gRPC method or host.
#ifndef FIREBREAK_POLICY_REQUEST_INDEX_H_
#define FIREBREAK_POLICY_REQUEST_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "policy/rule.h"

namespace firebreak::policy {

// RequestIndex finds the clauses that may match a request by its path, by its gRPC method or by its
// host, whichever tells a clause from most others. Clauses that name none of these, or by suffix
// only, are found by every request. Immutable; borrows the clauses' rules.
class RequestIndex {
 public:
  using Number = uint32_t;  // of a clause

  // Lookup is the answer to one Find, and memory to find in: kept by the caller, so that finding
  // allocates nothing once it has grown.
  class Lookup {
   public:
    // Ascending each; a clause may be in several.
    const std::vector<absl::Span<const Number>>& buckets() const { return buckets_; }
    size_t size() const;

   private:
    friend class RequestIndex;
    std::vector<absl::Span<const Number>> buckets_;
    std::vector<Number> nodes_;
    std::vector<Number> next_nodes_;
  };

  RequestIndex() = default;
  // Indexes those of clauses that look into requests.
  explicit RequestIndex(absl::Span<const Clause> clauses);

  void Find(const HttpFacts& facts, Lookup* lookup) const;

 private:
  static constexpr Number kNone = std::numeric_limits<Number>::max();

  // Node is the place in the tree of segments where a pattern goes on or ends.
  struct Node {
    Number any_child = kNone;  // where "{*}" leads
    Number here = kNone;       // bucket of what matches a path that ends here
    Number below = kNone;      // bucket of what matches every path that goes on
  };
  // The buckets that find one clause, by one property. Empty: that property does not find it.
  using Keys = std::vector<Number>;

  // Entry is a clause with the buckets that either of its properties would put it in.
  struct Entry {
    Number clause;
    Keys paths;
    Keys hosts;
  };

  void FillBuckets(const std::vector<Entry>& entries);
  Number NewBucket();
  Number BucketOf(absl::flat_hash_map<absl::string_view, Number>* map, absl::string_view key);
  Number NodeOf(absl::string_view path);
  Number ChildOf(Number node, absl::string_view segment);
  Number HereOf(Number node);
  Number BelowOf(Number node);
  void AddPathKeys(const PathPattern& pattern, Keys* keys);
  void AddGrpcKeys(const GrpcMatch& grpc, Keys* keys);
  Keys PathKeys(const HttpMatch& http);
  Keys HostKeys(const HttpMatch& http);

  void FindPath(absl::string_view path, Lookup* lookup) const;
  void Add(Number bucket, Lookup* lookup) const;

  std::vector<std::vector<Number>> buckets_;
  std::vector<Number> everyone_;       // clauses that no property finds
  std::vector<Number> grpc_in_doubt_;  // DENY clauses about gRPC: see HttpFacts::grpc_in_doubt
  absl::flat_hash_map<absl::string_view, Number> exact_paths_;
  absl::flat_hash_map<absl::string_view, Number> exact_hosts_;
  std::vector<Node> nodes_{1};  // the first is the root
  absl::flat_hash_map<std::pair<Number, absl::string_view>, Number> children_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_REQUEST_INDEX_H_
