// Small numbers for the names that flow records repeat: identities, pods, routes.
#ifndef FIREBREAK_DETECT_NAMES_H_
#define FIREBREAK_DETECT_NAMES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace firebreak::detect {

class StateReader;
class StateWriter;

// NameId stands for a name. Ids are given out in the order in which names are first seen, so that a
// run over the same records is the same run.
using NameId = uint32_t;
inline constexpr NameId kNoName = 0;     // the empty name
inline constexpr NameId kOtherName = 1;  // every name that came after the table was full

// Names is the table of all names. It only grows, up to a bound; a name beyond the bound is
// kOtherName, so that somebody who makes up names cannot take the memory, only lose their own.
// Copies are independent.
class Names {
 public:
  static constexpr size_t kMostNames = size_t{1} << 22;

  explicit Names(size_t max_names = kMostNames);

  // Intern returns the id of name. Names longer than kMaxBytes are cut.
  NameId Intern(absl::string_view name);
  // Text returns the name of an id given out by this table; it is valid until the next Intern.
  absl::string_view Text(NameId id) const;
  size_t size() const { return ends_.size(); }

  void Save(StateWriter& out) const;
  void Restore(StateReader& in);

  static constexpr size_t kMaxBytes = 1024;

 private:
  size_t SlotOf(absl::string_view name) const;
  void Grow();
  NameId Append(absl::string_view name);

  size_t max_names_;
  std::string text_;            // all names, one after the other
  std::vector<uint64_t> ends_;  // where each ends
  std::vector<NameId> slots_;   // open addressing; kEmpty is free
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_NAMES_H_
