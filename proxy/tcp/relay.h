// Relay passes bytes between the two transports of an allowed connection, both ways at once, with
// back-pressure and half-close.
#ifndef FIREBREAK_PROXY_TCP_RELAY_H_
#define FIREBREAK_PROXY_TCP_RELAY_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"

#include "filters/api/connection.h"
#include "proxy/net/filter_chain.h"
#include "proxy/net/io.h"
#include "proxy/net/transport.h"
#include "proxy/tcp/request_line.h"

namespace firebreak::proxy {

// A piece is read only when the receiver has taken the one before: a Relay holds at most one piece
// each way, and none while idle. Both transports are watched and outlive it.
class Relay {
 public:
  enum class State {
    kOpen,
    kHalfClosed,       // one side has ended, and the other may go on
    kDone,             // both have, and everything was passed on
    kDownstreamBroke,  // reset, or cut short
    kUpstreamBroke,
    kRefused,  // by a filter, which has said why
  };

  // piece_bytes bounds what is read at once, and so what is held.
  Relay(Transport& downstream, Transport& upstream, filters::Connection& connection,
        FilterChain& chain, Scratch& scratch, size_t piece_bytes);

  // RefuseRequests ends the connection should a request come from the downstream after all, or the
  // upstream answer as if one had; before Start.
  void RefuseRequests() {
    watch_.emplace();
    answer_.emplace();
  }
  // Start passes on `first`, which was read from the downstream before, and what is there already.
  // OnDownstream and OnUpstream act on events of that side,
  // which its transport has noted already.
  State Start(absl::string_view first = {});
  State OnDownstream(FdEvents events);
  State OnUpstream(FdEvents events);

  // Which side ended first; only for kHalfClosed and kDone.
  bool upstream_ended_first() const { return upstream_ended_first_; }

 private:
  struct Flow {
    Transport& from;
    Transport& to;
    filters::Towards towards;
    uint64_t& bytes;
    State from_broke;
    State to_broke;
    bool ended = false;
  };

  // MayPass asks whoever looks at bytes; who refuses has said why.
  bool MayPass(const Flow& flow, absl::string_view piece);
  bool IsRequest(const Flow& flow, absl::string_view piece);
  // Pass hands one piece on; kOpen when it went well.
  State Pass(Flow& flow, absl::string_view piece);
  // Pump moves bytes along flow until the sender has no more or the receiver takes no more.
  State Pump(Flow& flow);
  // OnSide: `reading` is the flow that reads the side, `writing` the one that writes to it.
  State OnSide(FdEvents events, Flow& reading, Flow& writing);
  State Progress() const;

  filters::Connection& connection_;
  FilterChain& chain_;
  Scratch& scratch_;
  const size_t piece_bytes_;
  Flow up_;                            // downstream -> upstream
  Flow down_;                          // upstream -> downstream
  std::optional<RequestLine> watch_;   // of the first line, until it has ended
  std::optional<AnswerStart> answer_;  // while requests are refused
  bool upstream_ended_first_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TCP_RELAY_H_
