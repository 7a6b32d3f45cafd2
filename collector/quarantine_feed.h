// QuarantineFeed gives the signed quarantine list to the sidecars that are connected.
#ifndef FIREBREAK_COLLECTOR_QUARANTINE_FEED_H_
#define FIREBREAK_COLLECTOR_QUARANTINE_FEED_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "proxy/event/file_watch.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/event/timer.h"

namespace firebreak::collector {

class QuarantineCall;

struct QuarantineFeedStats {
  uint64_t serial = 0;    // of the list that is given out; 0: none was read yet
  size_t sidecars = 0;    // that are connected and have said what they have
  size_t current = 0;     // of these, those that have this list or a newer one
  uint64_t refusals = 0;  // of the file, since the start
  bool missing = false;   // the file
};

// The file is looked at ten times a second, and goes out as it is, byte for byte. The collector has
// no key, and does not ask whose signature a list has: sidecars do. It reads the serial, so that
// nobody is sent what he has, and the expiry, so that nobody is sent what he must refuse. A file
// that is missing or is no list leaves the last one as it was.
//
// For the thread of the loop.
class QuarantineFeed {
 public:
  // Edition is one list, ready to be sent.
  struct Edition {
    uint64_t number = 0;  // counts those that were read
    uint64_t serial = 0;
    absl::Time expires_at;
    std::shared_ptr<const std::string> message;  // framed
  };

  // The loop and the clock outlive the feed.
  QuarantineFeed(proxy::EventLoop& loop, std::string path, const Clock& clock);

  // Poll looks at the file; true: there is a new edition, and it is under way to everybody. The
  // feed's own timer calls it, from Start on.
  bool Poll();
  void Start();

  // Heard: this call has said what its sidecar has; from its first time on it is told of editions.
  void Heard(QuarantineCall& call);
  // Forget: the call has ended.
  void Forget(QuarantineCall& call);

  // NewerThan is what a sidecar with this serial is to have; null: nothing.
  const Edition* NewerThan(uint64_t serial) const;
  // The message that says that there is nothing newer.
  const std::shared_ptr<const std::string>& nothing() const { return nothing_; }

  QuarantineFeedStats Stats() const;
  // Table is one JSON object a line for each sidecar: `principal`, `serial`, `current`.
  std::string Table() const;

 private:
  void Look();
  absl::Status Read();
  bool IsCurrent(const QuarantineCall& call) const;

  proxy::EventLoop& loop_;
  const std::string path_;
  const Clock& clock_;
  proxy::FileWatch watch_;
  const std::shared_ptr<const std::string> nothing_;
  Edition edition_;  // number 0: none
  QuarantineFeedStats stats_;
  absl::flat_hash_set<QuarantineCall*> calls_;
  proxy::TimeoutQueue silences_;
  proxy::Timer look_;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_QUARANTINE_FEED_H_
