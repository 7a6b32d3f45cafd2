#include <string>
#include <utility>

#include "proxy/http1/codec_core.h"
#include "proxy/http1/head.h"
#include "proxy/http1/http1_codec.h"

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kBadRequest =
    "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

// TakeTarget tells the forms of a target apart (RFC 9112 section 3.2); whether the parts make sense
// is for Canonicalise to say.
void TakeTarget(std::string& target, http::Request& request) {
  const bool origin_form = !target.empty() && target.front() == '/';
  const size_t mark = origin_form ? std::string::npos : target.find("://");
  if (mark == std::string::npos) {
    request.path = std::move(target);
    return;
  }
  request.scheme = target.substr(0, mark);
  const std::string rest = target.substr(mark + 3);
  const size_t end = rest.find_first_of("/?#");
  request.authority = rest.substr(0, end);
  if (end != std::string::npos) request.path = rest.substr(end);
}

http::Request RequestOf(MessageHead& head, bool has_body) {
  http::Request request;
  request.version = head.version;
  request.method = std::move(head.method);
  TakeTarget(head.target, request);
  request.headers = std::move(head.headers);
  request.content_length = head.content_length;
  request.chunked = head.chunked;
  request.has_body = has_body;
  return request;
}

struct ServerExchange : ExchangeFacts {
  StreamReader* reader = nullptr;
  bool http10 = false;
  bool request_complete = false;  // nothing more of it is read
  bool response_begun = false;
};

struct ServerSide {
  using Codec = proxy::Codec;
  using Stream = ServerStream;
  using Exchange = ServerExchange;
};

// One exchange at a time: a request that comes while another is answered waits in input_.
class Http1Server final : public CodecCore<ServerSide> {
 public:
  Http1Server(const CodecOptions& options, Buffer& output, ServerHost& host)
      : CodecCore(options, output, host, MessageKind::kRequest), host_(host), stream_(*this) {}

  void ReceiveFailure() override;
  bool wants_input() const override;
  void Drain() override;
  bool receiving_headers() const override { return !exchange_.live && parser_.in_head(); }

 private:
  class Stream final : public CurrentStream {
   public:
    explicit Stream(Http1Server& codec) : CurrentStream(codec), codec_(codec) {}
    void SendInformational(const http::Response& response) override {
      codec_.SendInformational(response);
      codec_.Soon();
    }
    void SendResponse(const http::Response& response, bool end) override {
      codec_.SendResponse(response, end);
      codec_.Soon();
    }

   private:
    Http1Server& codec_;
  };

  void SendInformational(const http::Response& response);
  void SendResponse(const http::Response& response, bool end);
  void SendData(absl::string_view bytes) override;
  void SendEnd(const http::HeaderMap& trailers) override;
  void ResetStream(StreamError error) override;

  bool TellOwed() override;
  bool StepBetween(absl::string_view& input) override;
  bool StepExchange(absl::string_view& input) override;
  bool StepRaw(absl::string_view& input);
  bool StepBody(absl::string_view& input);

  void TakeRequest(Refusal refusal);
  void TellEnd(const http::HeaderMap& trailers);
  void BodyRefused(absl::string_view code);
  void EndExchange();

  ServerHost& host_;
  Stream stream_;
};

// The codec as its connection sees it.

void Http1Server::ReceiveFailure() {
  if (!closed_) Close(CodecState::kFailed, kConnectionLost);
  if (!TellOwed()) Fail({StreamError::kReset, kConnectionLost});
}

bool Http1Server::wants_input() const {
  if (closed_ || input_ended_ || !input_.empty()) return false;
  return exchange_.live ? !exchange_.paused : HasRoom();
}

void Http1Server::Drain() {
  closing_ = true;
  if (!closed_ && !exchange_.live && !parser_.begun() && input_.empty()) Close(CodecState::kDone);
}

// What comes in.

bool Http1Server::TellOwed() {
  if (!RawIsOver()) return false;
  TellEnd(http::HeaderMap());
  return true;
}

bool Http1Server::StepBetween(absl::string_view& input) {
  // Who sends requests and reads no answers has to wait (catalogue H1-11).
  if (!HasRoom()) return false;
  switch (parser_.Next(input)) {
    case MessageParser::Event::kHead:
      TakeRequest(std::nullopt);
      return true;
    case MessageParser::Event::kRefused:
      TakeRequest(parser_.refusal());
      return true;
    case MessageParser::Event::kMore:
    case MessageParser::Event::kData:
    case MessageParser::Event::kEnd:
      break;
  }
  if (input_ended_ && parser_.begun()) {
    Close(CodecState::kFailed, "truncated");
    host_.OnMalformed(failure_code_);
  } else if (input_ended_) {
    Close(CodecState::kDone);
  }
  return false;
}

