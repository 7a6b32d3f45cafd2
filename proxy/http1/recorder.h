// Recorders for tests and fuzzers: hosts that write down what a codec tells them, so that two runs
// can be compared, and that do to it what a pump would.
#ifndef FIREBREAK_PROXY_HTTP1_RECORDER_H_
#define FIREBREAK_PROXY_HTTP1_RECORDER_H_

#include <sys/uio.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/buffer.h"
#include "http/header_map.h"
#include "http/message.h"
#include "proxy/http/codec.h"
#include "proxy/http1/http1_codec.h"

namespace firebreak::proxy {

inline std::string Text(const http::HeaderMap& headers) {
  std::string out;
  for (size_t i = 0; i < headers.size(); ++i) {
    absl::StrAppend(&out, " [", headers[i].name, "=", headers[i].value, "]");
  }
  return out;
}

inline std::string FramingText(const std::optional<uint64_t>& length, bool chunked, bool has_body) {
  return absl::StrCat(length ? absl::StrCat(" length=", *length) : "", chunked ? " chunked" : "",
                      has_body ? " body" : "");
}

// Log is a line an event; body bytes that come in pieces make one line.
class Log {
 public:
  void Add(absl::string_view line) { absl::StrAppend(&text_, EndData(), line, "\n"); }
  void Data(absl::string_view bytes) {
    if (!in_data_) absl::StrAppend(&text_, "data ");
    in_data_ = true;
    absl::StrAppend(&text_, bytes);
  }
  std::string text() const { return absl::StrCat(text_, in_data_ ? "\n" : ""); }

 private:
  absl::string_view EndData() { return std::exchange(in_data_, false) ? "\n" : ""; }

  std::string text_;
  bool in_data_ = false;
};

// Wire is a codec's connection: what it is made with, and what has been written.
class Wire {
 public:
  SlabPool slabs;
  Buffer output{slabs};
  Log log;
  std::string written;
  bool peer_reads = true;
  int wakes = 0;

  // Feed hands bytes over in pieces of at most `piece`, each a turn of its own.
  void Feed(Codec& codec, absl::string_view bytes, size_t piece = absl::string_view::npos) {
    while (!bytes.empty()) {
      Turn(codec);
      if (!codec.wants_input()) break;
      const absl::string_view now = bytes.substr(0, piece);
      bytes.remove_prefix(now.size());
      codec.Receive(now);
    }
    Turn(codec);
  }
  // Turn does what a pump does, until nothing more comes of it.
  void Turn(Codec& codec) {
    do {
      wakes = 0;
      codec.Resume();
      codec.Produce();
      while (peer_reads && !output.empty()) {
        Drain();
        codec.Produce();
      }
    } while (wakes > 0);
  }

 private:
  void Drain() {
    iovec piece{};
    while (output.Front(&piece, 1) == 1) {
      written.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
      output.Drain(piece.iov_len);
    }
  }
};

// ServerRecorder answers each request when it has ended, unless `on_event` is set: it is then
// called after each event in place of answering.
class ServerRecorder final : public ServerHost, public StreamReader {
 public:
  explicit ServerRecorder(CodecOptions options = {}) {
    codec = MakeHttp1Server(options, wire.output, *this);
  }

  Wire wire;
  std::unique_ptr<Codec> codec;
  ServerStream* stream = nullptr;
  http::Request request;
  bool upgraded = false;
  int requests = 0;
  std::function<void(absl::string_view event)> on_event;  // "request", "data", "end", ...

  std::string Feed(absl::string_view bytes, size_t piece = absl::string_view::npos) {
    wire.Feed(*codec, bytes, piece);
    return wire.log.text();
  }
  std::string End() {
    codec->ReceiveEnd();
    wire.Turn(*codec);
    return wire.log.text();
  }
  void Respond(int status, absl::string_view body) {
    http::Response response;
    response.status = status;
    response.headers.Add("server", "test");
    response.content_length = body.size();
    stream->SendResponse(response, body.empty());
    if (body.empty()) return;
    stream->SendData(body);
    stream->SendEnd({});
  }
  void Switch() {
    http::Response response;
    response.status = 101;
    upgraded = true;
    stream->SendResponse(response, false);
  }
  std::string Outcome() const {
    return absl::StrCat(StateName(codec->state()), " ", codec->failure_code());
  }
  // Transcript ends the input, and is all there is to tell of the connection.
  std::string Transcript() {
    End();
    return absl::StrCat(wire.log.text(), Outcome(), "\n", wire.written);
  }
  static absl::string_view StateName(CodecState state) {
    switch (state) {
      case CodecState::kOpen:
        return "open";
      case CodecState::kDraining:
        return "draining";
      case CodecState::kDone:
        return "done";
      case CodecState::kFailed:
        return "failed";
    }
    return "";
  }

