// Joining what the two sidecars of a flow reported, and finding what only one of them did.
#ifndef FIREBREAK_FLOWS_RECONCILE_H_
#define FIREBREAK_FLOWS_RECONCILE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
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
  std::string call;  // what both sidecars know of it, but for the path
  std::string path;  // as the line has it; empty: no request
  std::string verdict;
  bool inbound = false;   // by the destination's sidecar
  bool refused = false;   // before a byte was carried: the peer may not have seen it
  bool wanted = true;     // it was asked for: a finding about it is to be told
  bool by_route = false;  // nothing was found for its path as it stands
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

// Differing are two lines that can only be about the same flow, and that do not agree on its bytes:
// not at all where both carried it, and by more than kMaxInFlight where one did not.
struct Differing {
  Reported inbound;
  Reported outbound;
};

// WaitingLines are lines of one side that have no counterpart yet, oldest first.
class WaitingLines {
 public:
  bool empty() const { return lines_.empty(); }
  const Reported& oldest() const { return lines_.begin()->second; }

  void Add(Reported line);
  // TakeEqual takes out the oldest of those with the line's bytes that are no further than
  // tolerance from it; TakeNearest the one that is nearest in time, if it is no further.
  std::optional<Reported> TakeEqual(const Reported& line, absl::Duration tolerance);
  std::optional<Reported> TakeNearest(const Reported& line, absl::Duration tolerance);
  absl::Duration Distance(const Reported& line) const;  // of the nearest
  Reported TakeOldest();

 private:
  using Place = std::pair<absl::Time, uint64_t>;  // and the number it came with

  using Lines = std::map<Place, Reported>;

  Reported Take(Lines::const_iterator at);
  Lines::const_iterator Nearest(const Reported& line) const;

  Lines lines_;
  std::set<std::tuple<uint64_t, uint64_t, Place>> by_bytes_;  // sent, received
  uint64_t added_ = 0;
};

// Reconciler takes flow lines in the order of time, from all logs at once. There is no id that both
// sidecars know, so lines are joined by what both know: the two principals, and of a request its
// method, path and trace. Of those, lines of equal bytes that are no further apart than tolerance
// belong together, the oldest first, so that clocks may differ by more than there is between two
// calls; of what is left then, those that are nearest in time. Requests for which nothing is found
// are joined so by the template of their path, since one sidecar may show ids that the other hides;
// two that show other ids are two. Lines that need a counterpart choose before those that need
// none. Lines that have no counterpart by their nature are left out and counted: where one end was
// not authenticated, connections that carried requests (these are joined instead), and samples.
// What was refused or failed before a byte was carried may have a counterpart and needs none.
//
// All lines are joined. Counted and told of is what is about a line that is wanted: a filter in
// front of it would take one of the two reports away, and call the other one-sided.
//
// Memory: lines wait for tolerance of log time; of one-sided and differing flows kMaxKept are kept
// each, and all are counted.
class Reconciler {
 public:
  static constexpr size_t kMaxKept = 10'000;

  // kMaxInFlight bounds by how much two reports may differ, each way, where one of the sidecars
  // refused or failed: the other counts what it sent into the buffers between them, and whoever
  // refuses counts what it answered itself.
  static constexpr uint64_t kMaxInFlight = uint64_t{4} << 20;

  using Wanted = std::function<bool(const Flow&)>;
  explicit Reconciler(
      absl::Duration tolerance, Wanted wanted = [](const Flow&) { return true; })
      : tolerance_(tolerance), wanted_(std::move(wanted)) {}

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
  // Side are the lines of one side that have no counterpart yet.
  struct Side {
    WaitingLines needing;
    WaitingLines refused;  // these need none
    bool empty() const { return needing.empty() && refused.empty(); }
  };
  // Waiting are those of one join key.
  struct Waiting {
    Side inbound;
    Side outbound;
  };
  // Loss is a LOST line: so many records, between the line before and it.
  struct Loss {
    absl::Time from;
    absl::Time to;
    uint64_t left = 0;  // that have excused no line yet
  };
  // Presence is when a principal's sidecars wrote.
  struct Presence {
    absl::Time first = absl::InfiniteFuture();
    absl::Time last = absl::InfinitePast();
    std::vector<Loss> losses;
  };

  // By join key, so that the same input gives the same result.
  using Calls = std::map<std::string, Waiting>;

  void NotePresence(const Flow& flow);
  void Wait(Reported line, Waiting& waiting);
  void Expire(absl::Time before);
  void Settle(Calls& calls, absl::Time before);
  // They find the counterparts of lines of one side, oldest first, or give them up.
  void SettleNeeding(Side& side, Side& other, absl::Time before);
  void SettleRefused(Side& side, Side& other, absl::Time before);
  // NotFound: a line has no counterpart; by its path it may have one by its route.
  void NotFound(Reported line);
  void Join(const Reported& a, const Reported& b);
  void AddOneSided(Reported flow);
  // Why takes one record from the loss that excuses the line, if any does.
  OneSided Why(const Reported& flow);

  const absl::Duration tolerance_;
  const Wanted wanted_;
  Calls by_path_;
  Calls by_route_;
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
