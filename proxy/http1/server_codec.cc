#include <optional>
#include <string>
#include <utility>

#include "proxy/http1/head.h"
#include "proxy/http1/http1_codec.h"
#include "proxy/http1/kept_input.h"
#include "proxy/http1/message_parser.h"
#include "proxy/http1/message_writer.h"

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

class ServerCodec;

// ServerPort is the host's end of whatever exchange is current. It has a class of its own because
// Codec and Stream both have a Resume.
class ServerPort final : public ServerStream {
 public:
  explicit ServerPort(ServerCodec& codec) : codec_(codec) {}
  ServerPort(const ServerPort&) = delete;
  ServerPort& operator=(const ServerPort&) = delete;

  void SendInformational(const http::Response& response) override;
  void SendResponse(const http::Response& response, bool end) override;
  void SendData(absl::string_view bytes) override;
  void SendEnd(const http::HeaderMap& trailers) override;
  void Reset(StreamError error) override;
  bool writable() const override;
  void Pause() override;
  void Resume() override;
  uint64_t id() const override;

 private:
  ServerCodec& codec_;
};

// One exchange at a time: a request that comes while another is answered waits in input_.
class ServerCodec final : public Codec {
 public:
  ServerCodec(const CodecOptions& options, Buffer& output, ServerHost& host)
      : options_(options),
        output_(output),
        host_(host),
        port_(*this),
        parser_(MessageKind::kRequest, {static_cast<size_t>(options.max_header_bytes),
                                        static_cast<size_t>(options.max_header_fields)}),
        writer_(output) {}

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
  bool receiving_headers() const override { return !exchange_.live && parser_.in_head(); }

 private:
  friend class ServerPort;

  // What is known of the current exchange.
  struct Exchange {
    bool live = false;
    StreamReader* reader = nullptr;
    bool http10 = false;
    bool to_head = false;           // the method is HEAD
    bool upgrade = false;           // asked for
    bool raw = false;               // and granted
    bool request_complete = false;  // nothing more of it is read
    bool end_told = false;
    bool response_begun = false;
    bool response_complete = false;
    bool paused = false;
    bool starved = false;  // OnWritable is owed
  };

  void SendInformational(const http::Response& response);
  void SendResponse(const http::Response& response, bool end);
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
  bool StepBetween(absl::string_view& input);
  bool StepExchange(absl::string_view& input);
  bool StepRaw(absl::string_view& input);
  bool StepBody(absl::string_view& input);

