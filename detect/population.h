// Which pods and identities there are, and since when: what is new because something was rolled out
// is no intruder.
#ifndef FIREBREAK_DETECT_POPULATION_H_
#define FIREBREAK_DETECT_POPULATION_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"

#include "detect/call.h"
#include "detect/names.h"

namespace firebreak::detect {

// GenerationOf returns the name of the roll-out that a pod belongs to: Kubernetes names a pod of a
// Deployment NAME-HASH-SUFFIX, and all that were made from one template share the hash. A scale-out
// or a drained node brings new pods of an old generation, a roll-out brings a new one. Names of
// another shape are a generation of their own.
absl::string_view GenerationOf(absl::string_view pod);

// Ages is what a call tells about the age of its two ends, in hours since each was first seen.
struct Ages {
  double source_identity = 0;
  double destination_identity = 0;
  double source_generation = 0;  // of the pod's roll-out
  // What was there when the log began is older than the log, by about so much.
  double source_before = 0;
  double destination_before = 0;
  // How likely a new generation of this identity brings something new, learned from those before.
  double generation_brings_news = 0.5;
};

// Population learns ages as calls pass. Bounded by kMaxEntries; what comes after is ever young, and
// so ever quiet in the signals that ask for ages, but for no other.
class Population {
 public:
  static constexpr size_t kMaxEntries = size_t{1} << 20;

  // See notes both ends of a call and returns their ages. Calls pass in about the order of time.
  Ages See(const Call& call, const Names& names);
  // BroughtNews says that the caller's generation did something that its identity never did.
  void BroughtNews(const Call& call, const Names& names);

  // Settled counts the principals that have been there for an hour at least: somebody who makes up
  // identities cannot make the fleet larger at once.
  size_t Settled(int64_t now_us, const Names& names) const;

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.start_us_);
    state.Map(self.identities_, kMaxEntries);
    state.Map(self.generations_, kMaxEntries);
  }

 private:
  struct Identity {
    int64_t first_us = 0;
    uint32_t generations = 0;
    uint32_t with_news = 0;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.first_us, self.generations, self.with_news);
    }
  };
  struct Generation {
    int64_t first_us = 0;
    bool news = false;

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state(self.first_us, self.news);
    }
  };
  struct Key {
    NameId identity = kNoName;
    uint64_t generation = 0;  // hash of its name
    friend bool operator==(const Key& a, const Key& b) {
      return a.identity == b.identity && a.generation == b.generation;
    }
    friend bool operator<(const Key& a, const Key& b) {
      return std::pair(a.identity, a.generation) < std::pair(b.identity, b.generation);
    }
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.identity, key.generation);
    }

    template <typename Self, typename State>
    static void Fields(Self& self, State& state) {
      state.Names(self.identity);
      state(self.generation);
    }
  };

  // Seen is an end of a call as it is known; identity is null where there is no room for more.
  struct Seen {
    const Identity* identity = nullptr;
    const Generation* generation = nullptr;  // null: the pod is not known
  };
  double HoursBefore(int64_t first_us) const;
  Key KeyOf(NameId identity, NameId pod, const Names& names);
  Seen Note(NameId identity, NameId pod, int64_t now_us, const Names& names);

  int64_t start_us_ = 0;  // of the log
  absl::flat_hash_map<NameId, Identity> identities_;
  absl::flat_hash_map<Key, Generation> generations_;
  absl::flat_hash_map<NameId, uint64_t> generation_of_pod_;  // a cache
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_POPULATION_H_
