// From flow records to calls.
#ifndef FIREBREAK_DETECT_CALL_READER_H_
#define FIREBREAK_DETECT_CALL_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

#include "detect/call.h"
#include "detect/names.h"
#include "detect/recent_set.h"
#include "flows/flow.h"

namespace firebreak::detect {

// CallReader takes records in the order in which they arrive, and knows which of them tell of the
// same thing: lines sent twice, the lines of one connection, and the two reports of one call.
// Memory: a few words for each pod, and the last million records. Not thread-safe.
class CallReader {
 public:
  // Read returns nothing for a record that is no call, or that was there before.
  std::optional<Call> Read(const flows::Flow& flow, Names& names);

  // Reports tells whether records came from a pod, or from the address that stood for it.
  bool Reports(NameId pod) const { return pods_.contains(pod) || pod_at_.contains(pod); }

  uint64_t duplicates() const { return duplicates_; }

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.records_, self.with_requests_, self.judged_);
    state.Map(self.pods_, kMaxPods);
    state.Map(self.pod_at_, kMaxPods);
    state.Set(self.report_outbound_, kMaxPods);
    state(self.requests_, self.answered_);
  }

 private:
  // Pod is what is known of an instance: whose it is, and which reports it writes.
  struct Pod {
    NameId identity = kNoName;
    bool reports_outbound = false;
    bool reports_inbound = false;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state.Names(self.identity);
      state(self.reports_outbound, self.reports_inbound);
    }
  };

  struct PodAt {
    NameId pod = kNoName;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state.Names(self.pod);
    }
  };
  // Bounds the tables by address and by pod. Beyond it a new pod is its address, which costs
  // signals and no memory.
  static constexpr size_t kMaxPods = size_t{1} << 20;

  bool SeenBefore(const flows::Flow& flow);
  NameId ReporterPod(const flows::Flow& flow, const flows::FlowEndpoint& end, Names& names);
  NameId PeerPod(const flows::FlowEndpoint& end, Names& names) const;
  NameId RouteOf(const flows::Flow& flow, Names& names);
  void FillEnds(const flows::Flow& flow, Names& names, Call& call);
  void FillRoles(const flows::Flow& flow, Call& call);
  std::optional<CallKind> KindOf(const flows::Flow& flow);

  RecentSet records_;                          // lines
  RecentSet with_requests_;                    // connections that had a REQUEST line
  RecentSet judged_;                           // connections that were judged while they lived
  absl::flat_hash_map<NameId, PodAt> pod_at_;  // by address
  absl::flat_hash_map<NameId, Pod> pods_;
  absl::flat_hash_set<NameId> report_outbound_;  // identities of which some pod does
  uint64_t duplicates_ = 0;
  uint64_t requests_ = 0;
  uint64_t answered_ = 0;  // of these, with a status
  std::string text_;       // scratch
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_CALL_READER_H_
