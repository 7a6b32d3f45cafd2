// One thing that questions have, such as the path, cut where rules tell values apart.
#ifndef FIREBREAK_POLICY_WORKBENCH_DIMENSION_H_
#define FIREBREAK_POLICY_WORKBENCH_DIMENSION_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "policy/workbench/bits.h"
#include "policy/workbench/question.h"

namespace firebreak::policy {

// Described is a set in words: the values that are in it, or with all_but those that are not.
struct Described {
  bool all_but = false;
  std::vector<std::string> values;
};

// Dimension is one thing that questions have, such as the path, cut into atoms: sets of values that
// no rule under comparison tells apart. Each atom is represented by one of its values.
class Dimension {
 public:
  // Put gives a question the value.
  using Put = std::function<void(const std::string& value, PolicyQuestion* question)>;
  using Holds = std::function<bool(const PolicyQuestion& question)>;

  // Each atom is tried on base with its value put.
  Dimension(std::string name, std::vector<std::string> values, Put put, const PolicyQuestion& base);

  // Whole is one atom, for what no rule speaks of; base stands for it.
  static Dimension Whole(std::string name, const PolicyQuestion& base);

  const std::string& name() const { return name_; }
  size_t size() const { return values_.size(); }
  const std::string& value(size_t atom) const { return values_[atom]; }
  void PutAtom(size_t atom, PolicyQuestion* question) const { put_(values_[atom], question); }

  // Where is the set of atoms for which holds does.
  Bits Where(const Holds& holds) const;
  // AddLabel names the set of values for which holds does. Labels are added for all that rules say
  // about this dimension: two values with the same labels are in one atom.
  void AddLabel(const std::string& text, Holds holds);
  // The same for a set that does not show in a question.
  void AddLabel(const std::string& text, Bits set);
  // Prefer makes value the one that represents its atom.
  void Prefer(const std::string& value, const PolicyQuestion& base);
  // Find is an atom of those values that have the labels of question's. nullopt: there is none.
  std::optional<size_t> Find(const PolicyQuestion& question) const;

  // Names: a label has this text.
  bool Names(const std::string& text) const;

  // Describe says a set of atoms by labels, exactly. set is neither empty nor full.
  Described Describe(const Bits& set) const;

 private:
  struct Label {
    std::string text;
    Holds holds;  // null: it does not show
    Bits set;
  };

  std::vector<std::string> Cover(const Bits& set) const;
  Bits Greedy(Bits wanted, const Bits& within, std::vector<std::string>* texts) const;
  std::optional<Label> BestExcept(const Bits& rest, const Bits& set) const;
  std::string Alike(size_t atom, Bits* alike) const;

  std::string name_;
  std::vector<std::string> values_;
  Put put_;
  std::vector<PolicyQuestion> probes_;  // by atom
  std::vector<Label> labels_;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_DIMENSION_H_
