// Session, the part that finds out whether a connection is HTTP and hosts an HttpSession if it is.
#include <string>
#include <utility>

#include "proxy/exchange/decided.h"
#include "proxy/exchange/forwarding_headers.h"
#include "proxy/tcp/session.h"

namespace firebreak::proxy {

using flows::CloseReason;

Session::Heard Session::SniffMore() {
  std::string& first = sniffing_->first;
  for (;;) {
    const absl::Span<char> into = services_.scratch.plain().subspan(0, kMaxSniffBytes);
    const ReadResult got = downstream_->Read(into);
    first.append(into.data(), got.bytes);
    const Sniffed what = Sniff(first);
    if (what != Sniffed::kNeedMore || got.state != IoState::kOk) return {what, got.state};
  }
}

void Session::TrySniff() {
  const bool late = relay_.has_value();
  const bool silent = sniffing_->first.empty();
  const Heard heard = SniffMore();
  switch (heard.what) {
    case Sniffed::kHttp1:
      connection_->record.protocol = flows::Protocol::kHttp1;
      return StartHttp();
    case Sniffed::kHttp2:
      connection_->record.protocol = flows::Protocol::kHttp2;
      return StartHttp();
    case Sniffed::kOther:
      return late ? PassHeld() : TakeAsBytes();
    case Sniffed::kNeedMore:
      break;
  }
  if (heard.state == IoState::kBlocked) {
    // Who has broken its silence is waited for as any other, once.
    if (late && silent && HoldsBytes()) services_.timeouts.sniff.Add(*this);
    return;
  }
  // It says no more: whatever this is, it is no request. The relay meets the end again.
  if (heard.state == IoState::kEof) return late ? PassHeld() : TakeAsBytes();
  Break(CloseReason::kDownstreamReset, downstream_tls_);
}

void Session::TakeAsBytes() {
  connection_->record.protocol = flows::Protocol::kTcp;
  state_ = State::kConnecting;
  if (services_.chain.OnProtocol(*connection_) == filters::Step::kClose) {
    return End(Farewell::kReset);
  }
  Open(sniffing_->target);
}

void Session::PassHeld() {
  const std::string first = std::move(sniffing_->first);
  sniffing_.reset();
  services_.timeouts.idle.Add(*this);
  Act(relay_->Start(first));
}

// Clients that open connections before they need them are silent like those that wait for the
// server to speak first, until they have a request.
bool Session::MayYetBeHttp() {
  return state_ == State::kRelaying && sniffing_ != nullptr && !half_closed_ &&
         connection_->record.bytes_received == 0;
}

// ForgetUpstream takes back that this was a byte stream. Nothing has passed, and each request finds
// its own upstream.
void Session::ForgetUpstream() {
  ReleaseUpstream();
  if (listener_.direction == Direction::kInbound) return;
  connection_->peer = nullptr;
  connection_->record.destination.principal = nullptr;
  connection_->record.tls = {};
}

void Session::StartHttp() {
  if (upstream_ != nullptr) ForgetUpstream();
  state_ = State::kHttp;
  services_.timeouts.idle.Add(*this);
  services_.reports.Add(*this);
  if (services_.chain.OnProtocol(*connection_) == filters::Step::kClose) {
    return End(Farewell::kReset);
  }
  const bool http2 = connection_->record.protocol == flows::Protocol::kHttp2;
  ExchangeContext context{
      .connection = *connection_, .upstream = {}, .forwarded_client_cert = {}, .memory = nullptr};
  context.upstream = {.address = sniffing_->target.address,
                      .expected = sniffing_->target.expected,
                      .source = nullptr,
                      .protocol = http2 ? HttpProtocol::kHttp2 : HttpProtocol::kHttp1};
  if (connection_->peer != nullptr) {
    context.upstream.source = connection_->peer->principal;
    if (connection_->self != nullptr) {
      context.forwarded_client_cert = ForwardedClientCert(*connection_->self, *connection_->peer);
    }
  }
  // Whoever has not proved who it is goes by its address.
  MemoryBudget& memory = services_.http.memory;
  context.memory =
      memory.ShareOf(connection_->peer != nullptr ? *connection_->peer->principal
                                                  : connection_->record.source.ip.ToString());
  const std::string first = std::move(sniffing_->first);
  sniffing_.reset();
  HttpSessionOwner& owner = *this;
  http_ = std::make_unique<HttpSession>(services_.http, std::move(context), *downstream_, owner);
  http_->Start(first);
}

void Session::OnHttpSessionEnd(PumpEnd end, absl::string_view code, const flows::Record* cut) {
  switch (end) {
    case PumpEnd::kDone:
      connection_->Close(CloseReason::kDownstreamFin);
      return Linger();
    case PumpEnd::kPeerEnded:
      connection_->Close(CloseReason::kDownstreamFin);
      return End(Farewell::kOrderly);
    case PumpEnd::kFailed:
      // A response that breaks off must not look like one that ended.
      if (cut != nullptr) {
        const bool decided = IsDecision(cut->reason);
        if (decided && !connection_->ended()) TakeDecision(*cut, &connection_->record);
        const auto ended_by = decided ? CloseReason::kPolicy : CloseReason::kUpstreamReset;
        return Refuse(cut->verdict, cut->reason, ended_by);
      }
      connection_->Refuse(Verdict::kDropped, Reason::kMalformed, CloseReason::kDenied, code);
      return Linger();
    case PumpEnd::kReset:
      return Break(CloseReason::kDownstreamReset, downstream_tls_);
  }
}

// OnReport: a request that began with the connection's last report, or soon after it, is told of in
// the next; what is younger than that ends before it is worth a line.
int Session::OnReport(int room) {
  if (state_ != State::kRelaying && state_ != State::kHttp) return 0;
  int reported = 0;
  if (!reporting_) {
    services_.chain.OnPeriodic(*connection_);
    ++reported;
  }
  if (http_ != nullptr) {
    reported += http_->Report(services_.reports.interval() / 2, room - reported);
  }
  reporting_ = reported == room;
  return reported;
}

// Linger: a close with unread bytes sends RST, which can overtake our answer and destroy it. So we
// end our direction, and wait a little for the other side's end (RFC 9112 section 9.6).
void Session::Linger() {
  if (state_ == State::kClosed) return;
  state_ = State::kLingering;
  services_.timeouts.linger.Add(*this);
  if (downstream_->Finish() == IoState::kReset) return End(Farewell::kReset);
  Discard();
}

void Session::Discard() {
  constexpr int kReads = 4;  // a flood waits for the time-out unread
  for (int i = 0; i < kReads; ++i) {
    const ReadResult got = downstream_->Read(services_.scratch.plain());
    if (got.state == IoState::kBlocked) return;
    if (got.state != IoState::kOk) return End(Farewell::kOrderly);
  }
}

}  // namespace firebreak::proxy