 private:
  void Wake() override { ++wire.wakes; }
  StreamReader* OnRequest(ServerStream& s, http::Request& r,
                          const http::Rejection* rejection) override {
    ++requests;
    stream = &s;
    request = std::move(r);
    upgraded = false;
    wire.log.Add(
        absl::StrCat("request ", request.method, " ", request.authority, " ", request.path,
                     request.has_query ? "?" : "", request.query, Text(request.headers),
                     FramingText(request.content_length, request.chunked, request.has_body)));
    if (rejection != nullptr) {
      wire.log.Add(absl::StrCat("rejection ", rejection->status, " ", rejection->code));
    }
    if (on_event) {
      on_event("request");
    } else if (rejection != nullptr) {
      Respond(rejection->status, "refused");
    }
    return this;
  }
  void OnMalformed(absl::string_view code) override {
    wire.log.Add(absl::StrCat("malformed ", code));
  }
  void OnData(absl::string_view bytes) override {
    wire.log.Data(bytes);
    if (on_event) on_event("data");
  }
  void OnEnd(const http::HeaderMap& trailers) override {
    wire.log.Add(absl::StrCat("end", Text(trailers)));
    if (on_event) return on_event("end");
    if (upgraded) return stream->SendEnd({});
    request.upgrade == http::Upgrade::kNone ? Respond(200, "ok") : Switch();
  }
  void OnFailure(StreamFailure failure) override {
    wire.log.Add(absl::StrCat("failure ", StreamErrorName(failure.error), " ", failure.code));
    stream = nullptr;
    if (on_event) on_event("failure");
  }
  void OnWritable() override {
    if (on_event) on_event("writable");
  }
};

// ClientRecorder sends a request at a time and writes down the response.
class ClientRecorder final : public CodecHost, public ResponseReader {
 public:
  explicit ClientRecorder(CodecOptions options = {}) {
    codec = MakeHttp1Client(options, wire.output, *this);
  }

  Wire wire;
  std::unique_ptr<ClientCodec> codec;
  ClientStream* stream = nullptr;
  std::function<void(absl::string_view event)> on_event;

  static http::Request RequestFor(absl::string_view method, absl::string_view path = "/") {
    http::Request request;
    request.method = std::string(method);
    request.scheme = "http";
    request.authority = "upstream:8080";
    request.path = std::string(path);
    return request;
  }
  static http::Request WebsocketRequest() {
    http::Request request = RequestFor("GET", "/chat");
    request.upgrade = http::Upgrade::kWebsocket;
    return request;
  }
  bool Send(const http::Request& request, bool end = true) {
    stream = codec->Request(request, end, *this);
    wire.Turn(*codec);
    return stream != nullptr;
  }
  std::string Feed(absl::string_view bytes, size_t piece = absl::string_view::npos) {
    wire.Feed(*codec, bytes, piece);
    return wire.log.text();
  }
  std::string End() {
    codec->ReceiveEnd();
    wire.Turn(*codec);
    return wire.log.text();
  }
  std::string Outcome() const {
    return absl::StrCat(ServerRecorder::StateName(codec->state()), " ", codec->failure_code());
  }
  std::string Transcript() {
    End();
    return absl::StrCat(wire.log.text(), Outcome(), "\n", wire.written);
  }

 private:
  void Wake() override { ++wire.wakes; }
  void Add(absl::string_view what, const http::Response& response) {
    wire.log.Add(
        absl::StrCat(what, " ", response.status, Text(response.headers),
                     FramingText(response.content_length, response.chunked, response.has_body)));
    if (on_event) on_event(what);
  }
  void OnInformational(http::Response& response) override { Add("informational", response); }
  void OnResponse(http::Response& response) override { Add("response", response); }
  void OnData(absl::string_view bytes) override {
    wire.log.Data(bytes);
    if (on_event) on_event("data");
  }
  void OnEnd(const http::HeaderMap& trailers) override {
    wire.log.Add(absl::StrCat("end", Text(trailers)));
    if (on_event) on_event("end");
  }
  void OnFailure(StreamFailure failure) override {
    wire.log.Add(absl::StrCat("failure ", StreamErrorName(failure.error), " ", failure.code));
    stream = nullptr;
    if (on_event) on_event("failure");
  }
  void OnWritable() override {
    if (on_event) on_event("writable");
  }
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_RECORDER_H_
