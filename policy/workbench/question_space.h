// All questions that there are to two sets of policies, as a space to be cut into boxes.
#ifndef FIREBREAK_POLICY_WORKBENCH_QUESTION_SPACE_H_
#define FIREBREAK_POLICY_WORKBENCH_QUESTION_SPACE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "base/verdict.h"
#include "policy/policy_set.h"
#include "policy/workbench/boxes.h"
#include "policy/workbench/dimensions.h"

namespace firebreak::policy {

// QuestionPlace names the dimensions that every space has; those of headers and uses follow. The
// protocol comes first, since boxes are cut in this order: of a box that has TCP, nothing else of
// HTTP is cut.
enum QuestionPlace : size_t {
  kProtocol,
  kSource,
  kSourceAddress,
  kRemote,
  kDestination,
  kDestinationAddress,
  kPort,
  kServerName,
  kTime,
  kMethod,
  kPath,
  kHost,
  kFixed,
};

// KnownQuestion is what all questions of a space have in common. A place or a header that is known
// has the value that question has there; a time that is not known is that or a later one.
struct KnownQuestion {
  // Open knows the direction, and that it is asked no earlier than from.
  static KnownQuestion Open(Direction direction, absl::Time from);

  PolicyQuestion question;  // has a request; of bytes it is not looked at
  std::set<QuestionPlace> places;
  std::set<std::string> headers;
  std::set<uint16_t> ports;  // to tell apart from all others, whatever rules say
  // Clauses that are not looked at: the answer is to be the same without them.
  absl::flat_hash_set<const Clause*> left_out;
};

// MayMatch is false where what is known of identities rules the clause out.
bool MayMatch(const Clause& clause, const KnownQuestion& known);

// SidedSet is the rules of one direction of a policy set, which it borrows.
struct SidedSet {
  Direction direction;
  const PolicySet* set;
};

// QuestionSpace is every question about one workload and direction, from a time on, as the product
// of dimensions. Within a cell, which is one atom of each dimension, no rule of the compared sets
// tells questions apart, so that what they let through is a union of boxes. What a rule makes of an
// atom is always the engine's answer; nothing of the language is written down here again.
//
// A byte stream (protocol TCP) has no method, path, host or header: boxes with the atom TCP have
// all of those.
class QuestionSpace {
 public:
  // Of cuts the dimensions for policy sets. Rules that match nothing of what is known are left out.
  // ResourceExhausted, Unimplemented: there is no exact answer, and the message says why.
  static absl::StatusOr<QuestionSpace> Of(const KnownQuestion& known,
                                          absl::Span<const SidedSet> sets);

  // BoxesOf is what the enforced rules of one of the sets say, or one clause, or that with one
  // entry of from (null: the rule has none). They are of the direction that is known.
  RuleBoxes BoxesOf(const PolicySet& set) const;
  Boxes BoxesOf(const Clause& clause) const;
  Boxes BoxesOf(const Clause& clause, const PeerMatch* from) const;
  // Impossible is what no client can send, whatever rules say: gRPC that is no POST, a WebSocket
  // that does not begin with GET, a path "*" of anything but OPTIONS.
  Boxes Impossible() const;
  // Possible is what is left of a box without that, in pieces.
  absl::StatusOr<Boxes> Possible(const Box& box) const { return Subtract({box}, Impossible()); }

  const std::vector<Dimension>& dimensions() const { return dimensions_; }
  // CellOf is the cell of a question that is about bytes or a request. nullopt: it has none, and
  // the space is not all there is.
  std::optional<Box> CellOf(const PolicyQuestion& question) const;
  // QuestionIn is a question of a box, which is not empty; UsesIn the uses that it speaks of, by
  // UseKey.
  PolicyQuestion QuestionIn(const Box& box, const Workload& workload) const;
  std::map<std::string, uint64_t> UsesIn(const Box& box) const;

  // Everything is the box of all questions.
  Box Everything() const;
  // IsShared: the sidecars of both ends of a connection see the same there. Addresses, ports and
  // server names may differ, and uses are counted by each.
  bool IsShared(size_t place) const;
  // first_of_uses is where the dimensions of uses begin.
  size_t first_of_uses() const { return kFixed + place_of_header_.size(); }

 private:
  using Place = QuestionPlace;

  QuestionSpace() = default;
  bool Knows(Place place) const { return known_.places.count(place) > 0; }
  absl::Status Build(const Vocabulary& vocabulary);
  absl::Status BuildConnections(const Vocabulary& vocabulary);
  absl::Status BuildRequests(const Vocabulary& vocabulary);
  Bits All(size_t place) const { return Bits(dimensions_[place].size(), /*all=*/true); }
  Bits Matching(Place place, const Rule& only) const;
  bool Concerns(const Clause& clause) const;
  void AddSource(const Clause& clause, const PeerMatch* from, Boxes* boxes) const;
  void AddContents(const Clause& clause, const Box& box, Boxes* boxes) const;
  void AddRequests(const Clause& clause, Box box, Boxes* boxes) const;

  KnownQuestion known_;
  PolicyQuestion base_;  // known_.question
  std::vector<Dimension> dimensions_;
  std::map<std::string, size_t> place_of_header_;
  std::map<std::string, size_t> place_of_uses_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_QUESTION_SPACE_H_
