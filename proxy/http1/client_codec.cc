#include <optional>
#include <utility>

#include "absl/strings/match.h"

#include "proxy/http1/head.h"
#include "proxy/http1/http1_codec.h"
#include "proxy/http1/kept_input.h"
#include "proxy/http1/message_parser.h"
#include "proxy/http1/message_writer.h"

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

class UpstreamCodec;

// ClientPort is the host's end of whatever exchange is current. It has a class of its own because
// Codec and Stream both have a Resume.
class ClientPort final : public ClientStream {
 public:
  explicit ClientPort(UpstreamCodec& codec) : codec_(codec) {}
  ClientPort(const ClientPort&) = delete;
  ClientPort& operator=(const ClientPort&) = delete;

  void SendData(absl::string_view bytes) override;
  void SendEnd(const http::HeaderMap& trailers) override;
  void Reset(StreamError error) override;
  bool writable() const override;
  void Pause() override;
  void Resume() override;
  uint64_t id() const override;

 private:
  UpstreamCodec& codec_;
};

// One exchange at a time, and no byte without one: whatever an upstream sends unasked would be
// taken for the answer to somebody else's request.
class UpstreamCodec final : public ClientCodec {
 public:
  UpstreamCodec(const CodecOptions& options, Buffer& output, CodecHost& host)
      : options_(options),
        output_(output),
        host_(host),
        port_(*this),
        parser_(MessageKind::kResponse, {static_cast<size_t>(options.max_header_bytes),
                                         static_cast<size_t>(options.max_header_fields)}),
        writer_(output) {}

  ClientStream* Request(const http::Request& request, bool end, ResponseReader& reader) override;
  size_t room() const override;
  void Receive(absl::string_view bytes) override { Run(bytes); }
  void ReceiveEnd() override;
  void ReceiveFailure() override;
  void Resume() override { Run({}); }
  bool wants_input() const override;
  void Produce() override;
  void Drain() override;
  CodecState state() const override;
  absl::string_view failure_code() const override { return failure_code_; }
  size_t live_streams() const override { return exchange_.live ? 1 : 0; }
  bool receiving_headers() const override { return exchange_.live && parser_.in_head(); }

 private:
  friend class ClientPort;

  // What is known of the current exchange.
  struct Exchange {
    bool live = false;
    ResponseReader* reader = nullptr;
    bool to_head = false;           // the method is HEAD
    bool upgrade = false;           // asked for
    bool raw = false;               // and granted
    bool request_complete = false;  // our direction has ended
    bool answered = false;          // something of a response has come
    bool end_told = false;
    bool paused = false;
    bool starved = false;  // OnWritable is owed
    int informational = 0;
    std::optional<StreamFailure> failure;  // the next step tells of it
  };

  void SendData(absl::string_view bytes);
  void SendEnd(const http::HeaderMap& trailers);
  void Reset(StreamError error);
  void Unpause();
  bool writable() const { return exchange_.live && HasRoom(); }

  bool HasRoom() const { return output_.size() < options_.write_high_bytes; }
  // Steps return false when nothing more can be done for now.
  void Run(absl::string_view fresh) {
    input_.Run(fresh, [this](absl::string_view& input) { return Step(input); });
  }
  bool Step(absl::string_view& input);
  bool StepBetween(absl::string_view input);
  bool StepExchange(absl::string_view& input);
  bool StepRaw(absl::string_view& input);

  bool StepLate(bool more);
  void TakeHead();
  void TakeInformational(http::Response& response);
  bool MaySwitch(const http::Response& response) const;
  void TakeEnd(bool more_follows);
  void Malformed(const http::Rejection& rejection);
  // After a 101, the end of our direction is the end of both.
  bool RawIsOver() const { return exchange_.raw && exchange_.request_complete; }
  bool Silent() const;  // nothing of a response has come
  StreamFailure CutShort(absl::string_view code) const;
  void Fail(StreamFailure failure);
  void EndExchange();
  void Close(CodecState state, absl::string_view code = {});
  // Soon has the host come back, to write and to go on with what was kept, unless it is here
  // anyway.
  void Soon() {
    if (!input_.running()) host_.Wake();
  }

