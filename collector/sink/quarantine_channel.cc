#include "collector/sink/quarantine_channel.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "base/thread.h"
#include "collector/wire/messages.h"
#include "flows/spool_sink.h"

namespace firebreak::collector {
namespace {

constexpr std::chrono::milliseconds kLook{100};
constexpr std::chrono::milliseconds kMessageTimeout{5'000};  // either way
constexpr std::chrono::milliseconds kSpeakEvery{15'000};
constexpr std::chrono::milliseconds kLongestSilence{25'000};
constexpr std::chrono::milliseconds kBetweenLists{200};  // as often as a file is looked at
constexpr absl::Duration kLongestPause = absl::Seconds(10);
constexpr std::chrono::seconds kLasting(10);  // after which the next attempt begins anew
constexpr absl::Duration kUnknownPause = absl::Minutes(1);

}  // namespace

QuarantineChannel::QuarantineChannel(LinkTarget target, const IdentitySlot& identity,
                                     const Limits& limits, const Clock& clock, Deliver deliver)
    : clock_(clock),
      deliver_(std::move(deliver)),
      dialer_(std::move(target), identity, limits, clock) {}

QuarantineChannel::~QuarantineChannel() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    state_.stopped = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void QuarantineChannel::Start() {
  thread_ = StartThread("fb-quarantine", [this] { Run(); });
}

void QuarantineChannel::SetSerial(uint64_t serial) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    state_.serial = serial;
  }
  changed_.notify_all();
}

void QuarantineChannel::Next() {
  const std::lock_guard<std::mutex> lock(mutex_);
  state_.delivering = false;
}

QuarantineChannel::State QuarantineChannel::state() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return state_;
}

QuarantineChannel::State QuarantineChannel::AwaitNews(uint64_t said) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, kLook, [&] { return state_.stopped || state_.serial != said; });
  return state_;
}

void QuarantineChannel::Rest(absl::Duration pause) {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait_for(lock, absl::ToChronoMilliseconds(pause), [&] { return state_.stopped; });
}

void QuarantineChannel::Run() {
  flows::Backoff backoff;
  while (!state().stopped) {
    const MonoTime begun = clock_.MonoNow();
    const absl::Status ended = Converse();
    // A collector that answers once and ends the call is not asked again at once for that.
    const bool lasted = clock_.MonoNow() - begun >= kLasting;
    if (connected_.exchange(false) && lasted) backoff.Reset();
    if (ended.ok()) continue;
    if (absl::IsDataLoss(ended)) ++refusals_;
    Complain(ended);
    // A collector that has no list to give may have one when it was started anew.
    Rest(absl::IsUnimplemented(ended)
             ? kUnknownPause
             : std::min(backoff.Next(absl::ZeroDuration()), kLongestPause));
  }
}

void QuarantineChannel::Complain(const absl::Status& why) {
  if (why.message() == complaint_) return;
  complaint_ = std::string(why.message());
  FB_LOG(kWarning, "no quarantine lists from the collector: ", complaint_);
}

absl::Status QuarantineChannel::Converse() {
  FB_ASSIGN_OR_RETURN(const std::unique_ptr<proxy::GrpcLink> link,
                      dialer_.Dial(kQuarantinePath, kMaxListMessageBytes));
  const MonoTime now = clock_.MonoNow();
  Talk talk{.said = 0, .speak_at = now, .hear_at = now, .give_up_at = now + kLongestSilence};
  State held = state();
  while (!held.stopped && !dialer_.IsStale()) {
    FB_RETURN_IF_ERROR(Turn(*link, held, talk));
    held = AwaitNews(talk.said);
  }
  return absl::OkStatus();
}

absl::Status QuarantineChannel::Turn(proxy::GrpcLink& link, const State& held, Talk& talk) {
  const MonoTime now = clock_.MonoNow();
  if (now >= talk.speak_at || held.serial != talk.said) {
    FB_RETURN_IF_ERROR(link.Send(EncodeHeld(held.serial), now + kMessageTimeout));
    talk.said = held.serial;
    talk.speak_at = now + kSpeakEvery;
  }
  if (held.delivering || now < talk.hear_at) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(std::optional<std::string> message, link.ReceiveNow());
  if (!message.has_value() && link.in_answer()) {
    // It takes several windows; who has begun it is to end it.
    FB_ASSIGN_OR_RETURN(message, link.Receive(now + kMessageTimeout));
  }
  if (message.has_value()) return OnMessage(*message, talk);
  if (now < talk.give_up_at) return absl::OkStatus();
  return absl::UnavailableError("the collector does not answer");
}

absl::Status QuarantineChannel::OnMessage(absl::string_view message, Talk& talk) {
  auto decoded = DecodeList(message);
  if (!decoded.ok()) return absl::DataLossError(decoded.status().message());
  std::string text = *std::move(decoded);
  const MonoTime now = clock_.MonoNow();
  talk.give_up_at = now + kLongestSilence;
  if (!connected_.exchange(true)) {
    complaint_.clear();
    FB_LOG(kInfo, "quarantine lists come from the collector");
  }
  if (text.empty()) return absl::OkStatus();
  talk.hear_at = now + kBetweenLists;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    state_.delivering = true;
  }
  deliver_(std::move(text));
  return absl::OkStatus();
}

}  // namespace firebreak::collector
