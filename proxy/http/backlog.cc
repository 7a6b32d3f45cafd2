#include "proxy/http/backlog.h"

namespace firebreak::proxy {
namespace {

constexpr std::chrono::nanoseconds kNextTurn{0};

}  // namespace

Arrear::~Arrear() { Drop(); }

void Arrear::DoLater() {
  if (!waits_) backlog_.Add(*this);
}

void Arrear::Drop() {
  if (waits_) backlog_.Remove(*this);
}

Backlog::Backlog(EventLoop& loop, Agenda& agenda, TurnBudget& budget)
    : agenda_(agenda), budget_(budget), timer_(loop, [this] { Turn(); }) {}

void Backlog::Add(Arrear& arrear) {
  if (head_ == nullptr) timer_.Set(kNextTurn);
  arrear.waits_ = true;
  arrear.next_ = nullptr;
  arrear.prev_ = tail_;
  (tail_ != nullptr ? tail_->next_ : head_) = &arrear;
  tail_ = &arrear;
}

void Backlog::Remove(Arrear& arrear) {
  arrear.waits_ = false;
  (arrear.prev_ != nullptr ? arrear.prev_->next_ : head_) = arrear.next_;
  (arrear.next_ != nullptr ? arrear.next_->prev_ : tail_) = arrear.prev_;
}

void Backlog::Turn() {
  budget_.Refill();
  while (head_ != nullptr && !budget_.spent()) {
    Arrear& first = *head_;
    Remove(first);
    first.DoSome();
  }
  agenda_.Work();
  if (head_ != nullptr) timer_.Set(kNextTurn);
}

}  // namespace firebreak::proxy