void Http1Server::TakeRequest(Refusal refusal) {
  MessageHead& head = parser_.head();
  const bool has_body = !refusal && parser_.has_body();
  closing_ |= head.close;
  http::Request request = RequestOf(head, has_body);
  StartExchange();
  exchange_.http10 = head.version == http::Version::kHttp10;
  exchange_.to_head = request.method == "HEAD";
  if (!refusal) refusal = http::Canonicalise(options_.paths, request);
  if (refusal) failure_code_ = refusal->code;
  exchange_.upgrade = !refusal && request.upgrade != http::Upgrade::kNone;
  // A refused request is the last one: where its body ends, if it has one, is not worth a doubt.
  closing_ |= refusal.has_value() || exchange_.upgrade;
  exchange_.request_complete = refusal.has_value() || !has_body;
  StreamReader* const reader = host_.OnRequest(stream_, request, refusal ? &*refusal : nullptr);
  if (exchange_.live) exchange_.reader = reader;  // else it was reset meanwhile
}

bool Http1Server::StepExchange(absl::string_view& input) {
  if (exchange_.paused) return false;
  if (exchange_.raw) return StepRaw(input);
  if (exchange_.end_told) return false;  // what comes is for after the response
  if (!exchange_.request_complete) return StepBody(input);
  TellEnd(http::HeaderMap());
  return true;
}

bool Http1Server::StepRaw(absl::string_view& input) {
  if (!input.empty()) {
    exchange_.reader->OnData(std::exchange(input, {}));
    return true;
  }
  if (!input_ended_ || exchange_.end_told) return false;
  TellEnd(http::HeaderMap());
  return true;
}

bool Http1Server::StepBody(absl::string_view& input) {
  switch (parser_.Next(input)) {
    case MessageParser::Event::kData:
      exchange_.reader->OnData(parser_.data());
      return true;
    case MessageParser::Event::kEnd:
      exchange_.request_complete = true;
      if (const Refusal refusal = http::CanonicaliseTrailers(parser_.trailers())) {
        BodyRefused(refusal->code);
      } else {
        TellEnd(parser_.trailers());
      }
      return true;
    case MessageParser::Event::kRefused:
      BodyRefused(parser_.refusal().code);
      return true;
    case MessageParser::Event::kMore:
    case MessageParser::Event::kHead:
      break;
  }
  if (!input_ended_) return false;
  Close(CodecState::kFailed, "truncated");
  Fail({StreamError::kReset, "truncated"});
  return false;
}

void Http1Server::TellEnd(const http::HeaderMap& trailers) {
  exchange_.end_told = true;
  StreamReader* const reader = exchange_.reader;
  if (exchange_.out_ended) EndExchange();
  reader->OnEnd(trailers);
}

void Http1Server::BodyRefused(absl::string_view code) {
  if (!exchange_.response_begun) output_.Append(kBadRequest);
  Close(CodecState::kFailed, code);
  Fail({StreamError::kMalformed, code});
}

// The stream is over: nothing more is said to its reader.
void Http1Server::EndExchange() {
  const bool unread = !exchange_.request_complete;
  exchange_ = Exchange();
  if (closed_) return;
  if (closing_ || unread) {
    Close(failure_code_.empty() ? CodecState::kDone : CodecState::kFailed);
    return;
  }
  parser_.Begin();
}

// What goes out.

void Http1Server::SendInformational(const http::Response& response) {
  if (!exchange_.live || exchange_.response_begun || exchange_.http10) return;
  writer_.WriteInterim(response);
  exchange_.starved = !HasRoom();
}

void Http1Server::SendResponse(const http::Response& response, bool end) {
  if (!exchange_.live || exchange_.response_begun) return;
  if (response.status < 200 && !(response.status == 101 && exchange_.upgrade)) {
    ResetStream(StreamError::kInternal);
    return;
  }
  exchange_.response_begun = true;
  // Whether the rest of the request will be waited for is not known yet; that of a refused one is
  // not, and a client that uploads at its leisure loses no more than a connection.
  closing_ |= !exchange_.request_complete;
  if (response.status == 101) {
    exchange_.raw = true;
    exchange_.end_told = false;  // that of the request has been
    writer_.WriteInterim(response);
  } else {
    writer_.StartResponse(response,
                          {.to_head = exchange_.to_head,
                           .chunked_allowed = !exchange_.http10,
                           .close = closing_ || (input_ended_ && input_.empty())},
                          end);
  }
  exchange_.starved = !HasRoom();
  if (end) SendEnd(http::HeaderMap());
}

void Http1Server::SendData(absl::string_view bytes) {
  if (!exchange_.live || !exchange_.response_begun || exchange_.out_ended) return;
  writer_.Data(bytes);
  exchange_.starved = !HasRoom();
}

void Http1Server::SendEnd(const http::HeaderMap& trailers) {
  if (!exchange_.live || !exchange_.response_begun || exchange_.out_ended) return;
  exchange_.out_ended = true;
  exchange_.starved = false;
  if (!writer_.End(trailers)) Close(CodecState::kFailed, "short_body");
  if (exchange_.raw && !exchange_.end_told) {
    Close(CodecState::kDone);  // the next step tells of the end
  } else {
    EndExchange();
  }
}

void Http1Server::ResetStream(StreamError error) {
  if (!exchange_.live) return;
  if (!closed_) Close(CodecState::kFailed, StreamErrorName(error));
  exchange_ = Exchange();
}

}  // namespace

std::unique_ptr<Codec> MakeHttp1Server(const CodecOptions& options, Buffer& output,
                                       ServerHost& host) {
  return std::make_unique<Http1Server>(options, output, host);
}

}  // namespace firebreak::proxy
