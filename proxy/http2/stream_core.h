// StreamCore is what server and client streams have in common: the bytes on their way in and out,
// and how far each direction is.
#ifndef FIREBREAK_PROXY_HTTP2_STREAM_CORE_H_
#define FIREBREAK_PROXY_HTTP2_STREAM_CORE_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/string_view.h"

#include "base/buffer.h"
#include "base/recycler.h"
#include "http/header_map.h"
#include "proxy/http/codec.h"
#include "proxy/http/memory_budget.h"

namespace firebreak::proxy {

class Http2Session;

// A stream lives in its Http2Session's table from its first frame until both the wire and we are
// done with it:
//   wire: open -> closed (nghttp2 has told OnWireClosed)
//   ours: open -> over (our end given, and at a client OnEnd told) | dead (Reset, OnFailure told)
// The two come in any order. A stream that the wire has closed may still hold bytes for a reader
// that has paused; one that is over or dead waits for nghttp2 to let go of its identifier, and its
// reader hears nothing more.
class StreamCore : public Recycled {
 public:
  // Above this much that has not gone out, a stream is not writable, until half of it is left.
  static constexpr size_t kOutboxBytes = 65'536;

  StreamCore(Http2Session& session, int32_t id, SlabPool& slabs);
  virtual ~StreamCore() = default;
  StreamCore(const StreamCore&) = delete;
  StreamCore& operator=(const StreamCore&) = delete;

  int32_t id() const { return id_; }
  bool dead() const { return dead_; }
  bool in_begun() const { return in_begun_; }
  bool in_ended() const { return in_ended_; }
  bool out_ended() const { return out_ended_; }
  // TakeMoved: whether body bytes have left since it was last asked.
  bool TakeMoved() { return std::exchange(moved_, false); }
  bool done() const { return wire_closed_ && (dead_ || over()); }
  // Whether we reset it for a reason of our own, that is, not for a fault of the peer.
  bool reset_at_will() const { return reset_at_will_; }

  // The calls of proxy::Stream.
  void SendData(absl::string_view bytes);
  void SendEnd(const http::HeaderMap& trailers);
  void Reset(StreamError error);
  bool writable() const { return !full_; }
  // Whether the connection as a whole waits for its peer, and whoever is at the origin of the
  // stream already has its share of memory. A stream of which everything was taken never is: it
  // goes on piece by piece, however much others hold.
  bool crowded() const;
  void Pause() { paused_ = true; }
  void Resume();

  // What comes from the wire. A header block is BeginBlock, CountField and OnField for each field,
  // EndBlock.
  void BeginBlock();
  // CountField adds a field to what the block has cost, ahead of anything that is kept of it.
  void CountField(absl::string_view name, absl::string_view value);
  bool block_over(size_t times) const;
  // OnField keeps a field of the block; false: it is malformed.
  virtual bool OnField(absl::string_view name, absl::string_view value) = 0;
  void EndBlock(bool end_stream);
  void OnData(absl::string_view bytes);
  void OnEndStream();
  void OnPeerReset() { peer_reset_ = true; }
  bool peer_reset() const { return peer_reset_; }
  // OnWireClosed: nghttp2 has forgotten the stream.
  void OnWireClosed(uint32_t h2_error);
  bool wire_closed() const { return wire_closed_; }

  // Deliver tells the reader what was kept while it had paused.
  void Deliver();
  // Fail tells the reader that the stream has failed, once. Refuse resets it as well, for a fault
  // of the peer; Cut for no fault of the peer.
  void Fail(StreamFailure failure);
  void Refuse(StreamFailure failure);
  void Cut(StreamFailure failure);
  // TellWritable tells the reader so if there is room again.
  void TellWritable();
  // CutForMemory ends a stream that was given more than may be held.
  void CutForMemory() { Cut({StreamError::kLimit, kNoMemory}); }

  // ReadOut says how much of the next DATA frame there is, for nghttp2_data_source_read_callback;
  // WriteOut moves it to the output behind its frame header.
  ssize_t ReadOut(size_t most, uint32_t* data_flags);
  void WriteOut(absl::string_view frame_header, size_t count);

  // Whether our message, or an informational one ahead of it, has begun.
  bool out_begun() const { return out_begun_; }

 protected:
  static constexpr absl::string_view kNoMemory = "held_bytes";

  Http2Session& session() { return session_; }
  // From now on `reader` hears of the stream; with DropBody only of its end.
  void SetReader(StreamReader& reader);
  void DropBody() { drop_body_ = true; }
  // KeepTrailer keeps a field of the trailers as long as somebody waits for it.
  void KeepTrailer(absl::string_view name, absl::string_view value);
  // BeginOut: our headers are on their way, and with `end` all of our message.
  void BeginOut(bool end);

  // OnHeaders: a block of headers, not of trailers, is complete.
  virtual void OnHeaders(bool end_stream) = 0;
  virtual bool expects_headers() const = 0;  // else a block is trailers
  // OnUntold: the stream has failed before there was a reader to tell.
  virtual void OnUntold(absl::string_view code) = 0;

 private:
  StreamFailure FailureOf(uint32_t h2_error) const;
  void Die();
  bool over() const;
  void EndOut();
  void TellEnd();
  void DropInput();
  void LetGo();
  // Recount follows each change of what is held.
  void Recount();

  Http2Session& session_;
  const int32_t id_;
  StreamReader* reader_ = nullptr;
  Buffer inbox_;               // came while the reader had paused; at most one window
  Buffer outbox_;              // waits for the window and for room in the output
  size_t counted_outbox_ = 0;  // as the session knows it
  http::HeaderMap trailers_;   // came, and wait for the end to be told
  http::HeaderMap out_trailers_;
  MemoryCharge charge_;  // for all of these
  size_t block_bytes_ = 0;
  size_t block_fields_ = 0;

  bool wire_closed_ = false;
  bool peer_reset_ = false;
  bool dead_ = false;
  bool reset_at_will_ = false;
  bool delivering_ = false;  // the reader has bytes of inbox_ in its hands
  bool paused_ = false;
  bool drop_body_ = false;
  bool in_begun_ = false;  // a header block, or the start of one, received
  bool in_ended_ = false;  // END_STREAM received
  bool end_told_ = false;
  bool told_ = false;  // there is, or was, a reader
  bool out_begun_ = false;
  bool out_ended_ = false;  // our end was given
  bool full_ = false;
  bool moved_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_STREAM_CORE_H_
