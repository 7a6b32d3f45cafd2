#include "proxy/tcp/session_list.h"

#include "proxy/tcp/session.h"

namespace firebreak::proxy {

SessionList::~SessionList() { DrainAll(); }

void SessionList::Add(std::unique_ptr<Session> session) {
  Session* const added = session.release();
  Append(added);
  added->Begin();
}

void SessionList::Remove(Session& session) {
  Unlink(session);
  loop_.DeleteLater(std::unique_ptr<Session>(&session));
}

void SessionList::RecheckAll() {
  ++round_;
  if (!scheduled_) RecheckSome();
}

void SessionList::RecheckSome() {
  scheduled_ = false;
  for (int i = 0; i < kSessionsPerTurn && head_ != nullptr && head_->checked_in_ != round_; ++i) {
    Session* const session = head_;
    Unlink(*session);
    Append(session);
    session->Recheck();
  }
  if (head_ == nullptr || head_->checked_in_ == round_) return;
  scheduled_ = true;
  loop_.Post([this] { RecheckSome(); });
}

void SessionList::BeginDrainAll() {
  for (Session* session = head_; session != nullptr;) {
    Session* const next = session->next_;  // before this one may end
    session->BeginDrain();
    session = next;
  }
}

void SessionList::DrainAll() {
  while (head_ != nullptr) head_->Drain();
}

void SessionList::Append(Session* session) {
  session->checked_in_ = round_;
  session->prev_ = tail_;
  session->next_ = nullptr;
  (tail_ != nullptr ? tail_->next_ : head_) = session;
  tail_ = session;
  ++size_;
}

void SessionList::Unlink(Session& session) {
  (session.prev_ != nullptr ? session.prev_->next_ : head_) = session.next_;
  (session.next_ != nullptr ? session.next_->prev_ : tail_) = session.prev_;
  session.prev_ = session.next_ = nullptr;
  --size_;
}

}  // namespace firebreak::proxy
