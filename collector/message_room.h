// MessageRoom shares out memory for messages that are not whole yet.
#ifndef FIREBREAK_COLLECTOR_MESSAGE_ROOM_H_
#define FIREBREAK_COLLECTOR_MESSAGE_ROOM_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace firebreak::collector {

// RoomSeeker is who needs room for one message at a time.
class RoomSeeker {
 public:
  virtual const std::string& principal() const = 0;
  // OnRoom: the room that was waited for is taken for it.
  virtual void OnRoom(size_t bytes) = 0;

 protected:
  ~RoomSeeker() = default;
};

struct RoomBounds {
  size_t bytes = 0;           // in all
  size_t least = 0;           // of one identity, that it may always have: a whole message
  size_t waiting = 0;         // seekers, in all
  size_t waiting_of_one = 0;  // of one identity
};

enum class RoomAnswer : uint8_t {
  kTaken,
  kWait,       // for OnRoom
  kOneCrowds,  // as many of this identity wait as may: come again later
  kAllCrowd,   // as many wait as may
};

// Who comes first is served first, but for one identity, however many connections it has, which
// holds no more than half: else messages that it never finishes would leave nobody any. Nor do more
// than so many wait, since who waits keeps what came of his message so far. For one thread.
class MessageRoom {
 public:
  explicit MessageRoom(const RoomBounds& bounds);

  // Take takes room, or lets the seeker, who must not wait already, wait for OnRoom, which Serve
  // calls.
  RoomAnswer Take(RoomSeeker& seeker, size_t bytes);
  // Give takes back what a seeker of this principal has had.
  void Give(absl::string_view principal, size_t bytes);
  // Serve gives what there is to those who wait.
  void Serve();
  // Forget: the seeker waits no more, if it did.
  void Forget(const RoomSeeker& seeker);

  size_t held() const { return held_; }
  size_t waiting() const { return waiting_.size(); }

 private:
  struct Wish {
    RoomSeeker* seeker;
    size_t bytes;
  };
  // Part is what one identity has of it.
  struct Part {
    size_t held = 0;
    size_t waiting = 0;
  };
  using Wishes = std::list<Wish>;
  bool HasShare(const Wish& wish) const;
  void Hold(const Wish& wish);
  void Drop(Wishes::iterator at);
  void DropIfEmpty(absl::string_view principal);

  const RoomBounds bounds_;
  const size_t most_of_one_;
  size_t held_ = 0;
  absl::flat_hash_map<std::string, Part> parts_;  // by principal; never empty ones
  Wishes waiting_;                                // in the order in which they came
  absl::flat_hash_map<const RoomSeeker*, Wishes::iterator> places_;
  bool full_ = false;  // somebody waits who has not his share: nobody goes before him
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_MESSAGE_ROOM_H_
