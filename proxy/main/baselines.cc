#include "proxy/main/baselines.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/log.h"

namespace firebreak::proxy {
namespace {

using config::LearningState;

inspect::BaselineState StateOf(LearningState state) {
  switch (state) {
    case LearningState::kOff:
    case LearningState::kLearn:
      return inspect::BaselineState::kLearn;
    case LearningState::kFreeze:
      return inspect::BaselineState::kFreeze;
    case LearningState::kEnforce:
      return inspect::BaselineState::kEnforce;
  }
  return inspect::BaselineState::kLearn;
}

inspect::LearnerOptions OptionsOf(const config::ListenerConfig& listener) {
  const config::LearningConfig& learning = listener.inspection.learning;
  inspect::LearnerOptions options;
  options.state = StateOf(learning.state);
  options.limits.least_samples = static_cast<uint64_t>(learning.least_samples);
  options.limits.least_learning = absl::Hours(learning.least_hours);
  options.limits.max_parameters = static_cast<size_t>(learning.max_parameters);
  options.path = absl::StrCat(learning.folder, "/", listener.name, ".yaml");
  return options;
}

// What cannot be kept is not learned: it would be lost at the next start, and nobody would know.
bool IsUsable(const config::LearningConfig& learning, config::Diagnostics* diagnostics) {
  std::error_code error;
  if (!std::filesystem::is_directory(learning.folder, error)) {
    diagnostics->Error(config::ErrorCode::kFileUnreadable, learning.folder,
                       "there is no such folder to keep in what is learned",
                       "make it, for the user of the sidecar alone");
    return false;
  }
  if (learning.state == LearningState::kFreeze || access(learning.folder.c_str(), W_OK) == 0) {
    return true;
  }
  diagnostics->Error(config::ErrorCode::kFileUnreadable, learning.folder,
                     "what is learned cannot be written to this folder");
  return false;
}

}  // namespace

std::optional<Baselines> Baselines::Load(const config::ProxyConfig& config, const Clock& clock,
                                         config::Diagnostics* diagnostics) {
  Baselines baselines;
  baselines.listener_count_ = config.listeners.size();
  bool good = true;
  for (size_t i = 0; i < config.listeners.size(); ++i) {
    const config::ListenerConfig& listener = config.listeners[i];
    const config::LearningConfig& learning = listener.inspection.learning;
    if (learning.state == LearningState::kOff) continue;
    auto learner = std::make_unique<inspect::Learner>(OptionsOf(listener), clock);
    good = IsUsable(learning, diagnostics) && learner->Load(diagnostics) && good;
    baselines.learning_.push_back({i, listener.name, std::move(learner)});
  }
  if (!good) return std::nullopt;
  return baselines;
}

std::vector<inspect::ObservationQueue*> Baselines::AddQueues() {
  std::vector<inspect::ObservationQueue*> queues(listener_count_, nullptr);
  for (const Listener& listener : learning_) {
    queues[listener.index] = &listener.learner->AddQueue();
  }
  return queues;
}

void Baselines::ForEachInForce(const PutInForce& put) const {
  for (const Listener& listener : learning_) {
    auto in_force = listener.learner->InForce();
    if (in_force != nullptr) put(listener.index, std::move(in_force));
  }
}

bool Baselines::Turn(const PutInForce& put) {
  bool busy = false;
  for (const Listener& listener : learning_) {
    if (listener.learner->Turn()) put(listener.index, listener.learner->InForce());
    busy = busy || listener.learner->busy();
  }
  return busy;
}

void Baselines::Save() {
  for (const Listener& listener : learning_) {
    const absl::Status saved = listener.learner->Save();
    if (!saved.ok()) {
      FB_LOG(kError, "what listener ", listener.name,
             " has learned is not saved: ", saved.message());
    }
  }
}

std::vector<BaselineStats> Baselines::Stats() const {
  std::vector<BaselineStats> stats;
  for (const Listener& listener : learning_) {
    const inspect::Baseline& baseline = listener.learner->baseline();
    stats.push_back({.listener = listener.name,
                     .state = baseline.state(),
                     .requests = baseline.samples(),
                     .connections = baseline.protocols().samples(),
                     .held = baseline.held(),
                     .dropped = listener.learner->dropped(),
                     .bytes = baseline.bytes()});
  }
  return stats;
}

}  // namespace firebreak::proxy
