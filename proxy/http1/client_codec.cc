#include <optional>
#include <utility>

#include "absl/strings/match.h"

#include "proxy/http1/codec_core.h"
#include "proxy/http1/head.h"
#include "proxy/http1/http1_codec.h"

namespace firebreak::proxy {
namespace {

// More informational responses than this to one request are a flood.
constexpr int kMaxInformational = 32;

http::Response ResponseOf(MessageHead& head, bool has_body) {
  http::Response response;
  response.version = head.version;
  response.status = head.status;
  response.headers = std::move(head.headers);
  response.content_length = head.content_length;
  response.chunked = head.chunked;
  response.has_body = has_body;
  return response;
}

struct ClientExchange : ExchangeFacts {
  ResponseReader* reader = nullptr;
  bool answered = false;  // something of a response has come
  int informational = 0;
  std::optional<StreamFailure> failure;  // the next step tells of it
};

struct ClientSide {
  using Codec = ClientCodec;
  using Stream = ClientStream;
  using Exchange = ClientExchange;
};

// One exchange at a time, and no byte without one: whatever an upstream sends unasked would be
// taken for the answer to somebody else's request.
class Http1Client final : public CodecCore<ClientSide> {
 public:
  Http1Client(const CodecOptions& options, Buffer& output, CodecHost& host)
      : CodecCore(options, output, host, MessageKind::kResponse) {}

  ClientStream* Request(const http::Request& request, bool end, ResponseReader& reader) override;
  size_t room() const override;
  void ReceiveFailure() override;
  bool wants_input() const override;
  void Drain() override;
  bool receiving_headers() const override { return exchange_.live && parser_.in_head(); }

 private:
  class Stream final : public CurrentStream {
    using CurrentStream::CurrentStream;
  };

  void SendData(absl::string_view bytes) override;
  void SendEnd(const http::HeaderMap& trailers) override;
  void ResetStream(StreamError error) override;

  bool TellOwed() override;
  bool StepBetween(absl::string_view& input) override;
  bool StepExchange(absl::string_view& input) override;
  bool StepRaw(absl::string_view& input);
  bool StepLate(bool more);

  void TakeHead();
  void TakeInformational(http::Response& response);
  bool MaySwitch(const http::Response& response) const;
  void TakeEnd(bool more_follows);
  void Malformed(const http::Rejection& rejection);
  bool Silent() const;  // nothing of a response has come
  StreamFailure CutShort(absl::string_view code) const;
  void EndExchange();

