#include "inspect/baseline/frequent_values.h"

#include <utility>

namespace firebreak::inspect {

void FrequentValues::Add(absl::string_view value) {
  Entry* once = nullptr;
  for (Entry& entry : entries_) {
    if (entry.value == value) {
      ++entry.count;
      return;
    }
    if (entry.count == 1) once = &entry;
  }
  if (entries_.size() < capacity_) {
    entries_.push_back({.value = std::string(value), .count = 1});
    return;
  }
  ++others_;
  if (once != nullptr) once->value.assign(value.data(), value.size());
}

uint64_t FrequentValues::CountOf(absl::string_view value) const {
  for (const Entry& entry : entries_) {
    if (entry.value == value) return entry.count;
  }
  return 0;
}

uint64_t FrequentValues::Strays() const {
  uint64_t strays = others_;
  for (const Entry& entry : entries_) strays += entry.count == 1 ? 1 : 0;
  return strays;
}

void FrequentValues::Restore(std::vector<Entry> entries, uint64_t others) {
  entries_ = std::move(entries);
  others_ = others;
}

}  // namespace firebreak::inspect
