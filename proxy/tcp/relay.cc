#include "proxy/tcp/relay.h"

#include <algorithm>

namespace firebreak::proxy {
namespace {

// A connection that is always ready lets others run after this much.
constexpr size_t kBytesPerTurn = 4 * Scratch::kReadBytes;

bool Broke(Relay::State state) {
  return state != Relay::State::kOpen && state != Relay::State::kHalfClosed &&
         state != Relay::State::kDone;
}

}  // namespace

Relay::Relay(Transport& downstream, Transport& upstream, filters::Connection& connection,
             FilterChain& chain, Scratch& scratch, size_t piece_bytes)
    : connection_(connection),
      chain_(chain),
      scratch_(scratch),
      piece_bytes_(std::min(piece_bytes, Scratch::kPlainBytes)),
      up_{downstream,
          upstream,
          filters::Towards::kUpstream,
          connection.record.bytes_sent,
          State::kDownstreamBroke,
          State::kUpstreamBroke},
      down_{upstream,
            downstream,
            filters::Towards::kDownstream,
            connection.record.bytes_received,
            State::kUpstreamBroke,
            State::kDownstreamBroke} {}

Relay::State Relay::Start(absl::string_view first) {
  if (!first.empty()) {
    if (const State passed = Pass(up_, first); passed != State::kOpen) return passed;
  }
  const State state = Pump(up_);
  return Broke(state) ? state : Pump(down_);
}

Relay::State Relay::OnDownstream(FdEvents events) { return OnSide(events, up_, down_); }
Relay::State Relay::OnUpstream(FdEvents events) { return OnSide(events, down_, up_); }

Relay::State Relay::OnSide(FdEvents events, Flow& reading, Flow& writing) {
  if (events.writable && writing.to.write_blocked()) {
    if (writing.to.Flush() == IoState::kReset) return writing.to_broke;
    const State state = Pump(writing);
    if (Broke(state)) return state;
  }
  if (!events.readable) return Progress();
  // A paused sender is not read from, so its reset has to be asked for.
  if (reading.to.write_blocked() && ConnectError(reading.from.fd()) != 0) {
    return reading.from_broke;
  }
  return Pump(reading);
}

bool Relay::MayPass(const Flow& flow, absl::string_view piece) {
  if (IsRequest(flow, piece)) {
    connection_.Refuse(Verdict::kDropped, Reason::kMalformed, flows::CloseReason::kDenied,
                       "request_in_byte_stream");
    return false;
  }
  return chain_.OnBytes(connection_, flow.towards, piece) == filters::Step::kContinue;
}

bool Relay::IsRequest(const Flow& flow, absl::string_view piece) {
  if (flow.towards == filters::Towards::kDownstream) {
    return answer_.has_value() && answer_->IsHttp(piece);
  }
  if (!watch_.has_value()) return false;
  const RequestLine::Reading reading = watch_->Read(piece);
  if (reading == RequestLine::Reading::kOther) watch_.reset();
  return reading == RequestLine::Reading::kRequest;
}

Relay::State Relay::Pass(Flow& flow, absl::string_view piece) {
  if (!MayPass(flow, piece)) return State::kRefused;
  if (flow.to.Write(piece) == IoState::kReset) return flow.to_broke;
  flow.bytes += piece.size();
  return State::kOpen;
}

Relay::State Relay::Pump(Flow& flow) {
  const absl::Span<char> scratch = scratch_.plain().subspan(0, piece_bytes_);
  for (size_t passed = 0; !flow.ended && !flow.to.write_blocked();) {
    if (passed >= kBytesPerTurn) {
      flow.from.watcher()->Again();
      break;
    }
    const ReadResult got = flow.from.Read(scratch);
    if (got.bytes > 0) {
      const State piece = Pass(flow, absl::string_view(scratch.data(), got.bytes));
      if (piece != State::kOpen) return piece;
      passed += got.bytes;
    }
    if (got.state == IoState::kBlocked) break;
    if (got.state == IoState::kOk) continue;
    if (got.state != IoState::kEof) return flow.from_broke;
    if (!up_.ended && !down_.ended) upstream_ended_first_ = &flow == &down_;
    flow.ended = true;
    if (flow.to.Finish() == IoState::kReset) return flow.to_broke;
  }
  return Progress();
}

Relay::State Relay::Progress() const {
  if (!up_.ended && !down_.ended) return State::kOpen;
  if (up_.ended && down_.ended && up_.to.finished() && down_.to.finished()) return State::kDone;
  return State::kHalfClosed;
}

}  // namespace firebreak::proxy