  void BeginExchange(Refusal refusal);
  void TellEnd(const http::HeaderMap& trailers);
  void BodyRefused(absl::string_view code);
  // After a 101, the end of our direction is the end of both.
  bool RawIsOver() const { return exchange_.raw && exchange_.response_complete; }
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
  ServerHost& host_;
  ServerPort port_;
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

void ServerCodec::ReceiveEnd() {
  input_ended_ = true;
  Run({});
}

void ServerCodec::ReceiveFailure() {
  if (!closed_) Close(CodecState::kFailed, "connection_lost");
  if (RawIsOver()) {
    TellEnd(http::HeaderMap());
  } else {
    Fail({StreamError::kReset, "connection_lost"});
  }
}

bool ServerCodec::wants_input() const {
  if (closed_ || input_ended_ || !input_.empty()) return false;
  return exchange_.live ? !exchange_.paused : HasRoom();
}

void ServerCodec::Produce() {
  if (exchange_.starved && writable()) {
    exchange_.starved = false;
    exchange_.reader->OnWritable();
  }
  Run({});
}

void ServerCodec::Drain() {
  closing_ = true;
  if (!closed_ && !exchange_.live && !parser_.begun() && input_.empty()) Close(CodecState::kDone);
}

CodecState ServerCodec::state() const {
  if (closed_) return *closed_;
  return closing_ ? CodecState::kDraining : CodecState::kOpen;
}

void ServerCodec::Close(CodecState state, absl::string_view code) {
  closed_ = state;
  if (failure_code_.empty()) failure_code_ = code;
}

// What comes in.

bool ServerCodec::Step(absl::string_view& input) {
  if (RawIsOver()) {
    TellEnd(http::HeaderMap());
    return true;
  }
  if (closed_) {
    input = {};
    return false;
  }
  return exchange_.live ? StepExchange(input) : StepBetween(input);
}

bool ServerCodec::StepBetween(absl::string_view& input) {
  // Who sends requests and reads no answers has to wait (catalogue H1-11).
  if (!HasRoom()) return false;
  switch (parser_.Next(input)) {
    case MessageParser::Event::kHead:
      BeginExchange(std::nullopt);
      return true;
    case MessageParser::Event::kRefused:
      failure_code_ = parser_.refusal().code;
      BeginExchange(parser_.refusal());
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

void ServerCodec::BeginExchange(Refusal refusal) {
  MessageHead& head = parser_.head();
  const bool has_body = !refusal && parser_.has_body();
  closing_ |= head.close;
  http::Request request = RequestOf(head, has_body);
  exchange_ = Exchange();
  exchange_.live = true;
  exchange_.http10 = head.version == http::Version::kHttp10;
  exchange_.to_head = request.method == "HEAD";
  id_ = id_ == 0 ? 1 : id_ + 2;
  if (!refusal) refusal = http::Canonicalise(options_.paths, request);
  exchange_.upgrade = !refusal && request.upgrade != http::Upgrade::kNone;
  // A refused request is the last one: where its body ends, if it has one, is not worth a doubt.
  closing_ |= refusal.has_value() || exchange_.upgrade;
  exchange_.request_complete = refusal.has_value() || !has_body;
  StreamReader* const reader = host_.OnRequest(port_, request, refusal ? &*refusal : nullptr);
  if (exchange_.live) exchange_.reader = reader;  // else it was reset meanwhile
}

bool ServerCodec::StepExchange(absl::string_view& input) {
  if (exchange_.paused) return false;
  if (exchange_.raw) return StepRaw(input);
  if (exchange_.end_told) return false;  // what comes is for after the response
  if (!exchange_.request_complete) return StepBody(input);
  TellEnd(http::HeaderMap());
  return true;
}

bool ServerCodec::StepRaw(absl::string_view& input) {
  if (!input.empty()) {
    exchange_.reader->OnData(std::exchange(input, {}));
    return true;
  }
  if (!input_ended_ || exchange_.end_told) return false;
  TellEnd(http::HeaderMap());
  return true;
}

bool ServerCodec::StepBody(absl::string_view& input) {
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

void ServerCodec::TellEnd(const http::HeaderMap& trailers) {
  exchange_.end_told = true;
  StreamReader* const reader = exchange_.reader;
  if (exchange_.response_complete) EndExchange();
  reader->OnEnd(trailers);
}

void ServerCodec::BodyRefused(absl::string_view code) {
  if (!exchange_.response_begun) output_.Append(kBadRequest);
  Close(CodecState::kFailed, code);
  Fail({StreamError::kMalformed, code});
}

// Fail is the last a reader hears.
void ServerCodec::Fail(StreamFailure failure) {
  if (!exchange_.live) return;
  StreamReader* const reader = exchange_.reader;
  exchange_ = Exchange();
  reader->OnFailure(failure);
}

// The stream is over: nothing more is said to its reader.
void ServerCodec::EndExchange() {
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

void ServerCodec::SendInformational(const http::Response& response) {
  if (!exchange_.live || exchange_.response_begun || exchange_.http10) return;
  writer_.WriteInterim(response);
  exchange_.starved = !HasRoom();
}

void ServerCodec::SendResponse(const http::Response& response, bool end) {
  if (!exchange_.live || exchange_.response_begun) return;
  if (response.status < 200 && !(response.status == 101 && exchange_.upgrade)) {
    Reset(StreamError::kInternal);
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

void ServerCodec::SendData(absl::string_view bytes) {
  if (!exchange_.live || !exchange_.response_begun || exchange_.response_complete) return;
  writer_.Data(bytes);
  exchange_.starved = !HasRoom();
}

void ServerCodec::SendEnd(const http::HeaderMap& trailers) {
  if (!exchange_.live || !exchange_.response_begun || exchange_.response_complete) return;
  exchange_.response_complete = true;
  exchange_.starved = false;
  if (!writer_.End(trailers)) Close(CodecState::kFailed, "short_body");
  if (exchange_.raw && !exchange_.end_told) {
    Close(CodecState::kDone);  // the next step tells of the end
  } else {
    EndExchange();
  }
}

void ServerCodec::Reset(StreamError error) {
  if (!exchange_.live) return;
  if (!closed_) Close(CodecState::kFailed, StreamErrorName(error));
  exchange_ = Exchange();
}

void ServerCodec::Unpause() {
  exchange_.paused = false;
  Soon();
}

void ServerPort::SendInformational(const http::Response& response) {
  codec_.SendInformational(response);
  codec_.Soon();
}
void ServerPort::SendResponse(const http::Response& response, bool end) {
  codec_.SendResponse(response, end);
  codec_.Soon();
}
void ServerPort::SendData(absl::string_view bytes) {
  codec_.SendData(bytes);
  codec_.Soon();
}
void ServerPort::SendEnd(const http::HeaderMap& trailers) {
  codec_.SendEnd(trailers);
  codec_.Soon();
}
void ServerPort::Reset(StreamError error) {
  codec_.Reset(error);
  codec_.Soon();
}
bool ServerPort::writable() const { return codec_.writable(); }
void ServerPort::Pause() { codec_.exchange_.paused = true; }
void ServerPort::Resume() { codec_.Unpause(); }
uint64_t ServerPort::id() const { return codec_.id_; }

}  // namespace

std::unique_ptr<Codec> MakeHttp1Server(const CodecOptions& options, Buffer& output,
                                       ServerHost& host) {
  return std::make_unique<ServerCodec>(options, output, host);
}

}  // namespace firebreak::proxy
