// Http2Session runs one nghttp2_session: what both roles of an HTTP/2 connection have in common.
#ifndef FIREBREAK_PROXY_HTTP2_SESSION_H_
#define FIREBREAK_PROXY_HTTP2_SESSION_H_

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "base/buffer.h"
#include "proxy/http/codec.h"
#include "proxy/http2/budget.h"
#include "proxy/http2/cut_streams.h"
#include "proxy/http2/frame_scanner.h"
#include "proxy/http2/stream_core.h"

namespace firebreak::proxy {

// StreamAcceptor makes the streams that the peer opens; a server.
class StreamAcceptor {
 public:
  virtual std::unique_ptr<StreamCore> Accept(int32_t id) = 0;
  // OnBroken: the connection ends for a fault of the peer.
  virtual void OnBroken(absl::string_view code) = 0;

 protected:
  ~StreamAcceptor() = default;
};

// Calls enter a Http2Session by the functions of proxy::Codec, one at a time. While one runs,
// nghttp2 calls back (see callbacks.cc), readers are told, and they may call any stream; nghttp2
// itself is never entered twice. Streams that are done lie in `buried_` until the next call, since
// their functions may still be on the stack.
class Http2Session {
 public:
  // acceptor is null for a client.
  Http2Session(const CodecOptions& options, Buffer& output, CodecHost& host,
               StreamAcceptor* acceptor);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // The calls of proxy::Codec.
  void Receive(absl::string_view bytes);
  void ReceiveEnd();
  void ReceiveFailure();
  void Resume();
  void Produce();
  void Drain();
  void EndStalled();
  bool wants_input() const { return !broken() && !input_ended_ && !lost_; }
  CodecState state() const;
  absl::string_view failure_code() const { return failure_code_; }
  size_t live_streams() const { return live_; }
  bool receiving_headers() const { return wants_input() && scanner_.in_header_block(); }

  bool broken() const { return !failure_code_.empty(); }
  // room is how many requests a client may open now.
  size_t room() const;
  bool settled() const { return settled_; }
  // SubmitRequest returns the identifier of its stream, which is to be adopted next; negative when
  // nghttp2 has none to give.
  int32_t SubmitRequest(absl::Span<const nghttp2_nv> fields, bool end);
  void Adopt(std::unique_ptr<StreamCore> stream);

  // For streams.
  const CodecOptions& options() const { return options_; }
  bool is_server() const { return acceptor_ != nullptr; }
  void SubmitInformational(int32_t id, absl::Span<const nghttp2_nv> fields);
  void SubmitResponse(int32_t id, absl::Span<const nghttp2_nv> fields, bool end);
  void SubmitTrailers(int32_t id, absl::Span<const nghttp2_nv> fields);
  void SubmitReset(int32_t id, uint32_t h2_error);
  void ResumeData(int32_t id);
  void ConsumeStream(int32_t id, size_t bytes);
  void WantDelivery(int32_t id);
  void WantWritable(int32_t id) { writable_.push_back(id); }
  // WantUncrowded: told as writable once the stream is not crowded any more.
  void WantUncrowded(int32_t id) { crowded_.insert(id); }
  void WantCut(int32_t id);
  bool output_full() const { return output_.size() >= options_.write_high_bytes; }
  Buffer& output() { return output_; }
  // What waits in the outboxes of all streams.
  size_t waiting_bytes() const { return waiting_bytes_; }
  void OnOutboxChange(size_t before, size_t after) { waiting_bytes_ += after - before; }
  void OnMessageEnd() { answered_ = true; }
  // OnDead: a stream no longer counts as live. Bury ends a stream that is done.
  void OnDead() { --live_; }
  void Bury(StreamCore& stream);

  // From nghttp2 (session_events.cc). A result other than 0 is NGHTTP2_ERR_CALLBACK_FAILURE, which
  // ends the session, or NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE, which resets the stream.
  int OnBeginHeaders(const nghttp2_frame& frame);
  int OnHeader(int32_t id, absl::string_view name, absl::string_view value);
  int OnInvalidHeader(int32_t id, absl::string_view name, absl::string_view value);
  int OnFrameReceived(const nghttp2_frame& frame);
  int OnInvalidFrame(const nghttp2_frame& frame, int lib_error);
  int OnData(int32_t id, absl::string_view bytes);
  int OnFrameSent(const nghttp2_frame& frame);
  int OnFrameNotSent(const nghttp2_frame& frame, int lib_error);
  int OnStreamClosed(int32_t id, uint32_t h2_error);
  StreamCore* Find(int32_t id) const;

 private:
  // Entry marks that a call of the codec runs.
  class Entry;

  void SubmitPreface();
  // Break ends the connection; GOAWAY follows with the next Pump. Charge does so for a breach of
  // the budget, if there is one. Both return what a callback returns.
  int Break(absl::string_view code, uint32_t h2_error);
  int Charge(absl::string_view breach);
  void ChargeReset(const StreamCore* stream, uint32_t h2_error);
  void Wake();
  // Gone: the stream was opened, and has ended on the wire.
  bool Gone(int32_t id) const;
  // CheckFrame looks at the header of a frame before nghttp2 does.
  void CheckFrame(const FrameHeader& frame);
  int CountField(StreamCore& stream, absl::string_view name, absl::string_view value);
  int OnResetReceived(StreamCore& stream);
  void OnGoawaySent(const nghttp2_goaway& goaway);
  // Pump moves frames from nghttp2 to the output, then tells streams what came of it.
  void Pump();
  void PumpFrames();
  // TellWritable tells every stream that has become so.
  void TellWritable();
  // ErrorOfLoss is what the end of the connection means for a stream.
  StreamError ErrorOfLoss(const StreamCore& stream) const;
  // CutStuck ends what waits for a peer that will say nothing more.
  void CutStuck();
  void FailAll(StreamFailure failure);
  std::vector<int32_t> Ids() const;

  const CodecOptions options_;
  Buffer& output_;
  CodecHost& host_;
  StreamAcceptor* const acceptor_;
  nghttp2_session* session_ = nullptr;
  FrameScanner scanner_;
  Budget budget_;
  CutStreams cut_;

  absl::flat_hash_map<int32_t, std::unique_ptr<StreamCore>> streams_;
  mutable StreamCore* found_ = nullptr;  // in streams_, last: a frame asks for its own often
  std::vector<std::unique_ptr<StreamCore>> buried_;
  std::vector<int32_t> deliverable_;  // resumed, with bytes kept
  std::vector<int32_t> writable_;     // have become so
  absl::btree_set<int32_t> crowded_;  // would be, but for others
  std::vector<int32_t> cut_next_;     // given more than may be held
  size_t waiting_bytes_ = 0;
  size_t live_ = 0;           // streams that are not dead
  size_t on_wire_ = 0;        // streams that nghttp2 has not closed
  size_t control_bytes_ = 0;  // of the output: neither bodies nor messages
  int32_t last_id_ = 0;       // the highest that was opened by anybody

  absl::string_view failure_code_;
  bool entered_ = false;
  bool settled_ = false;   // SETTINGS received
  bool answered_ = false;  // a whole message came on some stream
  bool draining_ = false;
  bool last_goaway_ = false;  // GOAWAY with the final identifier was sent or received
  bool input_ended_ = false;
  bool lost_ = false;
  bool streams_failed_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_SESSION_H_
