// Session, the part that relays a byte stream, and ends it.
#include "proxy/tcp/session.h"

namespace firebreak::proxy {

using flows::CloseReason;

void Session::RelayFromDownstream(FdEvents events) {
  if (HoldsBytes()) return PassHeld();
  sniffing_.reset();
  Act(relay_->OnDownstream(events));
}

void Session::RelayFromUpstream(FdEvents events) {
  if (HoldsBytes()) return PassHeld();
  Act(relay_->OnUpstream(events));
}

void Session::Act(Relay::State state) {
  switch (state) {
    case Relay::State::kOpen:
      return;
    case Relay::State::kHalfClosed:
      if (!half_closed_) services_.timeouts.half_close.Add(*this);
      half_closed_ = true;
      return;
    case Relay::State::kDone:
      connection_->Close(relay_->upstream_ended_first() ? CloseReason::kUpstreamFin
                                                        : CloseReason::kDownstreamFin);
      return End(Farewell::kOrderly);
    case Relay::State::kDownstreamBroke:
      return Break(CloseReason::kDownstreamReset, downstream_tls_);
    case Relay::State::kUpstreamBroke:
      return Break(CloseReason::kUpstreamReset, upstream_->tls());
    case Relay::State::kRefused:
      return Leave(connection_->ending);
  }
}

void Session::Leave(filters::Ending ending) {
  switch (ending) {
    case filters::Ending::kReset:
      return End(Farewell::kReset);
    case filters::Ending::kClose:
      return End(Farewell::kOrderly);
    case filters::Ending::kHold:
      return Hold();
  }
}

// Hold reads no more: what the downstream sends stays in the kernel, whose windows close. The
// upstream has nothing to wait for, and must not take what it has for the whole.
void Session::Hold() {
  if (services_.counts.tarpits >= services_.counts.max_tarpits) return End(Farewell::kReset);
  ++services_.counts.tarpits;
  state_ = State::kHeld;
  ResetOnClose(upstream_->transport().fd());
  ReleaseUpstream();
  services_.timeouts.tarpit.Add(*this);
}

// ReleaseUpstream ends the byte stream that this was, and closes its upstream. It may be the last
// thing that an event of the upstream does.
void Session::ReleaseUpstream() {
  relay_.reset();
  open_.reset();
  upstream_.reset();
}

// Break notes a side that is gone: a reset, or a TLS stream that was broken off or broken.
void Session::Break(CloseReason close_reason, const TlsTransport* tls) {
  if (tls != nullptr) {
    connection_->Close(close_reason, tls->failure_reason(), tls->failure_detail());
  } else {
    connection_->Close(close_reason);
  }
  End(Farewell::kReset);
}

}  // namespace firebreak::proxy
