#include "inspect/baseline/learner.h"

#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <future>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "inspect/baseline/model_text.h"

namespace firebreak::inspect {
namespace {

constexpr std::chrono::seconds kNoTime{0};

bool IsThere(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 || errno != ENOENT;
}

void Report(const absl::Status& saved) {
  if (!saved.ok()) FB_LOG(kError, "the baseline is not saved: ", saved.message());
}

}  // namespace

Learner::Learner(LearnerOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      baseline_(std::make_shared<Baseline>(options_.limits, clock)),
      saved_at_(clock.MonoNow()) {}

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
               baseline_->samples(), " requests and ", baseline_->protocols().samples(),
               " connections; it is not enforced");
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
  const bool learns = baseline_->state() == BaselineState::kLearn;
  if (learns) TakeIn();
  if (learns && options_.state == BaselineState::kEnforce) TryToEnforce();
  const bool enforces = learns && baseline_->state() == BaselineState::kEnforce;
  const bool written = saving_.valid() && saving_.wait_for(kNoTime) == std::future_status::ready;
  if (written) Report(EndSaving());
  const absl::Duration since = absl::FromChrono(clock_.MonoNow() - saved_at_);
  save_due_ = save_due_ || enforces || since >= options_.save_every;
  if (save_due_ && !saving_.valid()) BeginToSave();
  return enforces;
}

void Learner::TakeIn() {
  size_t taken = 0;
  for (const auto& queue : queues_) {
    for (; taken < kMaxPerTurn && queue->Pop(request_); ++taken) {
      unsaved_ = baseline_->Learn(request_) || unsaved_;
    }
    for (; taken < kMaxPerTurn && queue->Pop(connection_); ++taken) {
      unsaved_ = baseline_->Learn(connection_) || unsaved_;
    }
  }
}

bool Learner::busy() const {
  return baseline_->state() == BaselineState::kLearn || unsaved_ || saving_.valid();
}

void Learner::TryToEnforce() {
  // A file that a person froze stays as it is, so that no sidecar learns into it afterwards either.
  const bool frozen = baseline_->state() == BaselineState::kFreeze;
  if (!baseline_->SetState(BaselineState::kEnforce).ok()) return;
  unsaved_ = !frozen;
  FB_LOG(kInfo, "the baseline is enforced, learned from ", baseline_->samples(), " requests and ",
         baseline_->protocols().samples(), " connections");
}

void Learner::BeginToSave() {
  saved_at_ = clock_.MonoNow();
  save_due_ = false;
  if (!unsaved_) return;
  try {
    // The text is made here, since the baseline may change as soon as this returns.
    saving_ =
        std::async(std::launch::async, [path = options_.path, text = BaselineText(*baseline_)] {
          return SaveBaselineText(path, text);
        });
    unsaved_ = false;
  } catch (const std::system_error& error) {  // there are no more threads to be had
    Report(absl::ResourceExhaustedError(error.what()));
  }
}

absl::Status Learner::EndSaving() {
  if (!saving_.valid()) return absl::OkStatus();
  absl::Status saved = saving_.get();
  unsaved_ = unsaved_ || !saved.ok();
  return saved;
}

absl::Status Learner::Save() {
  EndSaving().IgnoreError();  // what failed is done again
  saved_at_ = clock_.MonoNow();
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
