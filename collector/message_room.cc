#include "collector/message_room.h"

#include <algorithm>
#include <vector>

namespace firebreak::collector {

MessageRoom::MessageRoom(size_t most, size_t least)
    : most_(most), most_of_one_(std::max(most / 2, least)) {}

bool MessageRoom::HasShare(const Wish& wish) const {
  const auto held = held_by_.find(wish.seeker->principal());
  return held != held_by_.end() && held->second + wish.bytes > most_of_one_;
}

void MessageRoom::Hold(const Wish& wish) {
  held_ += wish.bytes;
  held_by_[wish.seeker->principal()] += wish.bytes;
}

bool MessageRoom::Take(RoomSeeker& seeker, size_t bytes) {
  const Wish wish{.seeker = &seeker, .bytes = bytes};
  const bool has_share = HasShare(wish);
  if (!has_share && !full_ && held_ + bytes <= most_) {
    Hold(wish);
    return true;
  }
  full_ = full_ || !has_share;
  waiting_.push_back(wish);
  return false;
}

void MessageRoom::Give(absl::string_view principal, size_t bytes) {
  held_ -= bytes;
  const auto held = held_by_.find(principal);
  held->second -= bytes;
  if (held->second == 0) held_by_.erase(held);
}

void MessageRoom::Serve() {
  std::vector<Wish> served;
  full_ = false;
  for (auto next = waiting_.begin(); next != waiting_.end() && !full_;) {
    const auto at = next++;
    if (HasShare(*at)) continue;
    full_ = held_ + at->bytes > most_;
    if (full_) break;
    Hold(*at);
    served.push_back(*at);
    waiting_.erase(at);
  }
  // They may take and give themselves.
  for (const Wish& wish : served) wish.seeker->OnRoom(wish.bytes);
}

void MessageRoom::Forget(const RoomSeeker& seeker) {
  waiting_.remove_if([&seeker](const Wish& wish) { return wish.seeker == &seeker; });
  if (waiting_.empty()) full_ = false;
}

}  // namespace firebreak::collector
