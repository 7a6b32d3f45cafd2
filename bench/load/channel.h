// Channel is one connection of the generator, and Slot the room for one exchange on it.
#ifndef FIREBREAK_BENCH_LOAD_CHANNEL_H_
#define FIREBREAK_BENCH_LOAD_CHANNEL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bench/load/options.h"
#include "bench/load/socket.h"

namespace firebreak::bench {

class Channel;

struct Slot {
  Channel* channel = nullptr;
  size_t index = 0;  // in its channel
  bool busy = false;
  uint64_t intended = 0;  // nanoseconds
};

class SlotOwner {
 public:
  // OnFinished: the exchange is over. The owner may start the next one within, on any slot, and may
  // close the channel.
  virtual void OnFinished(Slot& slot, bool ok) = 0;

 protected:
  ~SlotOwner() = default;
};

// A channel connects when an exchange starts and it is not connected.
class Channel {
 public:
  Channel(const LoadOptions& options, int epoll_fd, IoBuffer& scratch, SlotOwner& owner,
          size_t slots);
  virtual ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  std::vector<Slot>& slots() { return slots_; }

  // Start begins an exchange on a slot that is not busy. It may finish, failing, within.
  void Start(Slot& slot);
  void OnEvent(uint32_t events);
  // Close breaks off what is under way; nobody hears of it.
  void Close();
  // Fail closes, and finishes what was under way as failed.
  void Fail();

 protected:
  // Reset: a new connection is about to be used.
  virtual void Reset() = 0;
  // Begin puts a request where Move finds it.
  virtual void Begin(Slot& slot) = 0;
  // Move sends and receives what can be; false when the connection is broken. The connection may be
  // another one after Finish.
  virtual bool Move() = 0;
  // OnIdleEvent: something came while no slot was busy; false closes the connection.
  virtual bool OnIdleEvent(uint32_t events) = 0;

  void Finish(Slot& slot, bool ok);
  int fd() const { return fd_; }
  bool connected() const { return connected_; }
  IoBuffer& scratch() { return scratch_; }
  const LoadOptions& options() const { return options_; }

 private:
  void Step();

  const LoadOptions& options_;
  const int epoll_fd_;
  IoBuffer& scratch_;
  SlotOwner& owner_;
  std::vector<Slot> slots_;
  size_t busy_ = 0;
  int fd_ = -1;
  bool connected_ = false;
  bool moving_ = false;
};

std::unique_ptr<Channel> MakeSerialChannel(const LoadOptions& options, int epoll_fd,
                                           IoBuffer& scratch, SlotOwner& owner);
std::unique_ptr<Channel> MakeHttp2Channel(const LoadOptions& options, int epoll_fd,
                                          IoBuffer& scratch, SlotOwner& owner);

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_LOAD_CHANNEL_H_
