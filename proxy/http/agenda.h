// Agenda holds what a worker's connections still have to do in the current turn of its loop.
#ifndef FIREBREAK_PROXY_HTTP_AGENDA_H_
#define FIREBREAK_PROXY_HTTP_AGENDA_H_

#include "base/intrusive_list.h"
#include "proxy/event/event_loop.h"

namespace firebreak::proxy {

class Agenda;

// Chore is a member of whoever has something to do. It may stand on the agenda once; destroying it
// takes it off.
class Chore : public ListNode<Chore> {
 protected:
  explicit Chore(Agenda& agenda) : agenda_(agenda) {}
  virtual ~Chore() = default;
  // Schedule puts the chore on the agenda; again while it is there does nothing.
  void Schedule();
  virtual void DoChore() = 0;

 private:
  friend class Agenda;
  Agenda& agenda_;
};

// What an event on one connection means for others (bytes to write, streams to resume) is done when
// the event's own callbacks have returned, so that no connection calls into another's parser from
// within its own. One a worker, outliving its chores.
class Agenda {
 public:
  explicit Agenda(EventLoop& loop) : loop_(loop) {}
  Agenda(const Agenda&) = delete;
  Agenda& operator=(const Agenda&) = delete;

  // Turn is an event under way: what is scheduled while it lives is done when it ends. Nested ones
  // do nothing. What is scheduled outside of any has the loop woken by a system call.
  class Turn {
   public:
    explicit Turn(Agenda& agenda) : agenda_(agenda), outer_(!agenda.in_turn_) {
      agenda_.in_turn_ = true;
    }
    ~Turn() {
      if (!outer_) return;
      agenda_.Work();
      agenda_.in_turn_ = false;
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    Agenda& agenda_;
    const bool outer_;
  };

 private:
  friend class Chore;
  static constexpr int kChoresPerTurn = 256;

  // Work does what is scheduled, and what that schedules, for a bounded number of chores; the rest
  // comes in the next turn of the loop.
  void Work();
  void WorkLater();

  EventLoop& loop_;
  IntrusiveList<Chore> chores_;
  bool in_turn_ = false;
  bool posted_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP_AGENDA_H_
