#ifndef FIREBREAK_POLICY_WORKBENCH_QUESTION_SPACE_H_
#define FIREBREAK_POLICY_WORKBENCH_QUESTION_SPACE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "base/verdict.h"
#include "policy/policy_set.h"
#include "policy/workbench/boxes.h"
#include "policy/workbench/dimensions.h"

namespace firebreak::policy {

// QuestionSpace is every question about one workload and direction, from a time on, as the product
// of dimensions. Within a cell, which is one atom of each dimension, no rule of the compared sets
// tells questions apart, so that what they let through is a union of boxes. What a rule makes of an
// atom is always the engine's answer; nothing of the language is written down here again.
//
// A byte stream (protocol TCP) has no method, path, host or header: boxes with the atom TCP have
// all of those.
class QuestionSpace {
 public:
  // Of cuts the dimensions for two policy sets. ResourceExhausted, Unimplemented: there is no exact
  // answer, and the message says why.
  static absl::StatusOr<QuestionSpace> Of(Direction direction, const PolicySet& a,
                                          const PolicySet& b, absl::Time from);

  // BoxesOf is what the enforced rules of one of the two sets say.
  RuleBoxes BoxesOf(const PolicySet& set) const;

  const std::vector<Dimension>& dimensions() const { return dimensions_; }
  // CellOf is the cell of a question that is about bytes or a request. nullopt: it has none, and
  // the space is not all there is.
  std::optional<Box> CellOf(const PolicyQuestion& question) const;
  // QuestionIn is a question of a box, which is not empty; UsesIn the uses that it speaks of, by
  // UseKey.
  PolicyQuestion QuestionIn(const Box& box, const Workload& workload) const;
  std::map<std::string, uint64_t> UsesIn(const Box& box) const;

 private:
  // The dimensions that every space has; those of headers and uses follow. The protocol comes
  // first, since boxes are cut in this order: of a box that has TCP, nothing else of HTTP is cut.
  enum Place : size_t {
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

  QuestionSpace() = default;
  absl::Status Build(const Vocabulary& vocabulary);
  absl::Status BuildRequests(const Vocabulary& vocabulary);
  Bits All(size_t place) const { return Bits(dimensions_[place].size(), /*all=*/true); }
  Bits Matching(Place place, const Rule& only) const;
  void AddClause(const Clause& clause, Boxes* boxes) const;
  void AddSource(const Clause& clause, const PeerMatch* from, Boxes* boxes) const;
  void AddContents(const Clause& clause, const Box& box, Boxes* boxes) const;
  void AddRequests(const Clause& clause, Box box, Boxes* boxes) const;

  PolicyQuestion base_;
  std::vector<Dimension> dimensions_;
  std::map<std::string, size_t> place_of_header_;
  std::map<std::string, size_t> place_of_uses_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_QUESTION_SPACE_H_
