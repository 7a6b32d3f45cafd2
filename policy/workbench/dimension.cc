#include "policy/workbench/dimension.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace firebreak::policy {

Dimension::Dimension(std::string name, std::vector<std::string> values, Put put,
                     const PolicyQuestion& base)
    : name_(std::move(name)), values_(std::move(values)), put_(std::move(put)) {
  for (const std::string& value : values_) {
    probes_.push_back(base);
    put_(value, &probes_.back());
  }
}

Dimension Dimension::Whole(std::string name, const PolicyQuestion& base) {
  return Dimension(
      std::move(name), {""}, [](const std::string&, PolicyQuestion*) {}, base);
}

Bits Dimension::Where(const Holds& holds) const {
  Bits set(size());
  for (size_t i = 0; i < size(); ++i) {
    if (holds(probes_[i])) set.Set(i);
  }
  return set;
}

void Dimension::AddLabel(const std::string& text, Holds holds) {
  Bits set = Where(holds);
  labels_.push_back({text, std::move(holds), std::move(set)});
}

void Dimension::AddLabel(const std::string& text, Bits set) {
  labels_.push_back({text, nullptr, std::move(set)});
}

void Dimension::Prefer(const std::string& value, const PolicyQuestion& base) {
  PolicyQuestion question = base;
  put_(value, &question);
  const std::optional<size_t> atom = Find(question);
  if (!atom.has_value()) return;
  values_[*atom] = value;
  probes_[*atom] = std::move(question);
}

std::optional<size_t> Dimension::Find(const PolicyQuestion& question) const {
  Bits left(size(), /*all=*/true);
  for (const Label& label : labels_) {
    if (label.holds == nullptr) continue;
    left = label.holds(question) ? left & label.set : left - label.set;
  }
  if (left.empty()) return std::nullopt;
  return left.first();
}

bool Dimension::Names(const std::string& text) const {
  return std::any_of(labels_.begin(), labels_.end(),
                     [&text](const Label& label) { return label.text == text; });
}

Described Dimension::Describe(const Bits& set) const {
  std::vector<std::string> values = Cover(set);
  std::vector<std::string> others = Cover(~set);
  // What reads shorter.
  const size_t all_but = absl::StrCat("all but ", absl::StrJoin(others, ", ")).size();
  if (all_but < absl::StrJoin(values, ", ").size()) {
    return {/*all_but=*/true, std::move(others)};
  }
  return {/*all_but=*/false, std::move(values)};
}

// Greedy covers wanted with labels that lie within a set, those first that cover most. It returns
// what they leave.
Bits Dimension::Greedy(Bits wanted, const Bits& within, std::vector<std::string>* texts) const {
  while (!wanted.empty()) {
    const Label* best = nullptr;
    size_t covered = 0;
    for (const Label& label : labels_) {
      const size_t covers = within.Contains(label.set) ? (label.set & wanted).count() : 0;
      if (covers <= covered) continue;
      best = &label;
      covered = covers;
    }
    if (best == nullptr) break;
    texts->push_back(best->text);
    wanted = wanted - best->set;
  }
  return wanted;
}

// BestExcept is "LABEL except OTHERS", which lies within set and covers most of rest.
std::optional<Dimension::Label> Dimension::BestExcept(const Bits& rest, const Bits& set) const {
  std::optional<Label> best;
  size_t covered = 0;
  for (const Label& label : labels_) {
    const size_t covers = (label.set & rest).count();
    if (covers <= covered) continue;
    std::vector<std::string> except;
    if (!Greedy(label.set - set, ~set, &except).empty()) continue;
    best = Label{absl::StrCat(label.text, " except ", absl::StrJoin(except, ", ")), nullptr,
                 label.set & set};
    covered = covers;
  }
  return best;
}

// Alike says which labels an atom has and has not, leaving out what follows from the others, and
// fills *alike with all atoms of which the same is true.
std::string Dimension::Alike(size_t atom, Bits* alike) const {
  std::vector<const Label*> narrowest;
  for (const Label& label : labels_) narrowest.push_back(&label);
  std::stable_sort(narrowest.begin(), narrowest.end(),
                   [](const Label* a, const Label* b) { return a->set.count() < b->set.count(); });
  *alike = Bits(size(), /*all=*/true);
  std::vector<std::string> has;
  for (const Label* label : narrowest) {
    if (!label->set.Has(atom) || label->set.Contains(*alike)) continue;
    has.push_back(label->text);
    *alike = *alike & label->set;
  }
  std::vector<std::string> has_not;
  for (auto label = narrowest.rbegin(); label != narrowest.rend(); ++label) {
    if ((*label)->set.Has(atom) || !(*label)->set.Meets(*alike)) continue;
    has_not.push_back((*label)->text);
    *alike = *alike - (*label)->set;
  }
  std::string text = has.empty() ? absl::StrCat("any ", name_) : absl::StrJoin(has, " and ");
  if (!has_not.empty()) absl::StrAppend(&text, " except ", absl::StrJoin(has_not, ", "));
  return text;
}

std::vector<std::string> Dimension::Cover(const Bits& set) const {
  std::vector<std::string> texts;
  Bits rest = Greedy(set, set, &texts);
  while (!rest.empty()) {
    const std::optional<Label> best = BestExcept(rest, set);
    if (best.has_value()) {
      texts.push_back(best->text);
      rest = rest - best->set;
      continue;
    }
    Bits alike;
    texts.push_back(Alike(rest.first(), &alike));
    rest = rest - alike;
  }
  return texts;
}

}  // namespace firebreak::policy
