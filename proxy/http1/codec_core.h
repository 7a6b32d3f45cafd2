// CodecCore is what both sides of an HTTP/1.1 connection have in common: input that is kept, room
// in the output, how the connection ends, and the stream by which the host reaches the one exchange
// that is under way.
#ifndef FIREBREAK_PROXY_HTTP1_CODEC_CORE_H_
#define FIREBREAK_PROXY_HTTP1_CODEC_CORE_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

#include "base/buffer.h"
#include "http/header_map.h"
#include "proxy/http/codec.h"
#include "proxy/http1/kept_input.h"
#include "proxy/http1/message_parser.h"
#include "proxy/http1/message_writer.h"

namespace firebreak::proxy {

// ExchangeFacts is what both sides know of the current exchange. A side adds what it alone knows,
// and `reader`, whom it tells.
struct ExchangeFacts {
  bool live = false;
  bool to_head = false;    // the method is HEAD
  bool upgrade = false;    // asked for
  bool raw = false;        // and granted: both directions are bytes of another protocol
  bool out_ended = false;  // our message is complete, or our direction of a raw one
  bool end_told = false;   // OnEnd was called
  bool paused = false;
  bool starved = false;  // OnWritable is owed
};

// Side names the classes of one side: Codec and Stream of the seam, and Exchange, which adds to
// ExchangeFacts. Work is done in steps (see KeptInput), from Receive and the like; calls to the
// stream only note and write, and have the host come back.
//
//   between --a head came; Request--> live --both messages are complete--> between
//                                       |  --a 101--> raw --either direction ends--+
//                                       +--Reset, a failure------------------------+--> closed
//
// Closed is beside these: Close may come while an exchange lives, for what is to be its last words
// or because nothing more is read. What is owed to its reader is told all the same.
template <typename Side>
class CodecCore : public Side::Codec {
 public:
  void Receive(absl::string_view bytes) final { Run(bytes); }
  void ReceiveEnd() final {
    input_ended_ = true;
    Run({});
  }
  void Resume() final { Run({}); }
  void Produce() final {
    if (exchange_.starved && writable()) {
      exchange_.starved = false;
      exchange_.reader->OnWritable();
    }
    Run({});
  }
  CodecState state() const final {
    if (closed_) return *closed_;
    return closing_ ? CodecState::kDraining : CodecState::kOpen;
  }
  absl::string_view failure_code() const final { return failure_code_; }
  size_t live_streams() const final { return exchange_.live ? 1 : 0; }

 protected:
  using Exchange = typename Side::Exchange;

  // CurrentStream is the host's end of whatever exchange is current. It has a class of its own
  // because Codec and Stream both have a Resume.
  class CurrentStream : public Side::Stream {
   public:
    explicit CurrentStream(CodecCore& core) : core_(core) {}
    CurrentStream(const CurrentStream&) = delete;
    CurrentStream& operator=(const CurrentStream&) = delete;

    void SendData(absl::string_view bytes) final {
      core_.SendData(bytes);
      core_.Soon();
    }
    void SendEnd(const http::HeaderMap& trailers) final {
      core_.SendEnd(trailers);
      core_.Soon();
    }
    void Reset(StreamError error) final {
      core_.ResetStream(error);
      core_.Soon();
    }
    bool writable() const final { return core_.writable(); }
    void Pause() final { core_.exchange_.paused = true; }
    void Resume() final {
      core_.exchange_.paused = false;
      core_.Soon();
    }
    uint64_t id() const final { return core_.id_; }

   protected:
    ~CurrentStream() = default;

   private:
    CodecCore& core_;
  };

  // Output and host outlive the codec.
  CodecCore(const CodecOptions& options, Buffer& output, CodecHost& host, MessageKind received)
      : options_(options),
        output_(output),
        parser_(received, {static_cast<size_t>(options.max_header_bytes),
                           static_cast<size_t>(options.max_header_fields)}),
        writer_(output),
        host_(host) {}

  // What the host does to the current stream.
  virtual void SendData(absl::string_view bytes) = 0;
  virtual void SendEnd(const http::HeaderMap& trailers) = 0;
  virtual void ResetStream(StreamError error) = 0;

  // Steps take bytes off the front of the input, and return false when nothing more can be done for
  // now. TellOwed tells a reader what is owed to it, also when the connection is closed; between
  // and during exchanges the others follow.
  virtual bool TellOwed() = 0;
  virtual bool StepBetween(absl::string_view& input) = 0;
  virtual bool StepExchange(absl::string_view& input) = 0;

  bool HasRoom() const { return output_.size() < options_.write_high_bytes; }
  bool writable() const { return exchange_.live && HasRoom(); }
  // After a 101, the end of our direction is the end of both.
  bool RawIsOver() const { return exchange_.raw && exchange_.out_ended; }

  void StartExchange() {
    exchange_ = Exchange();
    exchange_.live = true;
    id_ = id_ == 0 ? 1 : id_ + 2;
  }
  // Fail is the last a reader hears.
  void Fail(StreamFailure failure) {
    if (!exchange_.live) return;
    auto* const reader = exchange_.reader;
    exchange_ = Exchange();
    reader->OnFailure(failure);
  }
  // Close ends the connection; the first code stands.
  void Close(CodecState state, absl::string_view code = {}) {
    closed_ = state;
    if (failure_code_.empty()) failure_code_ = code;
  }
  // Soon has the host come back, to write and to go on with what was kept, unless it is here
  // anyway.
  void Soon() {
    if (!input_.running()) host_.Wake();
  }

  const CodecOptions options_;
  Buffer& output_;
  MessageParser parser_;
  MessageWriter writer_;
  KeptInput input_;
  Exchange exchange_;
  uint64_t id_ = 0;  // of the current exchange, or of the last
  bool input_ended_ = false;
  bool closing_ = false;  // no exchange after this one
  std::optional<CodecState> closed_;
  absl::string_view failure_code_;

 private:
  void Run(absl::string_view fresh) {
    input_.Run(fresh, [this](absl::string_view& input) { return Step(input); });
  }
  bool Step(absl::string_view& input) {
    if (TellOwed()) return true;
    if (closed_) {
      input = {};
      return false;
    }
    return exchange_.live ? StepExchange(input) : StepBetween(input);
  }

  CodecHost& host_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_CODEC_CORE_H_
