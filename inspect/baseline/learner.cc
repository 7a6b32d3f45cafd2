#include "inspect/baseline/learner.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "inspect/baseline/model_text.h"

namespace firebreak::inspect {
namespace {

bool IsThere(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 || errno != ENOENT;
}

}  // namespace

Learner::Learner(LearnerOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      baseline_(std::make_shared<Baseline>(options_.limits, clock)),
      saved_at_(clock.WallNow()) {}

bool Learner::Load(config::Diagnostics* diagnostics) {
  if (!IsThere(options_.path)) {
    if (options_.state != BaselineState::kFreeze) return true;
    diagnostics->Error(config::ErrorCode::kInvalidValue, options_.path,
                       "there is no baseline to freeze", "learn first, with mode LEARN");
    return false;
  }
  if (!LoadBaseline(options_.path, *baseline_, diagnostics)) return false;
  const bool frozen = baseline_->state() == BaselineState::kFreeze;
  switch (options_.state) {
    case BaselineState::kLearn:
      if (!frozen) return baseline_->SetState(BaselineState::kLearn).ok();
      FB_LOG(kWarning, options_.path, " is frozen, and is not learned into");
      return true;
    case BaselineState::kFreeze:
      return baseline_->SetState(BaselineState::kFreeze).ok();
    case BaselineState::kEnforce:
      if (!frozen && !baseline_->SetState(BaselineState::kLearn).ok()) return false;
      TryToEnforce();
      if (baseline_->state() == BaselineState::kFreeze) {
        FB_LOG(kWarning, options_.path, " is frozen and was learned from too little: of ",
               baseline_->samples(), " requests; it is not enforced");
      }
      return true;
  }
  return false;
}

ObservationQueue& Learner::AddQueue() {
  queues_.push_back(std::make_unique<ObservationQueue>());
  return *queues_.back();
}

bool Learner::Turn() {
  if (baseline_->state() != BaselineState::kLearn) return false;
  size_t taken = 0;
  for (const auto& queue : queues_) {
    while (taken < kMaxPerTurn && queue->Pop(taken_)) {
      ++taken;
      unsaved_ = baseline_->Learn(taken_) || unsaved_;
    }
  }
  if (options_.state == BaselineState::kEnforce) TryToEnforce();
  const bool enforces = baseline_->state() == BaselineState::kEnforce;
  if (enforces || clock_.WallNow() - saved_at_ >= options_.save_every) {
    const absl::Status saved = Save();
    if (!saved.ok()) FB_LOG(kError, "the baseline is not saved: ", saved.message());
  }
  return enforces;
}

void Learner::TryToEnforce() {
  // A file that a person froze stays as it is, so that no sidecar learns into it afterwards either.
  const bool frozen = baseline_->state() == BaselineState::kFreeze;
  if (!baseline_->SetState(BaselineState::kEnforce).ok()) return;
  unsaved_ = !frozen;
  FB_LOG(kInfo, "the baseline is enforced, learned from ", baseline_->samples(), " requests");
}

absl::Status Learner::Save() {
  saved_at_ = clock_.WallNow();
  if (!std::exchange(unsaved_, false)) return absl::OkStatus();
  absl::Status saved = SaveBaseline(options_.path, *baseline_);
  unsaved_ = !saved.ok();
  return saved;
}

std::shared_ptr<const Baseline> Learner::InForce() const {
  return baseline_->state() == BaselineState::kLearn ? nullptr : baseline_;
}

uint64_t Learner::dropped() const {
  uint64_t dropped = 0;
  for (const auto& queue : queues_) dropped += queue->dropped();
  return dropped;
}

}  // namespace firebreak::inspect
