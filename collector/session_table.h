// SessionTable keeps the sessions of a server, by how far they are.
#ifndef FIREBREAK_COLLECTOR_SESSION_TABLE_H_
#define FIREBREAK_COLLECTOR_SESSION_TABLE_H_

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace firebreak::collector {

// A session is a stranger until it is named, by the principal that its peer has proved to be. What
// is done with one session takes the same time however many there are: all may go at once. For one
// thread.
template <typename Session>
class SessionTable {
 public:
  // Add takes in a stranger.
  void Add(std::unique_ptr<Session> session) {
    const Session* key = session.get();
    places_[key] = {.at = strangers_.insert(strangers_.end(), std::move(session))};
  }

  // Name gives a stranger its name, unless `most` sessions, at least one, have that; false: it
  // stays a stranger.
  bool Name(const Session& session, absl::string_view principal, size_t most) {
    const auto count = counts_.try_emplace(principal, 0).first;
    if (count->second >= most) return false;
    ++count->second;
    Place& place = places_.find(&session)->second;
    place.principal = std::string(principal);
    named_.splice(named_.end(), strangers_, place.at);
    return true;
  }

  // Take takes a session out.
  std::unique_ptr<Session> Take(const Session& session) {
    const auto found = places_.find(&session);
    const Place place = std::move(found->second);
    places_.erase(found);
    std::unique_ptr<Session> taken = std::move(*place.at);
    if (place.principal.empty()) {
      strangers_.erase(place.at);
      return taken;
    }
    named_.erase(place.at);
    const auto count = counts_.find(place.principal);
    if (--count->second == 0) counts_.erase(count);
    return taken;
  }

  // ForEachNamed acts on each, the oldest first; `act` may take out the one it is given.
  template <typename Act>
  void ForEachNamed(const Act& act) {
    for (auto next = named_.begin(); next != named_.end();) act(**next++);
  }
  // The stranger that has been one for longest; null: there is none.
  Session* OldestStranger() { return strangers_.empty() ? nullptr : strangers_.front().get(); }

  size_t size() const { return places_.size(); }
  size_t named() const { return named_.size(); }

  // Clear destroys all of them.
  void Clear() {
    places_.clear();
    counts_.clear();
    strangers_.clear();
    named_.clear();
  }

 private:
  using Sessions = std::list<std::unique_ptr<Session>>;
  struct Place {
    typename Sessions::iterator at = {};
    std::string principal = {};  // empty: a stranger
  };

  Sessions strangers_;  // the oldest first, as in named_
  Sessions named_;
  absl::flat_hash_map<const Session*, Place> places_;
  absl::flat_hash_map<std::string, size_t> counts_;  // of named ones, by principal
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_SESSION_TABLE_H_
