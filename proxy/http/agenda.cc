#include "proxy/http/agenda.h"

namespace firebreak::proxy {

void Chore::Schedule() {
  if (listed()) return;
  agenda_.chores_.Append(*this);
  if (!agenda_.working_) agenda_.WorkLater();
}

void Agenda::Work() {
  if (working_) return;
  working_ = true;
  for (int done = 0; !chores_.empty() && done < kChoresPerTurn; ++done) {
    chores_.TakeFront().DoChore();
  }
  working_ = false;
  if (!chores_.empty()) WorkLater();
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
