// MessageRoom shares out memory for messages that are not whole yet.
#ifndef FIREBREAK_COLLECTOR_MESSAGE_ROOM_H_
#define FIREBREAK_COLLECTOR_MESSAGE_ROOM_H_

#include <cstddef>
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

// Who comes first is served first, but for one identity, however many connections it has, which
// holds no more than half: else messages that it never finishes would leave nobody any. For one
// thread.
class MessageRoom {
 public:
  // `most` bytes in all. least is what one identity may always have: a whole message.
  MessageRoom(size_t most, size_t least);

  // Take takes room, or lets the seeker wait for OnRoom, which Serve calls.
  bool Take(RoomSeeker& seeker, size_t bytes);
  // Give takes back what a seeker of this principal has had.
  void Give(absl::string_view principal, size_t bytes);
  // Serve gives what there is to those who wait.
  void Serve();
  // Forget: the seeker waits no more.
  void Forget(const RoomSeeker& seeker);

  size_t held() const { return held_; }
  bool awaited() const { return !waiting_.empty(); }

 private:
  struct Wish {
    RoomSeeker* seeker;
    size_t bytes;
  };
  bool HasShare(const Wish& wish) const;
  void Hold(const Wish& wish);

  const size_t most_;
  const size_t most_of_one_;
  size_t held_ = 0;
  absl::flat_hash_map<std::string, size_t> held_by_;  // by principal; never 0
  std::list<Wish> waiting_;                           // in the order in which they came
  bool full_ = false;  // somebody waits who has not his share: nobody goes before him
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_MESSAGE_ROOM_H_
