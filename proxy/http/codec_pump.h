// CodecPump moves bytes between a transport and the codec that speaks over it.
#ifndef FIREBREAK_PROXY_HTTP_CODEC_PUMP_H_
#define FIREBREAK_PROXY_HTTP_CODEC_PUMP_H_

#include <cstdint>

#include "absl/strings/string_view.h"

#include "base/buffer.h"
#include "proxy/event/fd_watcher.h"
#include "proxy/http/agenda.h"
#include "proxy/http/codec.h"
#include "proxy/net/io.h"
#include "proxy/net/transport.h"

namespace firebreak::proxy {

// PumpEnd is how a connection came to its end.
enum class PumpEnd : uint8_t {
  kDone,       // in order: everything was written
  kPeerEnded,  // the peer ended its direction, and nothing was under way
  kFailed,     // the codec gave it up; what it had to say was written
  kReset,      // the peer reset it, or broke TLS
};

class PumpOwner {
 public:
  // OnPumpEnd: the pump does nothing any more. The owner may not destroy it within.
  virtual void OnPumpEnd(PumpEnd end) = 0;
  // OnTurn follows each turn that moved something or took an event, for the owner's timers.
  virtual void OnTurn() = 0;

 protected:
  ~PumpOwner() = default;
};

// The pump is driven by events of its transport, which the owner passes on, and by Wake. All the
// work is done in turns of the agenda.
class CodecPump final : private Chore {
 public:
  // Referents outlive the pump, but for the codec: see Start.
  CodecPump(Transport& transport, Scratch& scratch, Agenda& agenda, PumpOwner& owner);

  // output is what the codec is to be made with.
  Buffer& output() { return output_; }
  // Start begins with bytes that were read before there was a codec. The codec outlives the pump.
  void Start(Codec& codec, absl::string_view first);
  // OnEvents is called for each event, which the transport has not been told of yet.
  void OnEvents(FdEvents events);
  void Wake() { Schedule(); }
  // Stop ends the pump without a word to its owner.
  void Stop() { stopped_ = true; }

  // What the transport has taken so far.
  uint64_t bytes_out() const { return bytes_out_; }

 private:
  void DoChore() override;
  // Each returns false when the connection has ended within.
  bool ReadSome();
  bool WriteSome();
  bool Write();
  // Gather is the oldest output in one piece, good until the next read or write.
  absl::string_view Gather();
  void End(PumpEnd end);

  Transport& transport_;
  Scratch& scratch_;
  PumpOwner& owner_;
  Buffer output_;
  Codec* codec_ = nullptr;
  uint64_t bytes_out_ = 0;
  bool writable_ = false;  // an event said so
  bool input_ended_ = false;
  bool stopped_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP_CODEC_PUMP_H_
