#include "inspect/pack/pack_inspection.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/match.h"

namespace firebreak::inspect {

PackInspection::PackInspection(const RulePacks& packs, absl::string_view method,
                               absl::string_view path)
    : owner_(*this) {
  for (const auto& pack : packs) {
    for (const PackRule& rule : pack->rules) {
      if (!rule.AppliesTo(method, path)) continue;
      active_.push_back(
          {.pack = pack.get(), .rule = &rule, .missing = (1U << rule.conditions.size()) - 1});
    }
  }
  // What path and method say alone holds before any field has come.
  for (const Active& active : active_) {
    if (active.missing != 0) continue;
    score_ += active.rule->severity;
    findings_.push_back({.pack = active.pack,
                         .rule = active.rule,
                         .place = Place::kPath,
                         .field = "",
                         .excerpt = std::string(path.substr(0, kMaxExcerpt))});
  }
}

FieldSink* PackInspection::Beside() {
  if (beside_ == nullptr) beside_.reset(new PackInspection(&owner_));
  return beside_.get();
}

void PackInspection::BeginField(Place place, absl::string_view name, bool is_name) {
  watched_.clear();
  for (Active& active : owner_.active_) {
    for (uint32_t i = 0; i < active.rule->conditions.size(); ++i) {
      const bool missing = ((active.missing >> i) & 1U) != 0;
      if (missing && active.rule->conditions[i].Wants(place, name, is_name)) {
        watched_.push_back({&active, i});
      }
    }
  }
  if (watched_.empty()) return;
  place_ = place;
  name_.assign(name.data(), name.size());
  size_ = 0;
  window_size_ = 0;
  first_window_ = true;
}

void PackInspection::FieldBytes(absl::string_view bytes) {
  if (watched_.empty()) return;
  size_ += bytes.size();
  while (!bytes.empty()) {
    if (window_size_ == kWindow) {
      after_ = bytes.front();
      LookAtWindow(/*last=*/false);
      before_ = window_[kWindowStep - 1];
      std::memmove(window_.data(), window_.data() + kWindowStep, kWindow - kWindowStep);
      window_size_ = kWindow - kWindowStep;
      first_window_ = false;
    }
    const size_t taken = std::min(bytes.size(), kWindow - window_size_);
    std::memcpy(window_.data() + window_size_, bytes.data(), taken);
    window_size_ += taken;
    bytes.remove_prefix(taken);
  }
}

void PackInspection::EndField() {
  if (!watched_.empty()) LookAtWindow(/*last=*/true);
  watched_.clear();
}

void PackInspection::LookAtWindow(bool last) {
  // A pattern is shown a byte before and behind the window where the field goes on there, so that ^
  // and $ hold at the ends of the field alone, or of a line.
  readings_.Begin(absl::string_view(window_.data(), window_size_),
                  absl::string_view(&before_, first_window_ ? 0 : 1),
                  absl::string_view(&after_, last ? 0 : 1));
  for (const Watched& watched : watched_) {
    const bool missing = ((watched.active->missing >> watched.condition) & 1U) != 0;
    size_t reading = 0;
    if (missing && Holds(watched.active->rule->conditions[watched.condition], last, reading)) {
      Fulfil(watched, readings_.Text(reading));
    }
  }
}

bool PackInspection::Holds(const PackCondition& condition, bool last, size_t& reading) {
  for (reading = 0; readings_.Make(reading); ++reading) {
    if (HoldsFor(condition, reading, last)) return true;
    if (condition.as_it_is) return false;
  }
  return false;
}

bool PackInspection::HoldsFor(const PackCondition& condition, size_t reading, bool last) {
  const absl::string_view text =
      condition.ignore_case ? readings_.Lower(reading) : readings_.Text(reading);
  const auto any = [&condition](const auto& holds) {
    return std::any_of(condition.texts.begin(), condition.texts.end(), holds);
  };
  switch (condition.op) {
    case PackOperator::kEquals:
      return first_window_ && last && any([text](const auto& what) { return text == what; });
    case PackOperator::kContains:
      return any([text](const auto& what) { return absl::StrContains(text, what); });
    case PackOperator::kStartsWith:
      return first_window_ &&
             any([text](const auto& what) { return absl::StartsWith(text, what); });
    case PackOperator::kEndsWith:
      return last && any([text](const auto& what) { return absl::EndsWith(text, what); });
    case PackOperator::kRegex:
      return condition.regex->Match(readings_.Around(reading), readings_.start(),
                                    readings_.start() + readings_.Text(reading).size(),
                                    re2::RE2::UNANCHORED, nullptr, 0);
    case PackOperator::kLongerThan:
      return last && size_ > condition.length;  // then it is the same however it was cut
  }
  return false;
}

void PackInspection::Fulfil(const Watched& watched, absl::string_view read) {
  Active& active = *watched.active;
  active.missing &= ~(1U << watched.condition);
  if (active.missing != 0) return;
  owner_.score_ += active.rule->severity;
  owner_.findings_.push_back({.pack = active.pack,
                              .rule = active.rule,
                              .place = place_,
                              .field = name_,
                              .excerpt = std::string(read.substr(0, kMaxExcerpt))});
}

}  // namespace firebreak::inspect
