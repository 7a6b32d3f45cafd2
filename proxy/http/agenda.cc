#include "proxy/http/agenda.h"

namespace firebreak::proxy {

void Chore::Schedule() {
  if (listed()) return;
  agenda_.chores_.Append(*this);
  if (!agenda_.in_turn_) agenda_.WorkLater();
}

void Agenda::Work() {
  for (int done = 0; !chores_.empty() && done < kChoresPerTurn; ++done) {
    chores_.TakeFront().DoChore();
  }
  if (!chores_.empty()) WorkLater();
}

// Nearly all work is scheduled by events, within their turns; what a timer or a reload schedules
// comes this way.
void Agenda::WorkLater() {
  if (posted_) return;
  posted_ = true;
  loop_.Post([this] {
    posted_ = false;
    const Turn turn(*this);
  });
}

}  // namespace firebreak::proxy
