#include "proxy/http/agenda.h"

namespace firebreak::proxy {

Chore::~Chore() {
  if (scheduled_) agenda_.Remove(*this);
}

void Chore::Schedule() {
  if (!scheduled_) agenda_.Add(*this);
}

void Agenda::Add(Chore& chore) {
  chore.scheduled_ = true;
  chore.next_ = nullptr;
  chore.prev_ = tail_;
  (tail_ != nullptr ? tail_->next_ : head_) = &chore;
  tail_ = &chore;
  if (!working_) WorkLater();
}

void Agenda::Remove(Chore& chore) {
  chore.scheduled_ = false;
  (chore.prev_ != nullptr ? chore.prev_->next_ : head_) = chore.next_;
  (chore.next_ != nullptr ? chore.next_->prev_ : tail_) = chore.prev_;
}

void Agenda::Work() {
  if (working_) return;
  working_ = true;
  for (int done = 0; head_ != nullptr && done < kChoresPerTurn; ++done) {
    Chore& chore = *head_;
    Remove(chore);
    chore.DoChore();
  }
  working_ = false;
  if (head_ != nullptr) WorkLater();
}

// Most work is begun by an event that calls Work itself; what a timer or a reload schedules comes
// this way.
void Agenda::WorkLater() {
  if (posted_) return;
  posted_ = true;
  loop_.Post([this] {
    posted_ = false;
    Work();
  });
}

}  // namespace firebreak::proxy
