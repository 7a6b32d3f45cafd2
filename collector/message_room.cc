#include "collector/message_room.h"

#include <algorithm>
#include <vector>

namespace firebreak::collector {

MessageRoom::MessageRoom(const RoomBounds& bounds)
    : bounds_(bounds), most_of_one_(std::max(bounds.bytes / 2, bounds.least)) {}

bool MessageRoom::HasShare(const Wish& wish) const {
  const auto part = parts_.find(wish.seeker->principal());
  const size_t held = part != parts_.end() ? part->second.held : 0;
  return held > 0 && held + wish.bytes > most_of_one_;
}

void MessageRoom::Hold(const Wish& wish) {
  held_ += wish.bytes;
  parts_[wish.seeker->principal()].held += wish.bytes;
}

RoomAnswer MessageRoom::Take(RoomSeeker& seeker, size_t bytes) {
  const Wish wish{.seeker = &seeker, .bytes = bytes};
  const bool has_share = HasShare(wish);
  if (!has_share && !full_ && held_ + bytes <= bounds_.bytes) {
    Hold(wish);
    return RoomAnswer::kTaken;
  }
  const auto part = parts_.find(seeker.principal());
  const size_t waiting_of_one = part != parts_.end() ? part->second.waiting : 0;
  if (waiting_of_one >= bounds_.waiting_of_one) return RoomAnswer::kOneCrowds;
  if (waiting_.size() >= bounds_.waiting) return RoomAnswer::kAllCrowd;
  full_ = full_ || !has_share;
  places_[&seeker] = waiting_.insert(waiting_.end(), wish);
  ++parts_[seeker.principal()].waiting;
  return RoomAnswer::kWait;
}

void MessageRoom::DropIfEmpty(absl::string_view principal) {
  const auto part = parts_.find(principal);
  if (part->second.held == 0 && part->second.waiting == 0) parts_.erase(part);
}

void MessageRoom::Drop(Wishes::iterator at) {
  const RoomSeeker& seeker = *at->seeker;
  places_.erase(&seeker);
  waiting_.erase(at);
  --parts_.find(seeker.principal())->second.waiting;
}

void MessageRoom::Give(absl::string_view principal, size_t bytes) {
  held_ -= bytes;
  parts_.find(principal)->second.held -= bytes;
  DropIfEmpty(principal);
}

void MessageRoom::Serve() {
  std::vector<Wish> served;
  full_ = false;
  for (auto next = waiting_.begin(); next != waiting_.end() && !full_;) {
    const auto at = next++;
    if (HasShare(*at)) continue;
    full_ = held_ + at->bytes > bounds_.bytes;
    if (full_) break;
    Hold(*at);
    served.push_back(*at);
    Drop(at);
  }
  // They may take and give themselves.
  for (const Wish& wish : served) wish.seeker->OnRoom(wish.bytes);
}

void MessageRoom::Forget(const RoomSeeker& seeker) {
  const auto place = places_.find(&seeker);
  if (place == places_.end()) return;
  Drop(place->second);
  DropIfEmpty(seeker.principal());
  if (waiting_.empty()) full_ = false;
}

}  // namespace firebreak::collector
