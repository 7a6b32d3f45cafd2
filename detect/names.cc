#include "detect/names.h"

#include <limits>

#include "absl/hash/hash.h"

#include "detect/state.h"

namespace firebreak::detect {
namespace {

constexpr NameId kEmpty = std::numeric_limits<NameId>::max();
constexpr size_t kFirstSlots = 1024;  // a power of two
constexpr absl::string_view kOtherText = "(other)";

}  // namespace

Names::Names(size_t max_names) : max_names_(max_names), slots_(kFirstSlots, kEmpty) {
  Intern("");
  Intern(kOtherText);
}

size_t Names::SlotOf(absl::string_view name) const {
  const size_t mask = slots_.size() - 1;
  size_t slot = absl::Hash<absl::string_view>()(name) & mask;
  while (slots_[slot] != kEmpty && Text(slots_[slot]) != name) slot = (slot + 1) & mask;
  return slot;
}

void Names::Grow() {
  slots_.assign(slots_.size() * 2, kEmpty);
  for (NameId id = 0; id < ends_.size(); ++id) slots_[SlotOf(Text(id))] = id;
}

NameId Names::Append(absl::string_view name) {
  text_.append(name.data(), name.size());
  ends_.push_back(text_.size());
  return static_cast<NameId>(ends_.size() - 1);
}

NameId Names::Intern(absl::string_view name) {
  name = name.substr(0, kMaxBytes);
  size_t slot = SlotOf(name);
  if (slots_[slot] != kEmpty) return slots_[slot];
  if (ends_.size() >= max_names_) return kOtherName;
  if (ends_.size() * 2 >= slots_.size()) {
    Grow();
    slot = SlotOf(name);
  }
  return slots_[slot] = Append(name);
}

absl::string_view Names::Text(NameId id) const {
  const size_t begin = id == 0 ? 0 : ends_[id - 1];
  return absl::string_view(text_).substr(begin, ends_[id] - begin);
}

void Names::Save(StateWriter& out) const {
  out.Number(ends_.size());
  for (NameId id = 0; id < ends_.size(); ++id) out.Text(Text(id));
}

void Names::Restore(StateReader& in) {
  *this = Names(max_names_);
  const uint64_t count = in.Count(max_names_);
  for (NameId id = 0; id < count && in.ok(); ++id) {
    // Interning again gives each name its old id, or the file names something twice.
    if (Intern(in.Text()) != id) in.Refuse("a name stands twice");
  }
  in.LimitNames(size());
}

}  // namespace firebreak::detect
