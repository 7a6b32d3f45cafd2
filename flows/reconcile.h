// Joining what the two sidecars of a flow reported, and finding what only one of them did.
#ifndef FIREBREAK_FLOWS_RECONCILE_H_
#define FIREBREAK_FLOWS_RECONCILE_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

#include "flows/flow.h"

namespace firebreak::flows {

// Reported is what is kept of one line until its counterpart comes.
struct Reported {
  absl::Time time;
  std::string flow_id;
  std::string source;  // principals
  std::string destination;
  std::string what;  // "GET /v1/charges/12 200", or the protocol
  std::string verdict;
  bool inbound = false;  // by the destination's sidecar
  bool refused = false;  // before a byte was carried: the peer may not have seen it
  uint64_t sent = 0;
  uint64_t received = 0;

  const std::string& reporter() const { return inbound ? destination : source; }
  const std::string& peer() const { return inbound ? source : destination; }
};

// Why a line has no counterpart.
enum class OneSided : uint8_t {
  kSilent,   // nothing of the peer is in the logs: not collected, dead, or there is no sidecar
  kOutside,  // the peer's log begins after the flow or ends before it: dead, or cut
  kLost,     // the peer's log says that it lost records
  kMissing,  // the peer was writing and did not write this: it lies, or something passed it by
};
absl::string_view OneSidedName(OneSided why);

struct OneSidedFlow {
  Reported flow;
  OneSided why = OneSided::kSilent;
};

// Differing are two lines that can only be about the same flow, and that do not agree on its bytes.
struct Differing {
  Reported inbound;
  Reported outbound;
};

// Reconciler takes flow lines in the order of time, from all logs at once. There is no id that both
// sidecars know, so lines are joined by what both know: the two principals, and of a request its
// method, path and trace, of a connection its kind. Of those, the pair that is next in time and no
// further apart than tolerance belongs together, equal numbers of bytes first. Lines that have no
// counterpart by their nature are left out and counted: where one end was not authenticated,
// connections that carried requests (these are joined instead), and samples. What was refused or
// failed before a byte was carried may have a counterpart and needs none.
//
// Memory: lines wait for tolerance of log time; of one-sided and differing flows kMaxKept are kept
// each, and all are counted.
class Reconciler {
 public:
  static constexpr size_t kMaxKept = 10'000;

  explicit Reconciler(absl::Duration tolerance) : tolerance_(tolerance) {}

  void See(const Flow& flow);
  // Finish gives up waiting; nothing may be seen after it.
  void Finish();

  uint64_t joined() const { return joined_; }
  uint64_t left_out() const { return left_out_; }
  // After Finish, in the order of time.
  const std::vector<OneSidedFlow>& one_sided() const { return one_sided_; }
  uint64_t one_sided_count() const { return one_sided_count_; }
  const std::vector<Differing>& differing() const { return differing_; }
  uint64_t differing_count() const { return differing_count_; }

 private:
  // Waiting are the lines of one join key that have no counterpart yet.
  struct Waiting {
    std::deque<Reported> inbound;
    std::deque<Reported> outbound;
  };
  // Presence is when a principal's sidecars wrote.
  struct Presence {
    absl::Time first = absl::InfiniteFuture();
    absl::Time last = absl::InfinitePast();
    std::vector<std::pair<absl::Time, absl::Time>> losses;  // from the line before to the LOST line
  };

  void NotePresence(const Flow& flow);
  void Expire(absl::Time before);
  // Settle finds the counterparts of lines of one side, oldest first, or gives them up.
  void Settle(std::deque<Reported>& side, std::deque<Reported>& other, absl::Time before);
  void Join(const Reported& a, const Reported& b);
  void AddOneSided(Reported flow);
  OneSided Why(const Reported& flow) const;

  const absl::Duration tolerance_;
  // Ordered by the key, so that the same input gives the same result.
  std::map<std::string, Waiting> waiting_;
  absl::Time latest_ = absl::InfinitePast();
  absl::Time next_expiry_ = absl::InfinitePast();
  absl::flat_hash_map<std::string, Presence> presence_;
  uint64_t joined_ = 0;
  uint64_t left_out_ = 0;
  uint64_t one_sided_count_ = 0;
  uint64_t differing_count_ = 0;
  std::vector<OneSidedFlow> one_sided_;
  std::vector<Differing> differing_;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_RECONCILE_H_
