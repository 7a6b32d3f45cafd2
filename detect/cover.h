// Which requests were open at a pod, and when.
#ifndef FIREBREAK_DETECT_COVER_H_
#define FIREBREAK_DETECT_COVER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/names.h"
#include "detect/recent_set.h"

namespace firebreak::detect {

// Cover keeps, for each pod and route, the last stretches of time in which requests were open
// there, overlapping ones merged. Where the records do not say which pod took a request, it covers
// every pod of its identity. Bounded: kMaxRoutes a pod (the others share one), kMostStretches a
// route within the time in which calls are judged, kMaxStretches of all, kMaxPods pods, of which
// those longest without a request are forgotten first.
class Cover {
 public:
  static constexpr size_t kMaxRoutes = 16;
  static constexpr size_t kStretches = 6;  // kept however long ago they were
  static constexpr size_t kMostStretches = 64;
  static constexpr size_t kMaxStretches = size_t{1} << 23;
  static constexpr size_t kMaxPods = size_t{1} << 18;
  // What a call may lag behind the end of the request that caused it, and clocks may differ.
  static constexpr int64_t kSlackUs = 50'000;

  // Gap is how long before a moment a route was last open; 0: it was open. The other times are over
  // all the time that the pod is known.
  struct Gap {
    NameId route = kNoName;
    int64_t us = 0;
    int64_t open_us = 0;
    uint64_t requests = 0;
    int64_t known_us = 1;        // the pod
    int64_t route_known_us = 1;  // since the route's first request there
    bool goes_on = false;        // its caller gave up, and its handler may be at work still

    double OpenShare() const {
      return std::min(1.0, static_cast<double>(open_us) / static_cast<double>(known_us));
    }
    double PerSecond() const {
      return static_cast<double>(requests) * kSecondUs / static_cast<double>(known_us);
    }
  };

  // Add notes a request that a pod received. Ends come in about the order of time.
  void Add(const Call& call);
  // Lost says that records of a pod are missing up to the time of the call.
  void Lost(const Call& call);
  // GapsOf lists the routes of the caller's pod. False: nothing can be said, since records are
  // missing, or the moment lies before what is kept.
  bool GapsOf(const Call& call, std::vector<Gap>& gaps) const;
  // FreshRouteHours is the age of the newest route that is open at the caller's pod; none where it
  // is not much younger than the pod: there it came with it.
  std::optional<double> FreshRouteHours(const Call& call) const;
  // Traced tells whether the caller's pod received a request of the call's trace.
  bool Traced(const Call& call) const;

  // Traces are left out: they serve for as long as calls are held back.
  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state.Map(self.pods_, kMaxPods);
    state(self.placeless_);
    if constexpr (!std::is_const_v<Self>) self.CountStretches();
  }

 private:
  struct Stretch {
    int64_t start_us = 0;
    int64_t end_us = 0;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.start_us, self.end_us);
    }
  };
  struct Route {
    NameId name = kNoName;
    uint64_t requests = 0;
    int64_t first_us = 0;
    int64_t forgotten_us = 0;  // stretches before this were dropped
    int64_t open_us = 0;
    int64_t goes_on_us = 0;            // until when the handler of somebody who gave up may work
    std::vector<Stretch> stretches{};  // by their ends

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state.Names(self.name);
      state(self.requests, self.first_us, self.forgotten_us, self.open_us, self.goes_on_us);
      state.List(self.stretches, kMostStretches);
    }
  };
  struct Pod {
    int64_t first_us = 0;
    int64_t last_us = 0;
    int64_t lost_us = 0;
    std::vector<Route> routes{};

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.first_us, self.last_us, self.lost_us);
      state.List(self.routes, kMaxRoutes);
    }
  };
  struct Key {
    NameId pod = kNoName;
    NameId identity = kNoName;
    friend bool operator==(const Key& a, const Key& b) {
      return a.pod == b.pod && a.identity == b.identity;
    }
    friend bool operator<(const Key& a, const Key& b) {
      return std::pair(a.pod, a.identity) < std::pair(b.pod, b.identity);
    }
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.pod, key.identity);
    }

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state.Names(self.pod, self.identity);
    }
  };

  static Route& RouteOf(Pod& pod, NameId name);
  void Insert(Route& route, Stretch stretch);
  void MakeRoom(Route& route, int64_t now_us);
  static bool GapOf(const Route& route, int64_t at_us, int64_t& gap_us);
  bool GapsOfPod(const Pod& pod, int64_t at_us, std::vector<Gap>& gaps) const;
  void ForgetIdle();
  void CountStretches();

  absl::flat_hash_map<Key, Pod> pods_;
  size_t stretches_ = 0;    // of all routes
  bool placeless_ = false;  // some cover every pod of an identity
  RecentSet traces_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_COVER_H_
