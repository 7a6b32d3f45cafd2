#include "proxy/tcp/session_list.h"

#include "proxy/tcp/session.h"

namespace firebreak::proxy {

SessionList::~SessionList() { DrainAll(); }

void SessionList::Add(std::unique_ptr<Session> session) {
  Session& added = *session.release();
  Append(added);
  added.Begin();
}

void SessionList::Remove(Session& session) {
  sessions_.Remove(session);
  loop_.DeleteLater(std::unique_ptr<Session>(&session));
}

void SessionList::RecheckAll() {
  ++round_;
  if (!scheduled_) RecheckSome();
}

void SessionList::RecheckSome() {
  scheduled_ = false;
  const auto left = [this] {
    return !sessions_.empty() && sessions_.front()->checked_in_ != round_;
  };
  for (int i = 0; i < kSessionsPerTurn && left(); ++i) {
    Session& session = *sessions_.front();
    Append(session);
    session.Recheck();
  }
  if (!left()) return;
  scheduled_ = true;
  loop_.Post([this] { RecheckSome(); });
}

void SessionList::BeginDrainAll() {
  sessions_.ForEach([](Session& session) { session.BeginDrain(); });
}

void SessionList::DrainAll() {
  while (!sessions_.empty()) sessions_.front()->Drain();
}

void SessionList::Append(Session& session) {
  session.checked_in_ = round_;
  sessions_.Append(session);
}

}  // namespace firebreak::proxy