  const CodecOptions options_;
  Buffer& output_;
  CodecHost& host_;
  ClientPort port_;
  MessageParser parser_;
  MessageWriter writer_;
  KeptInput input_;
  Exchange exchange_;
  uint64_t id_ = 0;
  bool input_ended_ = false;
  bool closing_ = false;  // no request after this one
  std::optional<CodecState> closed_;
  absl::string_view failure_code_;
};

// The codec as its connection sees it.

size_t UpstreamCodec::room() const {
  const bool idle = !exchange_.live && !closed_ && !closing_ && !input_ended_ && input_.empty();
  return idle && HasRoom() ? 1 : 0;
}

ClientStream* UpstreamCodec::Request(const http::Request& request, bool end,
                                     ResponseReader& reader) {
  if (room() == 0) return nullptr;
  exchange_ = Exchange();
  exchange_.live = true;
  exchange_.reader = &reader;
  exchange_.to_head = request.method == "HEAD";
  exchange_.upgrade = request.upgrade != http::Upgrade::kNone;
  exchange_.request_complete = end && !exchange_.upgrade;
  closing_ |= exchange_.upgrade;
  id_ = id_ == 0 ? 1 : id_ + 2;
  parser_.Begin(exchange_.to_head);
  writer_.StartRequest(request, end);
  exchange_.starved = !HasRoom();
  Soon();
  return &port_;
}

void UpstreamCodec::ReceiveEnd() {
  input_ended_ = true;
  Run({});
}

void UpstreamCodec::ReceiveFailure() {
  const StreamFailure failure = exchange_.failure.value_or(CutShort("connection_lost"));
  if (!closed_) Close(CodecState::kFailed, "connection_lost");
  if (RawIsOver()) {
    TakeEnd(false);
  } else {
    Fail(failure);
  }
}

bool UpstreamCodec::wants_input() const {
  return !closed_ && !input_ended_ && input_.empty() && !exchange_.paused;
}

void UpstreamCodec::Produce() {
  if (exchange_.starved && writable()) {
    exchange_.starved = false;
    exchange_.reader->OnWritable();
  }
  Run({});
}

void UpstreamCodec::Drain() {
  closing_ = true;
  if (!closed_ && !exchange_.live) Close(CodecState::kDone);
}

CodecState UpstreamCodec::state() const {
  if (closed_) return *closed_;
  return closing_ ? CodecState::kDraining : CodecState::kOpen;
}

void UpstreamCodec::Close(CodecState state, absl::string_view code) {
  closed_ = state;
  if (failure_code_.empty()) failure_code_ = code;
}

// What comes in.

bool UpstreamCodec::Step(absl::string_view& input) {
  // What is owed to a reader comes first, also from a connection that is closed.
  if (exchange_.failure) {
    Fail(*std::exchange(exchange_.failure, std::nullopt));
    return true;
  }
  if (RawIsOver()) {
    TakeEnd(false);
    return true;
  }
  if (closed_) {
    input = {};
    return false;
  }
  return exchange_.live ? StepExchange(input) : StepBetween(input);
}

bool UpstreamCodec::StepBetween(absl::string_view input) {
  if (!input.empty()) {
    Close(CodecState::kFailed, "unsolicited_bytes");
    return true;
  }
  if (input_ended_) Close(CodecState::kDone);
  return false;
}

