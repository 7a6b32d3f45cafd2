// SessionList owns the live sessions of one worker, and asks them all again when policy or trust
// has changed.
#ifndef FIREBREAK_PROXY_TCP_SESSION_LIST_H_
#define FIREBREAK_PROXY_TCP_SESSION_LIST_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/intrusive_list.h"
#include "proxy/event/event_loop.h"

namespace firebreak::proxy {

class Session;

class SessionList {
 public:
  explicit SessionList(EventLoop& loop) : loop_(loop) {}
  // Ends what still lives, as drained.
  ~SessionList();
  SessionList(const SessionList&) = delete;
  SessionList& operator=(const SessionList&) = delete;

  // Add takes the session in and lets it begin.
  void Add(std::unique_ptr<Session> session);
  // Remove is called by a session that has ended; it is destroyed after the current event.
  void Remove(Session& session);

  // RecheckAll asks every session that lives now, some at a time between other events, so that a
  // reload pauses nobody for long. Calling it during a round starts the round anew.
  void RecheckAll();
  // BeginDrainAll lets those end that have a point at which to; DrainAll ends them all, now.
  void BeginDrainAll();
  void DrainAll();

  size_t size() const { return sessions_.size(); }

 private:
  static constexpr int kSessionsPerTurn = 128;

  void RecheckSome();
  void Append(Session& session);

  EventLoop& loop_;
  // Sessions checked in an earlier round stand before those of this one: a round takes the first
  // and makes it the last.
  IntrusiveList<Session> sessions_;
  uint64_t round_ = 0;
  bool scheduled_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TCP_SESSION_LIST_H_
