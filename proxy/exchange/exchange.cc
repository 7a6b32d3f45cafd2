#include "proxy/exchange/exchange.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/numbers.h"

#include "proxy/exchange/decided.h"
#include "proxy/exchange/forwarding_headers.h"
#include "proxy/exchange/local_reply.h"

namespace firebreak::proxy {
namespace {

using filters::Step;
using filters::Towards;

// An exchange and its record, beside the headers, of which an upstream's codec may hold a copy.
constexpr size_t kOwnBytes = 4'096;
constexpr size_t kHeaderCopies = 2;
constexpr int kMaxAttempts = 2;
constexpr int kContinue = 100;
constexpr int kBadRequest = 400;
constexpr int kBadGateway = 502;
constexpr int kUnavailable = 503;
constexpr int kGatewayTimeout = 504;

// RFC 9110 section 9.2.2: may be sent twice without harm.
bool IsIdempotent(absl::string_view method) {
  constexpr std::array<absl::string_view, 5> kMethods = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
  for (const absl::string_view known : kMethods) {
    if (method == known) return true;
  }
  return false;
}

flows::Protocol ProtocolOf(const http::Request& request) {
  if (request.grpc) return flows::Protocol::kGrpc;
  return request.version == http::Version::kHttp2 ? flows::Protocol::kHttp2
                                                  : flows::Protocol::kHttp1;
}

int GrpcStatus(const http::HeaderMap& fields) {
  int status = -1;
  const auto text = fields.Get("grpc-status");
  return text.has_value() && absl::SimpleAtoi(*text, &status) ? status : -1;
}

// Describe begins the facts of a request, which it takes.
void Describe(http::Request& request, MonoTime now, filters::HttpExchange& facts) {
  facts.request = std::move(request);
  facts.began_at = now;
  facts.record.protocol = ProtocolOf(facts.request);
  flows::HttpInfo& info = *facts.record.http;
  info.method = facts.request.method;
  info.authority = facts.request.authority;
  info.path = facts.request.path;
  info.has_query = facts.request.has_query;
  info.grpc = facts.request.grpc;
  if (const auto agent = facts.request.headers.Get("user-agent")) {
    info.user_agent = std::string(*agent);
  }
  facts.record.trace_id = TraceIdOf(facts.request.headers);
}

}  // namespace

void Exchange::Record(ExchangeServices& services, const ExchangeContext& context,
                      http::Request& request, absl::string_view code) {
  filters::HttpExchange facts(context.connection);
  Describe(request, services.loop.Now(), facts);
  services.chain.Begin(facts);
  facts.Refuse(Verdict::kDropped, Reason::kMalformed, kBadRequest, code);
  services.chain.OnEnd(facts);
}

Exchange::Exchange(ExchangeServices& services, const ExchangeContext& context, ExchangeOwner& owner,
                   ServerStream& downstream, http::Request& request)
    : services_(services),
      context_(context),
      owner_(owner),
      facts_(context.connection),
      downstream_(&downstream) {
  Describe(request, services_.loop.Now(), facts_);
  if (facts_.record.direction == Direction::kOutbound) {
    services_.open_requests.Note(facts_.record);
  }
  charge_.Open(context_.memory);
  filter_charge_.Open(context_.memory);
  facts_.memory = this;
  Recount();
}

// The path and what is recorded of it are bounded by the headers' limit, and count with them.
void Exchange::Recount() {
  const http::Request& request = facts_.request;
  const size_t bytes = request.path.size() + request.query.size() + request.authority.size() +
                       request.headers.bytes() + facts_.response.headers.bytes();
  counted_ = request_.kept.size() + response_.kept.size();
  charge_.Set(kOwnBytes + kHeaderCopies * bytes + counted_);
}

bool Exchange::CountKept() {
  const size_t kept = request_.kept.size() + response_.kept.size();
  if (kept == counted_) return true;
  const bool less = kept < counted_;
  Recount();
  // Whoever gives back is not refused for what others took meanwhile.
  if (less || charge_.MayHold()) return true;
  facts_.Refuse(Verdict::kDropped, Reason::kLimit, kUnavailable, "max_held_bytes");
  return false;
}

bool Exchange::Change(size_t before, size_t after) {
  filter_charge_.Set(filter_charge_.bytes() - before + after);
  return filter_charge_.MayFilter();
}

Exchange::~Exchange() {
  if (state_ != State::kDone) {
    services_.pool.Cancel(context_.upstream, *this);
    LetGoOfUpstream(StreamError::kCancelled);
    services_.chain.OnEnd(facts_);
  }
}

//   kDeciding --allowed--> kWaiting --upstream--> kForwarding --both messages complete--> kDone
//       |                   |    ^                 |       |                                ^
//       |                   |    +--may try again--+       +--broke, or may not live on-----+
//       +--refused----------+--failed--> answered by us ------------------------------------+
void Exchange::Begin(const http::Rejection* rejection) {
  services_.chain.Begin(facts_);
  services_.stream_timeouts.Add(*this);
  if (rejection != nullptr) {
    facts_.Refuse(Verdict::kDropped, Reason::kMalformed, rejection->status, rejection->code);
    return Answer();
  }
  if (!charge_.MayBegin()) {
    facts_.Refuse(Verdict::kDropped, Reason::kLimit, kUnavailable, "max_held_bytes");
    return Answer();
  }
  StripForged(facts_.request.headers);
  if (services_.chain.OnRequest(facts_) == Step::kClose) return Answer();
  if (facts_.connection.record.direction == Direction::kInbound) {
    open_.emplace(services_.own_open_requests, facts_.record);
    AddIdentity(facts_.connection, context_.forwarded_client_cert, facts_.request.headers);
  }
  Acquire();
}

void Exchange::Acquire() {
  state_ = State::kWaiting;
  ++attempts_;
  if (!facts_.permit.has_value()) {
    facts_.Refuse(Verdict::kDropped, Reason::kInternal, kUnavailable, "no filter gave a permit");
    return Answer();
  }
  policy::Permit permit = *std::move(facts_.permit);
  facts_.permit.reset();
  const HttpPool::Acquired got =
      services_.pool.Acquire(std::move(permit), context_.upstream, *this);
  if (got.failure.has_value()) return OnUpstreamFailed(*got.failure);
  if (got.connection != nullptr) return Forward(*got.connection);
  Pause(request_);
}

void Exchange::OnUpstreamReady(PooledConnection& connection) { Forward(connection); }

void Exchange::OnUpstreamFailed(const UpstreamFailure& failure) {
  const bool late = failure.reason == Reason::kTimeout;
  FailUpstream(failure.reason, late ? kGatewayTimeout : kUnavailable, failure.detail);
}

void Exchange::Forward(PooledConnection& connection) {
  if (connection.peer() != nullptr) {
    facts_.upstream_peer = connection.peer();
    facts_.record.destination.principal = connection.peer()->principal;
    facts_.record.tls = connection.tls_info();
  }
  if (services_.chain.OnUpstream(facts_) == Step::kClose) return Answer();
  const bool end = !facts_.request.has_body && facts_.request.upgrade == http::Upgrade::kNone;
  connection_ = &connection;
  upstream_ = connection.Request(facts_.request, end, response_side_);
  if (upstream_ == nullptr) {
    return FailUpstream(Reason::kUpstreamFailure, kUnavailable, "the upstream takes no request");
  }
  state_ = State::kForwarding;
  Touch(services_.loop.Now());
  Resume(request_);
}

Stream* Exchange::SourceOf(const Way& way) {
  if (way.towards == Towards::kUpstream) return downstream_;
  return upstream_;
}

Stream* Exchange::SinkOf(const Way& way) {
  if (way.towards == Towards::kUpstream) return upstream_;
  return downstream_;
}

void Exchange::Pause(Way& way) {
  Stream* const source = SourceOf(way);
  if (way.paused || way.received || source == nullptr) return;
  way.paused = true;
  source->Pause();
}

void Exchange::Resume(Way& way) {
  Stream* const source = SourceOf(way);
  if (!way.paused || source == nullptr || state_ != State::kForwarding) return;
  if (!way.kept.empty()) return;
  way.paused = false;
  Touch(services_.loop.Now());
  source->Resume();
}

void Exchange::OnData(Way& way, absl::string_view bytes) {
  if (state_ != State::kForwarding) return;
  Touch(services_.loop.Now());
  Heed(services_.chain.OnBody(facts_, way.towards, bytes), way, bytes);
}

void Exchange::Heed(Step step, Way& way, absl::string_view bytes) {
  if (step == Step::kLater && way.kept.empty()) {
    way.kept = std::string(bytes);
    Pause(way);
  }
  if (step == Step::kClose || !CountKept()) return Answer();
  if (step == Step::kLater) return way.DoLater();
  Pass(way, bytes);
}

void Exchange::GoOnWith(Way& way) {
  Touch(services_.loop.Now());
  const Step step = services_.chain.OnMore(facts_, way.towards, way.kept);
  if (step == Step::kLater) return Heed(step, way, way.kept);
  const std::string bytes = std::exchange(way.kept, {});
  Heed(step, way, bytes);
  Stream* const sink = SinkOf(way);
  if (sink != nullptr && sink->writable()) Resume(way);
}

void Exchange::Pass(Way& way, absl::string_view bytes) {
  const bool request = way.towards == Towards::kUpstream;
  if (!request) StartResponse();
  flows::HttpInfo& info = *facts_.record.http;
  flows::Record& connection = facts_.connection.record;
  (request ? info.request_bytes : info.response_bytes) += bytes.size();
  (request ? connection.bytes_sent : connection.bytes_received) += bytes.size();
  Stream& sink = *SinkOf(way);
  sink.SendData(bytes);
  if (!sink.writable()) Pause(way);
}

void Exchange::OnRequestEnd(const http::HeaderMap& trailers) {
  request_.received = true;
  if (state_ != State::kForwarding) return;
  Touch(services_.loop.Now());
  facts_.request_trailers = &trailers;
  const Step step = services_.chain.OnBodyEnd(facts_, Towards::kUpstream);
  facts_.request_trailers = nullptr;
  if (step == Step::kClose) return Answer();
  if (facts_.request.has_body || upgraded()) upstream_->SendEnd(trailers);
  FinishIfDone();
}

void Exchange::OnDownstreamFailure(const StreamFailure& failure) {
  downstream_ = nullptr;
  if (state_ == State::kDone) return;
  const bool wrong =
      failure.error == StreamError::kMalformed || failure.error == StreamError::kLimit;
  if (wrong) {
    const Reason reason =
        failure.error == StreamError::kLimit ? Reason::kLimit : Reason::kMalformed;
    facts_.Refuse(Verdict::kDropped, reason, kBadRequest, failure.code);
  }
  facts_.record.close_reason = flows::CloseReason::kDownstreamReset;
  Finish();
}

void Exchange::OnInformational(const http::Response& response) {
  if (state_ != State::kForwarding || told_ != Told::kNothing) return;
  Touch(services_.loop.Now());
  // RFC 9110 section 15.2: not to a client of HTTP/1.0. 100 only to who has asked for it.
  if (facts_.request.version == http::Version::kHttp10) return;
  if (response.status == kContinue && !facts_.request.expect_continue) return;
  if (services_.chain.OnInformational(facts_, response) == Step::kClose) return Answer();
  downstream_->SendInformational(response);
}

void Exchange::OnResponse(http::Response& response) {
  if (state_ != State::kForwarding) return;
  Touch(services_.loop.Now());
  facts_.response = std::move(response);
  Recount();
  facts_.record.http->status = facts_.response.status;
  facts_.record.http->grpc_status = GrpcStatus(facts_.response.headers);
  const Step step = services_.chain.OnResponse(facts_);
  if (step == Step::kClose) return Answer();
  if (upgraded()) {
    facts_.record.protocol = flows::Protocol::kWebsocket;
    request_.received = false;  // the request is, but its direction has only begun
  }
  if (step == Step::kContinue) return StartResponse();
  waiting_head_ = std::make_unique<WaitingHead>(*this);
}

// A piece that is being looked into already is waited for as long as that takes.
void Exchange::OnWaitEnd() {
  if (response_.kept.empty()) StartResponse();
}

void Exchange::StartResponse() {
  if (told_ != Told::kNothing || state_ != State::kForwarding) return;
  told_ = facts_.response.has_body || upgraded() ? Told::kHead : Told::kWhole;
  downstream_->SendResponse(facts_.response, told_ == Told::kWhole);
  if (told_ == Told::kHead && !downstream_->writable()) Pause(response_);
}

void Exchange::OnResponseEnd(const http::HeaderMap& trailers) {
  response_.received = true;
  if (state_ != State::kForwarding) return;
  Touch(services_.loop.Now());
  const int status = GrpcStatus(trailers);
  if (status >= 0) facts_.record.http->grpc_status = status;
  facts_.response_trailers = &trailers;
  const Step step = services_.chain.OnBodyEnd(facts_, Towards::kDownstream);
  facts_.response_trailers = nullptr;
  if (step == Step::kClose) return Answer();
  StartResponse();
  if (told_ != Told::kWhole) downstream_->SendEnd(trailers);
  told_ = Told::kWhole;
  FinishIfDone();
}

void Exchange::OnUpstreamFailure(const StreamFailure& failure) {
  const Reason aborted = connection_->abort_reason();
  const bool again = aborted == Reason::kNone && MayTryAgain(failure);
  upstream_ = nullptr;
  connection_ = nullptr;
  if (state_ != State::kForwarding) return;
  if (again && services_.chain.OnRecheck(facts_) == Step::kContinue) return Acquire();
  if (facts_.refused()) return Answer();
  facts_.record.close_reason = flows::CloseReason::kUpstreamReset;
  FailUpstream(aborted != Reason::kNone ? aborted : Reason::kUpstreamFailure, kBadGateway,
               failure.code);
}

// MayTryAgain: only what surely had no effect. A request of which part of the body is gone cannot
// be repeated; one that an upstream may have acted on must not be, unless acting twice is harmless.
bool Exchange::MayTryAgain(const StreamFailure& failure) const {
  if (attempts_ >= kMaxAttempts || told_ != Told::kNothing) return false;
  if (facts_.response.status != 0) return false;
  if (facts_.request.has_body || facts_.request.upgrade != http::Upgrade::kNone) return false;
  return failure.error == StreamError::kUnprocessed ||
         (failure.error == StreamError::kUncertain && IsIdempotent(facts_.request.method));
}

void Exchange::Recheck() {
  if (state_ == State::kDone) return;
  if (services_.chain.OnRecheck(facts_) == Step::kClose) Answer();
}

bool Exchange::Report(std::chrono::nanoseconds at_least) {
  const MonoTime now = services_.loop.Now();
  const bool long_enough = now - std::max(facts_.began_at, reported_at_) >= at_least;
  if (state_ != State::kForwarding || !long_enough) return false;
  reported_at_ = now;
  services_.chain.OnPeriodic(facts_);
  return true;
}

void Exchange::Abort(Verdict verdict, Reason reason, absl::string_view detail,
                     const flows::Record* decided) {
  if (state_ == State::kDone) return;
  facts_.Refuse(verdict, reason, kUnavailable, detail);
  if (decided != nullptr) TakeDecision(*decided, &facts_.record);
  if (downstream_ != nullptr) downstream_->Reset(StreamError::kCancelled);
  downstream_ = nullptr;
  Finish();
}

void Exchange::OnTimeout() {
  if (state_ == State::kDone) return;
  facts_.Refuse(Verdict::kError, Reason::kTimeout, kGatewayTimeout,
                "nothing moved for stream_idle_timeout_ms");
  Answer();
}

void Exchange::FailUpstream(Reason reason, int status, absl::string_view detail) {
  const bool failed = reason == Reason::kUpstreamFailure || reason == Reason::kTimeout;
  facts_.Refuse(failed ? Verdict::kError : Verdict::kDropped, reason, status, detail);
  Answer();
}

void Exchange::Answer() {
  if (downstream_ != nullptr) {
    if (told_ != Told::kNothing) {
      told_ = Told::kCut;
      downstream_->Reset(StreamError::kInternal);
    } else {
      if (facts_.record.decision_id.empty()) {
        facts_.record.decision_id = services_.refusal_ids.Next();
      }
      facts_.record.http->status = SendLocalReply(facts_, *downstream_);
      told_ = Told::kWhole;
    }
    downstream_ = nullptr;
  }
  Finish();
}

// An upgraded connection ends when both directions have; otherwise the response decides: a server
// may answer before it has heard all of the request, and then needs no more of it.
void Exchange::FinishIfDone() {
  if (told_ != Told::kWhole || !response_.received) return;
  if (upgraded() && !request_.received) return;
  Finish();
}

void Exchange::Finish() {
  if (state_ == State::kDone) return;
  if (state_ == State::kWaiting) services_.pool.Cancel(context_.upstream, *this);
  LetGoOfUpstream(StreamError::kCancelled);
  open_.reset();
  state_ = State::kDone;
  owner_.OnExchangeEnd(*this);
  // What waited for its first piece until it was too late was not answered.
  if (told_ == Told::kNothing && facts_.response.status != 0) {
    facts_.response.status = facts_.record.http->status = 0;
    facts_.record.http->grpc_status = -1;
  }
  // Now and not when it is destroyed: the next request of a pipeline, or a hundred in one piece of
  // input, come before that, and what this one holds of a limit is free.
  services_.chain.OnEnd(facts_);
  facts_.request = {};
  facts_.response = {};
  request_.Clear();
  response_.Clear();
  charge_.Set(0);
}

void Exchange::LetGoOfUpstream(StreamError error) {
  if (upstream_ == nullptr) return;
  const bool sent = request_.received || (!facts_.request.has_body && !upgraded());
  if (!sent || !response_.received) upstream_->Reset(error);
  upstream_ = nullptr;
}

}  // namespace firebreak::proxy
