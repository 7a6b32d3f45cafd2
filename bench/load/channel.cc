#include "bench/load/channel.h"

#include <sys/epoll.h>
#include <unistd.h>

namespace firebreak::bench {

Channel::Channel(const LoadOptions& options, int epoll_fd, IoBuffer& scratch, SlotOwner& owner,
                 size_t slots)
    : options_(options), epoll_fd_(epoll_fd), scratch_(scratch), owner_(owner), slots_(slots) {
  for (size_t i = 0; i < slots; ++i) {
    slots_[i].channel = this;
    slots_[i].index = i;
  }
}

Channel::~Channel() { Close(); }

void Channel::Start(Slot& slot) {
  slot.busy = true;
  ++busy_;
  if (fd_ < 0) {
    Reset();
    Begin(slot);
    fd_ = ConnectTo(options_.address);
    if (fd_ < 0 || !WatchEdges(epoll_fd_, fd_, this)) Fail();
    return;
  }
  Begin(slot);
  if (connected_ && !moving_) Step();
}

void Channel::OnEvent(uint32_t events) {
  if (fd_ < 0) return;  // closed earlier in this batch
  if ((events & EPOLLERR) != 0) return Fail();
  if ((events & EPOLLOUT) != 0) connected_ = true;
  if (busy_ == 0) {
    if (!OnIdleEvent(events)) Close();
    return;
  }
  if (connected_) Step();
}

void Channel::Step() {
  moving_ = true;
  const bool ok = Move();
  moving_ = false;
  if (!ok) Fail();
}

void Channel::Finish(Slot& slot, bool ok) {
  slot.busy = false;
  --busy_;
  owner_.OnFinished(slot, ok);
}

void Channel::Fail() {
  Close();
  for (Slot& slot : slots_) {
    if (slot.busy) Finish(slot, false);
  }
}

void Channel::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  connected_ = false;
}

}  // namespace firebreak::bench
