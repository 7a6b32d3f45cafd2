#include "proxy/http/backlog.h"

namespace firebreak::proxy {
namespace {

constexpr std::chrono::nanoseconds kNextTurn{0};

}  // namespace

void Arrear::DoLater() {
  if (listed()) return;
  if (backlog_.arrears_.empty()) backlog_.timer_.Set(kNextTurn);
  backlog_.arrears_.Append(*this);
}

void Arrear::Drop() { backlog_.arrears_.Remove(*this); }

Backlog::Backlog(EventLoop& loop, Agenda& agenda, TurnBudget& budget)
    : agenda_(agenda), budget_(budget), timer_(loop, [this] { Turn(); }) {}

void Backlog::Turn() {
  const Agenda::Turn turn(agenda_);
  budget_.Refill();
  while (!arrears_.empty() && !budget_.spent()) arrears_.TakeFront().DoSome();
  if (!arrears_.empty()) timer_.Set(kNextTurn);
}

}  // namespace firebreak::proxy