bool UpstreamCodec::StepExchange(absl::string_view& input) {
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

bool UpstreamCodec::StepRaw(absl::string_view& input) {
  if (!input.empty()) {
    exchange_.reader->OnData(std::exchange(input, {}));
    return true;
  }
  if (!input_ended_) return false;
  TakeEnd(false);
  return true;
}

// The response is complete, our request is not.
bool UpstreamCodec::StepLate(bool more) {
  if (exchange_.raw || (!more && !input_ended_)) return false;
  const StreamFailure failure = more ? StreamFailure{StreamError::kMalformed, "unsolicited_bytes"}
                                     : StreamFailure{StreamError::kReset, "connection_closed"};
  Close(CodecState::kFailed, failure.code);
  Fail(failure);
  return true;
}

void UpstreamCodec::TakeHead() {
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
  if (exchange_.upgrade && !switches) exchange_.request_complete = true;
  exchange_.reader->OnResponse(response);
}

void UpstreamCodec::TakeInformational(http::Response& response) {
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

bool UpstreamCodec::MaySwitch(const http::Response& response) const {
  return exchange_.upgrade &&
         absl::EqualsIgnoreCase(response.headers.Get("upgrade").value_or(""), "websocket");
}

void UpstreamCodec::TakeEnd(bool more_follows) {
  // Of our own: OnEnd may begin the next exchange.
  http::HeaderMap trailers = std::move(parser_.trailers());
  if (const Refusal refusal = http::CanonicaliseTrailers(trailers)) {
    Malformed(*refusal);
    return;
  }
  ResponseReader* const reader = exchange_.reader;
  exchange_.end_told = true;
  if (exchange_.request_complete) {
    // A connection that ends here anyway is not read any further.
    if (more_follows && !closing_) Close(CodecState::kFailed, "unsolicited_bytes");
    EndExchange();
  }
  reader->OnEnd(trailers);
}

void UpstreamCodec::Malformed(const http::Rejection& rejection) {
  Close(CodecState::kFailed, rejection.code);
  Fail({StreamError::kMalformed, rejection.code});
}

bool UpstreamCodec::Silent() const { return !exchange_.answered && !parser_.begun(); }

// An upstream may end a connection that it takes for idle while our request is on its way.
StreamFailure UpstreamCodec::CutShort(absl::string_view code) const {
  const bool served_before = id_ > 1;
  return {served_before && Silent() ? StreamError::kUnprocessed : StreamError::kReset, code};
}

// Fail is the last a reader hears.
void UpstreamCodec::Fail(StreamFailure failure) {
  if (!exchange_.live) return;
  ResponseReader* const reader = exchange_.reader;
  exchange_ = Exchange();
  reader->OnFailure(failure);
}

void UpstreamCodec::EndExchange() {
  exchange_ = Exchange();
  if (!closed_ && (closing_ || input_ended_)) Close(CodecState::kDone);
}

// What goes out.

void UpstreamCodec::SendData(absl::string_view bytes) {
  if (!exchange_.live || exchange_.request_complete) return;
  if (exchange_.raw) {
    output_.Append(bytes);
  } else {
    writer_.Data(bytes);
  }
  exchange_.starved = !HasRoom();
}

void UpstreamCodec::SendEnd(const http::HeaderMap& trailers) {
  if (!exchange_.live || exchange_.request_complete) return;
  if (exchange_.upgrade && !exchange_.raw) return;  // the response will say whether this is the end
  exchange_.request_complete = true;
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

void UpstreamCodec::Reset(StreamError error) {
  if (!exchange_.live) return;
  if (!closed_) {
    Close(exchange_.end_told ? CodecState::kDone : CodecState::kFailed, StreamErrorName(error));
  }
  exchange_ = Exchange();
}

void UpstreamCodec::Unpause() {
  exchange_.paused = false;
  Soon();
}

void ClientPort::SendData(absl::string_view bytes) {
  codec_.SendData(bytes);
  codec_.Soon();
}
void ClientPort::SendEnd(const http::HeaderMap& trailers) {
  codec_.SendEnd(trailers);
  codec_.Soon();
}
void ClientPort::Reset(StreamError error) {
  codec_.Reset(error);
  codec_.Soon();
}
bool ClientPort::writable() const { return codec_.writable(); }
void ClientPort::Pause() { codec_.exchange_.paused = true; }
void ClientPort::Resume() { codec_.Unpause(); }
uint64_t ClientPort::id() const { return codec_.id_; }

}  // namespace

std::unique_ptr<ClientCodec> MakeHttp1Client(const CodecOptions& options, Buffer& output,
                                             CodecHost& host) {
  return std::make_unique<UpstreamCodec>(options, output, host);
}

}  // namespace firebreak::proxy
