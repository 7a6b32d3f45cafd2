// Which requests were open at a pod, and when.
#ifndef FIREBREAK_DETECT_COVER_H_
#define FIREBREAK_DETECT_COVER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/names.h"
#include "detect/recent_set.h"

namespace firebreak::detect {

// Cover keeps, for each pod and route, the last stretches of time in which requests were open
// there, overlapping ones merged. Where the records do not say which pod took a request, it covers
// every pod of its identity. Bounded: kMaxRoutes a pod (the others share one), kStretches a route,
// kMaxPods pods, of which those longest without a request are forgotten first.
class Cover {
 public:
  static constexpr size_t kMaxRoutes = 16;
  static constexpr size_t kStretches = 6;
  static constexpr size_t kMaxPods = size_t{1} << 18;
  // What a call may lag behind the end of the request that caused it, and clocks may differ.
  static constexpr int64_t kSlackUs = 50'000;

  // Gap is how long before a moment a route was last open; 0: it was open.
  struct Gap {
    NameId route = kNoName;
    int64_t us = 0;
    double open_share = 0;  // of the time that the pod is known
    bool goes_on = false;   // its caller gave up, and its handler may be at work still
  };

  // Add notes a request that a pod received. Ends come in about the order of time.
  void Add(const Call& call);
  // Lost says that records of a pod are missing up to the time of the call.
  void Lost(const Call& call);
  // GapsOf lists the routes of the caller's pod. False: nothing can be said, since records are
  // missing, or the moment lies before what is kept.
  bool GapsOf(const Call& call, std::vector<Gap>& gaps) const;
  // Traced tells whether the caller's pod received a request of the call's trace.
  bool Traced(const Call& call) const;

 private:
  struct Stretch {
    int64_t start_us = 0;
    int64_t end_us = 0;
  };
  struct Route {
    NameId name = kNoName;
    uint32_t used = 0;         // of stretches, oldest first
    int64_t forgotten_us = 0;  // stretches before this were dropped
    int64_t open_us = 0;
    int64_t goes_on_us = 0;  // until when the handler of somebody who gave up may be at work
    std::array<Stretch, kStretches> stretches{};
  };
  struct Pod {
    int64_t first_us = 0;
    int64_t last_us = 0;
    int64_t lost_us = 0;
    std::vector<Route> routes{};
  };
  struct Key {
    NameId pod;
    NameId identity;
    friend bool operator==(const Key& a, const Key& b) {
      return a.pod == b.pod && a.identity == b.identity;
    }
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.pod, key.identity);
    }
  };

  static Route& RouteOf(Pod& pod, NameId name);
  static void Insert(Route& route, Stretch stretch);
  bool GapsOfPod(const Pod& pod, int64_t at_us, std::vector<Gap>& gaps) const;
  void ForgetIdle();

  absl::flat_hash_map<Key, Pod> pods_;
  RecentSet traces_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_COVER_H_
