// Transport is one end of a proxied connection as a stream of clear-text bytes: a plain socket, or
// TLS over one.
#ifndef FIREBREAK_PROXY_NET_TRANSPORT_H_
#define FIREBREAK_PROXY_NET_TRANSPORT_H_

#include <memory>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "base/buffer.h"
#include "proxy/event/fd_watcher.h"
#include "proxy/net/io.h"
#include "proxy/net/socket.h"

namespace firebreak::proxy {

// A Transport belongs to one worker. Back-pressure is the owner's to keep: Write takes everything
// it is given, and the owner writes no more while `write_blocked()`; so what a transport holds is
// at most one piece of the size the owner reads.
class Transport {
 public:
  Transport(Socket socket, Scratch& scratch);
  virtual ~Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // Watch begins to deliver the socket's events to handler.
  void Watch(EventLoop& loop, FdHandler& handler);
  FdWatcher* watcher() { return watcher_.get(); }
  // TakeSocket ends the watch and gives the socket up, for a transport that was only a guess; none
  // of its bytes may have been read.
  Socket TakeSocket();
  // Note takes in what the watcher told, before Read or Flush act on it.
  void Note(FdEvents events);

  // Read fills `into` with bytes from the peer. It stops at kBlocked only when the socket has no
  // more; the next event then says when to call again.
  virtual ReadResult Read(absl::Span<char> into) = 0;
  // Write sends bytes, and holds what the socket does not take. kOk, kBlocked or kReset.
  virtual IoState Write(absl::string_view bytes) = 0;
  // Finish ends our direction in order (close_notify, FIN) once everything held is sent. The other
  // direction stays open. Calling it again does nothing.
  IoState Finish();
  // Flush sends what is held; call it when the socket has become writable.
  IoState Flush();

  bool write_blocked() const { return !unsent_.empty(); }
  bool finished() const { return finish_ == FinishState::kDone; }
  int fd() const { return socket_.fd(); }
  size_t held_bytes() const { return unsent_.size(); }

 protected:
  // SealEnd writes whatever marks the end of the stream above TCP, before FIN.
  virtual IoState SealEnd() { return IoState::kOk; }
  // SendOrHold sends bytes behind what is already held.
  IoState SendOrHold(absl::string_view bytes);
  // Receive reads the socket once. It returns kBlocked without a system call when the socket is
  // known to be empty.
  ReadResult Receive(absl::Span<char> into);
  // Whether the socket may have something to receive.
  bool readable() const { return readable_; }
  Scratch& scratch() { return scratch_; }

 private:
  enum class FinishState : uint8_t { kOpen, kWanted, kDone };

  IoState ShutDownIfWanted();

  Socket socket_;
  Scratch& scratch_;
  Buffer unsent_;
  std::unique_ptr<FdWatcher> watcher_;  // declared after socket_: it must go first
  FinishState finish_ = FinishState::kOpen;
  bool readable_ = true;  // until a read says otherwise
  bool hangup_ = false;   // the peer's FIN is in: read until it is met
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_NET_TRANSPORT_H_
