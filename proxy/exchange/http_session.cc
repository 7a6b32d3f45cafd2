#include "proxy/exchange/http_session.h"

#include <utility>

#include "proxy/http1/http1_codec.h"
#include "proxy/http2/http2_codec.h"

namespace firebreak::proxy {

HttpSession::HttpSession(ExchangeServices& services, ExchangeContext context, Transport& transport,
                         HttpSessionOwner& owner)
    : services_(services),
      context_(std::move(context)),
      owner_(owner),
      pump_(transport, services.scratch, services.agenda, *this) {
  codec_ = context_.upstream.protocol == HttpProtocol::kHttp2
               ? MakeHttp2Server(services.codec, pump_.output(), services.scratch.slabs(), *this)
               : MakeHttp1Server(services.codec, pump_.output(), *this);
}

// The exchanges go first: their streams are the codec's.
HttpSession::~HttpSession() { exchanges_.clear(); }

void HttpSession::Start(absl::string_view first) {
  const Agenda::Turn turn(services_.agenda);
  pump_.Start(*codec_, first);
}

void HttpSession::OnEvents(FdEvents events) {
  const Agenda::Turn turn(services_.agenda);
  pump_.OnEvents(events);
}

StreamReader* HttpSession::OnRequest(ServerStream& stream, http::Request& request,
                                     const http::Rejection* rejection) {
  ExchangeOwner& owner = *this;
  exchanges_.push_back(std::make_unique<Exchange>(services_, context_, owner, stream, request));
  Exchange& exchange = *exchanges_.back();
  exchange.index = exchanges_.size() - 1;
  exchange.Begin(rejection);
  return exchange.request_reader();
}

void HttpSession::OnMalformed(absl::string_view code) {
  // The connection goes on; its record tells of the first.
  if (context_.connection.record.detail == nullptr) {
    context_.connection.record.detail = std::make_shared<const std::string>(code);
  }
}

void HttpSession::OnMalformedRequest(http::Request& request, absl::string_view code) {
  Exchange::Record(services_, context_, request, code);
}

void HttpSession::OnExchangeEnd(Exchange& exchange) {
  served_ = true;
  if (exchange.cut() && context_.upstream.protocol == HttpProtocol::kHttp1) {
    cut_ = std::make_unique<flows::Record>(exchange.record());
  }
  const size_t index = exchange.index;
  services_.loop.DeleteLater(std::move(exchanges_[index]));
  if (index + 1 < exchanges_.size()) {
    exchanges_[index] = std::move(exchanges_.back());
    exchanges_[index]->index = index;
  }
  exchanges_.pop_back();
}

void HttpSession::OnTurn() {
  WatchStall();
  // For how long a request may be silent its exchange says; without any, whatever else a client
  // sends, such as PINGs, is no reason to keep its connection.
  const bool serving = !exchanges_.empty() || codec_->live_streams() > 0;
  if (std::exchange(served_, false) || serving) owner_.OnHttpActivity();
  const bool waiting = codec_->receiving_headers() || codec_->state() == CodecState::kFailed;
  if (waiting == header_timer_.listed()) return;
  if (waiting) {
    services_.header_timeouts.Add(header_timer_);
  } else {
    services_.header_timeouts.Remove(header_timer_);
  }
}

void HttpSession::OnSlowHeaders() {
  if (codec_->state() == CodecState::kFailed) {
    return OnPumpEnd(PumpEnd::kReset);  // it does not take our last words
  }
  Abort(Verdict::kDropped, Reason::kTimeout, "no headers within http_header_timeout_ms");
  End(PumpEnd::kFailed, "header_timeout");
}

void HttpSession::WatchStall() {
  const bool over = codec_->state() == CodecState::kDone;
  const bool held = over || codec_->live_streams() > exchanges_.size();
  if (held == stall_timer_.listed()) return;
  if (held) {
    services_.stream_timeouts.Add(stall_timer_);
  } else {
    services_.stream_timeouts.Remove(stall_timer_);
  }
}

void HttpSession::OnStall() {
  const Agenda::Turn turn(services_.agenda);
  const uint64_t before = std::exchange(written_at_stall_, pump_.bytes_out());
  if (codec_->state() == CodecState::kDone && before == written_at_stall_) {
    return OnPumpEnd(PumpEnd::kReset);
  }
  codec_->EndStalled();
  WatchStall();
}

void HttpSession::Recheck() {
  // An exchange that is refused leaves the list: walk from the end.
  for (size_t i = exchanges_.size(); i > 0; --i) {
    if (i <= exchanges_.size()) exchanges_[i - 1]->Recheck();
  }
}

int HttpSession::Report(std::chrono::nanoseconds at_least, int room) {
  int reported = 0;
  for (const auto& exchange : exchanges_) {
    if (reported == room) break;
    reported += exchange->Report(at_least) ? 1 : 0;
  }
  return reported;
}

void HttpSession::Drain() {
  codec_->Drain();
  pump_.Wake();
}

void HttpSession::Abort(Verdict verdict, Reason reason, absl::string_view detail,
                        const flows::Record* decided) {
  while (!exchanges_.empty()) exchanges_.back()->Abort(verdict, reason, detail, decided);
}

// A peer that hangs up on our answer to its flood does not make the flood a mere reset.
void HttpSession::OnPumpEnd(PumpEnd end) {
  const absl::string_view code = codec_->failure_code();
  const bool refused = end != PumpEnd::kDone && !code.empty() && code != kConnectionLost;
  End(refused ? PumpEnd::kFailed : end, code);
}

void HttpSession::End(PumpEnd end, absl::string_view code) {
  if (ended_) return;
  ended_ = true;
  pump_.Stop();
  services_.header_timeouts.Remove(header_timer_);
  services_.stream_timeouts.Remove(stall_timer_);
  codec_->ReceiveFailure();
  owner_.OnHttpSessionEnd(end, code, cut_.get());
}

}  // namespace firebreak::proxy
