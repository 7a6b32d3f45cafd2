// Backlog holds what a worker does in later turns of its loop, so that no event takes long.
#ifndef FIREBREAK_PROXY_HTTP_BACKLOG_H_
#define FIREBREAK_PROXY_HTTP_BACKLOG_H_

#include "base/intrusive_list.h"
#include "base/turn_budget.h"
#include "proxy/event/event_loop.h"
#include "proxy/event/timer.h"
#include "proxy/http/agenda.h"

namespace firebreak::proxy {

class Backlog;

// Arrear is a member of whoever has work for later. It may stand in the backlog once; destroying it
// takes it out.
class Arrear : public ListNode<Arrear> {
 public:
  // DoLater puts it at the end; again while it is there does nothing. Drop takes it out.
  void DoLater();
  void Drop();

 protected:
  explicit Arrear(Backlog& backlog) : backlog_(backlog) {}
  virtual ~Arrear() = default;
  // DoSome is called once for each DoLater, with something left of the budget.
  virtual void DoSome() = 0;

 private:
  friend class Backlog;
  Backlog& backlog_;
};

// In each turn of the loop the budget is filled up, and those who wait do some, the first of them
// first, until it is spent: so sockets are looked at between one budget and the next. One a worker,
// outliving its arrears.
class Backlog {
 public:
  // What an arrear puts on the agenda is done within the same turn.
  Backlog(EventLoop& loop, Agenda& agenda, TurnBudget& budget);
  Backlog(const Backlog&) = delete;
  Backlog& operator=(const Backlog&) = delete;

 private:
  friend class Arrear;

  void Turn();

  Agenda& agenda_;
  TurnBudget& budget_;
  Timer timer_;
  IntrusiveList<Arrear> arrears_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP_BACKLOG_H_