  Stream stream_{*this};
};

// The codec as its connection sees it.

size_t Http1Client::room() const {
  const bool idle = !exchange_.live && !closed_ && !closing_ && !input_ended_ && input_.empty();
  return idle && HasRoom() ? 1 : 0;
}

ClientStream* Http1Client::Request(const http::Request& request, bool end, ResponseReader& reader) {
  if (room() == 0) return nullptr;
  StartExchange();
  exchange_.reader = &reader;
  exchange_.to_head = request.method == "HEAD";
  exchange_.upgrade = request.upgrade != http::Upgrade::kNone;
  exchange_.out_ended = end && !exchange_.upgrade;
  closing_ |= exchange_.upgrade;
  parser_.Begin(exchange_.to_head);
  writer_.StartRequest(request, end);
  exchange_.starved = !HasRoom();
  Soon();
  return &stream_;
}

void Http1Client::ReceiveFailure() {
  const StreamFailure failure = CutShort(kConnectionLost);
  if (!closed_) Close(CodecState::kFailed, kConnectionLost);
  if (!TellOwed()) Fail(failure);
}

bool Http1Client::wants_input() const {
  return !closed_ && !input_ended_ && input_.empty() && !exchange_.paused;
}

void Http1Client::Drain() {
  closing_ = true;
  if (!closed_ && !exchange_.live) Close(CodecState::kDone);
}

// What comes in.

bool Http1Client::TellOwed() {
  if (exchange_.failure) {
    Fail(*std::exchange(exchange_.failure, std::nullopt));
    return true;
  }
  if (!RawIsOver()) return false;
  TakeEnd(false);
  return true;
}

bool Http1Client::StepBetween(absl::string_view& input) {
  if (!input.empty()) {
    Close(CodecState::kFailed, "unsolicited_bytes");
    return true;
  }
  if (input_ended_) Close(CodecState::kDone);
  return false;
}

bool Http1Client::StepExchange(absl::string_view& input) {
  if (exchange_.end_told) return StepLate(!input.empty());
  if (exchange_.paused) return false;
  if (exchange_.raw) return StepRaw(input);
  switch (parser_.Next(input)) {
    case MessageParser::Event::kHead:
      TakeHead();
      return true;
    case MessageParser::Event::kData:
      exchange_.reader->OnData(parser_.data());
      return true;
    case MessageParser::Event::kEnd:
      TakeEnd(!input.empty());
      return true;
    case MessageParser::Event::kRefused:
      Malformed(parser_.refusal());
      return true;
    case MessageParser::Event::kMore:
      break;
  }
  if (!input_ended_) return false;
  if (parser_.until_close()) {
    TakeEnd(false);
  } else {
    const StreamFailure failure = CutShort(Silent() ? "closed_before_response" : "truncated");
    Close(CodecState::kFailed, failure.code);
    Fail(failure);
  }
  return true;
}

bool Http1Client::StepRaw(absl::string_view& input) {
  if (!input.empty()) {
    exchange_.reader->OnData(std::exchange(input, {}));
    return true;
  }
  if (!input_ended_) return false;
  TakeEnd(false);
  return true;
}

// The response is complete, our request is not.
bool Http1Client::StepLate(bool more) {
  if (exchange_.raw || (!more && !input_ended_)) return false;
  const StreamFailure failure = more ? StreamFailure{StreamError::kMalformed, "unsolicited_bytes"}
                                     : StreamFailure{StreamError::kReset, "connection_closed"};
  Close(CodecState::kFailed, failure.code);
  Fail(failure);
  return true;
}

void Http1Client::TakeHead() {
  MessageHead& head = parser_.head();
  http::Response response = ResponseOf(head, parser_.has_body());
  exchange_.answered = true;
  if (response.status < 200 && response.status != 101) {
    TakeInformational(response);
    return;
  }
  closing_ |= head.close;
  const bool switches = response.status == 101;
  Refusal refusal;
  if (switches && !MaySwitch(response)) refusal = http::Rejection{502, "unexpected_switch"};
  if (!refusal) refusal = http::CanonicaliseResponse(response);
  if (refusal) {
    Malformed(*refusal);
    return;
  }
  exchange_.raw = switches;
  // A request that asked for another protocol, and did not get it, has ended.
  if (exchange_.upgrade && !switches) exchange_.out_ended = true;
  exchange_.reader->OnResponse(response);
}

void Http1Client::TakeInformational(http::Response& response) {
  parser_.Begin(exchange_.to_head);
  Refusal refusal;
  if (++exchange_.informational > kMaxInformational) {
    refusal = http::Rejection{502, "informational_flood"};
  } else {
    refusal = http::CanonicaliseResponse(response);
  }
  if (refusal) {
    Malformed(*refusal);
  } else {
    exchange_.reader->OnInformational(response);
  }
}

bool Http1Client::MaySwitch(const http::Response& response) const {
  return exchange_.upgrade &&
         absl::EqualsIgnoreCase(response.headers.Get("upgrade").value_or(""), "websocket");
}

void Http1Client::TakeEnd(bool more_follows) {
  // Of our own: OnEnd may begin the next exchange.
  http::HeaderMap trailers = std::move(parser_.trailers());
  if (const Refusal refusal = http::CanonicaliseTrailers(trailers)) {
    Malformed(*refusal);
    return;
  }
  ResponseReader* const reader = exchange_.reader;
  exchange_.end_told = true;
  if (exchange_.out_ended) {
    // A connection that ends here anyway is not read any further.
    if (more_follows && !closing_) Close(CodecState::kFailed, "unsolicited_bytes");
    EndExchange();
  }
  reader->OnEnd(trailers);
}

void Http1Client::Malformed(const http::Rejection& rejection) {
  Close(CodecState::kFailed, rejection.code);
  Fail({StreamError::kMalformed, rejection.code});
}

bool Http1Client::Silent() const { return !exchange_.answered && !parser_.begun(); }

// An upstream may end a connection that it takes for idle while our request is on its way.
StreamFailure Http1Client::CutShort(absl::string_view code) const {
  const bool served_before = id_ > 1;
  return {served_before && Silent() ? StreamError::kUncertain : StreamError::kReset, code};
}

void Http1Client::EndExchange() {
  exchange_ = Exchange();
  if (!closed_ && (closing_ || input_ended_)) Close(CodecState::kDone);
}

// What goes out.

void Http1Client::SendData(absl::string_view bytes) {
  if (!exchange_.live || exchange_.out_ended) return;
  if (exchange_.raw) {
    output_.Append(bytes);
  } else {
    writer_.Data(bytes);
  }
  exchange_.starved = !HasRoom();
}

void Http1Client::SendEnd(const http::HeaderMap& trailers) {
  if (!exchange_.live || exchange_.out_ended) return;
  if (exchange_.upgrade && !exchange_.raw) return;  // the response will say whether this is the end
  exchange_.out_ended = true;
  exchange_.starved = false;
  const bool whole = exchange_.raw || writer_.End(trailers);
  if (!whole) Close(CodecState::kFailed, "short_body");
  if (exchange_.end_told) {
    EndExchange();
  } else if (!whole) {
    exchange_.failure = StreamFailure{StreamError::kInternal, "short_body"};
  } else if (exchange_.raw) {
    Close(CodecState::kDone);  // the next step tells of the end
  }
}

void Http1Client::ResetStream(StreamError error) {
  if (!exchange_.live) return;
  if (!closed_) {
    Close(exchange_.end_told ? CodecState::kDone : CodecState::kFailed, StreamErrorName(error));
  }
  exchange_ = Exchange();
}

}  // namespace

std::unique_ptr<ClientCodec> MakeHttp1Client(const CodecOptions& options, Buffer& output,
                                             CodecHost& host) {
  return std::make_unique<Http1Client>(options, output, host);
}

}  // namespace firebreak::proxy
