#include "detect/feedback.h"

#include <algorithm>

#include "absl/time/time.h"

namespace firebreak::detect {
namespace {

constexpr double kFalseAlarm = 0.5;
constexpr double kIntruder = 1.25;

bool IsCertain(Signal signal) { return signal == Signal::kHoney || signal == Signal::kStolenSvid; }

}  // namespace

void Feedback::Heed(const Notes& notes, Names& names) {
  said_.clear();
  for (const Note& note : notes.all()) {
    if (note.verdict == Verdict::kNone) continue;
    const Said said = {absl::ToUnixMicros(note.last_seen_at),
                       note.verdict == Verdict::kFalseAlarm ? kFalseAlarm : kIntruder};
    for (const Kind& kind : note.kinds) {
      if (IsCertain(kind.signal)) continue;
      said_[{kind.signal, names.Intern(kind.source), names.Intern(kind.destination)}].push_back(
          said);
    }
  }
}

double Feedback::WeightOf(Signal signal, const Call& call) const {
  const auto found = said_.find({signal, call.source, call.destination});
  if (found == said_.end()) return 1;
  double weight = 1;
  for (const Said& said : found->second) {
    if (call.end_us > said.from_us) weight *= said.factor;
  }
  return std::clamp(weight, kLeast, kMost);
}

}  // namespace firebreak::detect
