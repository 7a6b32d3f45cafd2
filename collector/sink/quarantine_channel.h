// QuarantineChannel takes quarantine lists from a collector as they come.
#ifndef FIREBREAK_COLLECTOR_SINK_QUARANTINE_CHANNEL_H_
#define FIREBREAK_COLLECTOR_SINK_QUARANTINE_CHANNEL_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/limits.h"
#include "collector/sink/collector_dialer.h"
#include "collector/sink/identity_slot.h"

namespace firebreak::collector {

// It has a thread and a connection of its own, since those of the flow log wait for disks and
// receipts. It goes on for as long as it lives: after a failure it waits, longer each
// time, ten seconds at most; for a minute where the collector gives out no lists.
//
// It believes nothing: what comes is handed on as it is, one text at a time, each of 1 MiB at most,
// and five a second at most. A collector that sends more is read no faster. It looks for lists ten
// times a second. A collector that has said nothing for 25 seconds, although it was spoken to, is
// held to be gone.
class QuarantineChannel {
 public:
  // deliver is given the text of a list, on the channel's thread, and then no other before Next.
  using Deliver = std::function<void(std::string text)>;

  // identity outlives the channel.
  QuarantineChannel(LinkTarget target, const IdentitySlot& identity, const Limits& limits,
                    const Clock& clock, Deliver deliver);
  // Waits for the thread to end, which may be connecting; deliver is not called any more.
  ~QuarantineChannel();
  QuarantineChannel(const QuarantineChannel&) = delete;
  QuarantineChannel& operator=(const QuarantineChannel&) = delete;

  void Start();

  // Any thread. SetSerial tells which list is in force, whatever brought it; Next, that the last
  // text has been looked at.
  void SetSerial(uint64_t serial);
  void Next();

  // Whether the collector answers, and gives out lists. Any thread.
  bool connected() const { return connected_; }
  // What came and was no list at all, or too large, since the start. Any thread.
  uint64_t refusals() const { return refusals_; }

 private:
  // Talk is what has been said on one connection, and when something is due.
  struct Talk {
    uint64_t said = 0;
    MonoTime speak_at;    // due at once
    MonoTime hear_at;     // not before
    MonoTime give_up_at;  // unless something was heard
  };
  struct State {
    uint64_t serial = 0;
    bool delivering = false;
    bool stopped = false;
  };

  void Run();
  // Converse returns when the connection has ended, with why; OK: another one is wanted at once.
  absl::Status Converse();
  absl::Status Turn(proxy::GrpcLink& link, const State& held, Talk& talk);
  absl::Status OnMessage(absl::string_view message, Talk& talk);
  void Complain(const absl::Status& why);
  // Rest waits for so long, or until it is stopped. AwaitNews waits for a moment, or until there is
  // another serial to tell.
  void Rest(absl::Duration pause);
  State AwaitNews(uint64_t said);
  State state();

  const Clock& clock_;
  const Deliver deliver_;
  CollectorDialer dialer_;
  std::atomic<bool> connected_{false};
  std::atomic<uint64_t> refusals_{0};
  std::string complaint_;  // the last in the log; empty: none since it was connected
  std::mutex mutex_;
  std::condition_variable changed_;
  State state_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_SINK_QUARANTINE_CHANNEL_H_
