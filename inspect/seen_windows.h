// SeenWindows remembers what was found in stretches of bytes that come again and again.
#ifndef FIREBREAK_INSPECT_SEEN_WINDOWS_H_
#define FIREBREAK_INSPECT_SEEN_WINDOWS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// The headers of most requests are those of the request before; over HTTP/2 a client repeats 64 KiB
// of them with 40 bytes. What was found in a window is kept by a keyed hash of it, and a window
// with the same hash needs no second look. Of whole paths, queries and cookies those are kept in
// which nothing was.
//
// The hash is a polynomial over the prime 2^61 - 1 at a random point (Carter and Wegman): two
// windows of 1 KiB have the same for one key in 10^16, and nobody outside learns the key. About 16
// KiB; the later window takes the place of an earlier one.
class SeenWindows {
 public:
  SeenWindows();

  // KeyOf names a window and what else decides about it. Never 0.
  uint64_t KeyOf(absl::string_view window, uint32_t circumstances) const;

  // Find: the rules found in the window of this key, as Keep was told; nullptr: not known.
  const uint64_t* Find(uint64_t key) const {
    const Entry& entry = entries_[key % entries_.size()];
    return entry.key == key ? &entry.rules : nullptr;
  }
  void Keep(uint64_t key, uint64_t rules) {
    entries_[key % entries_.size()] = {.key = key, .rules = rules};
  }

 private:
  struct Entry {
    uint64_t key = 0;
    uint64_t rules = 0;  // or what was noted of a whole
  };

  uint64_t point_;
  uint64_t fourth_power_;  // of the point
  std::array<Entry, 1024> entries_{};
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_SEEN_WINDOWS_H_
