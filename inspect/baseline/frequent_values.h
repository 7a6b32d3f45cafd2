// FrequentValues counts the values that come again and again, in bounded memory.
#ifndef FIREBREAK_INSPECT_BASELINE_FREQUENT_VALUES_H_
#define FIREBREAK_INSPECT_BASELINE_FREQUENT_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// Up to `capacity` values are counted one by one. When there is no room, a value that came once
// only makes way; what made way, and what found no room, is counted as one: `others`. Of an
// enumeration all values stay and others is 0 or, if somebody meddled, small; of free text others
// is nearly everything.
class FrequentValues {
 public:
  struct Entry {
    std::string value;
    uint64_t count = 0;
  };

  explicit FrequentValues(size_t capacity) : capacity_(capacity) {}

  void Add(absl::string_view value);
  // CountOf: 0 for what is not kept.
  uint64_t CountOf(absl::string_view value) const;
  // Strays: how many samples were of values that are not known to have come again. It is what tells
  // how likely a new value is.
  uint64_t Strays() const;

  const std::vector<Entry>& entries() const { return entries_; }
  uint64_t others() const { return others_; }
  size_t capacity() const { return capacity_; }
  void Restore(std::vector<Entry> entries, uint64_t others);

 private:
  size_t capacity_;
  std::vector<Entry> entries_;
  uint64_t others_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_FREQUENT_VALUES_H_
