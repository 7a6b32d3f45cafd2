// What nghttp2 tells a Session, by way of callbacks.cc.
#include <nghttp2/nghttp2.h>

#include <cstdint>

#include "proxy/http2/h2_error.h"
#include "proxy/http2/session.h"

namespace firebreak::proxy {
namespace {

// A header block this many times over the limit ends the connection, not only the stream.
constexpr size_t kHeaderFloodFactor = 4;
constexpr size_t kFrameHeaderBytes = 9;
// The identifier in a GOAWAY that only announces another (RFC 9113 section 6.8).
constexpr int32_t kShutdownNoticeId = 0x7fffffff;

}  // namespace

int Http2Session::OnBeginHeaders(const nghttp2_frame& frame) {
  const int32_t id = frame.hd.stream_id;
  if (frame.hd.type != NGHTTP2_HEADERS) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  if (acceptor_ != nullptr && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    Adopt(acceptor_->Accept(id));
    budget_.OnStreamOpened();
    // Streams take turns, whatever the peer would like (RFC 9218 section 7.1: signals are hints).
    const nghttp2_extpri in_turns = {.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1};
    nghttp2_session_change_extpri_stream_priority(session_, id, &in_turns, 1);
  }
  StreamCore* const stream = Find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  stream->BeginBlock();
  return 0;
}

int Http2Session::CountField(StreamCore& stream, absl::string_view name, absl::string_view value) {
  stream.CountField(name, value);
  return stream.block_over(kHeaderFloodFactor) ? Charge("h2_header_flood") : 0;
}

int Http2Session::OnHeader(int32_t id, absl::string_view name, absl::string_view value) {
  StreamCore* const stream = Find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  if (CountField(*stream, name, value) != 0) return NGHTTP2_ERR_CALLBACK_FAILURE;
  // The rest of a block that is over the limit is only counted.
  if (stream->block_over(1) || stream->OnField(name, value)) return 0;
  stream->Refuse({StreamError::kMalformed, H2LibraryErrorName(NGHTTP2_ERR_HTTP_HEADER)});
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

// nghttp2 would drop a regular field with bad characters and let the rest pass.
int Http2Session::OnInvalidHeader(int32_t id, absl::string_view name, absl::string_view value) {
  StreamCore* const stream = Find(id);
  if (stream != nullptr && CountField(*stream, name, value) != 0) {
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

// nghttp2 has arranged for what follows: a reset, or the end of the connection.
int Http2Session::OnInvalidFrame(const nghttp2_frame& frame, int lib_error) {
  StreamCore* const stream = Find(frame.hd.stream_id);
  if (stream != nullptr) {
    stream->Fail({StreamError::kMalformed, H2LibraryErrorName(lib_error)});
  } else {
    cut_.Add(frame.hd.stream_id);  // one stream too many
  }
  return 0;
}

int Http2Session::OnFrameReceived(const nghttp2_frame& frame) {
  StreamCore* const stream = Find(frame.hd.stream_id);
  const bool end_stream = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
      if (stream != nullptr) stream->EndBlock(end_stream);
      break;
    case NGHTTP2_DATA:
      if (stream != nullptr && end_stream) stream->OnEndStream();
      break;
    case NGHTTP2_RST_STREAM:
      return stream != nullptr ? OnResetReceived(*stream) : 0;
    case NGHTTP2_SETTINGS:
      settled_ = true;
      break;
    case NGHTTP2_GOAWAY:
      draining_ = last_goaway_ = true;
      break;
    case NGHTTP2_PING:
      // The answer to Drain's: every request sent before the notice was read has come.
      if (draining_ && is_server() && !last_goaway_ && (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) {
        nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                              nullptr, 0);
      }
      break;
    default:
      break;
  }
  // A callback may have found a breach.
  return broken() ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

int Http2Session::OnResetReceived(StreamCore& stream) {
  stream.OnPeerReset();
  const bool wasted = is_server() && !stream.dead() && !stream.out_begun();
  return wasted ? Charge(budget_.OnWastedStream()) : 0;
}

int Http2Session::OnData(int32_t id, absl::string_view bytes) {
  nghttp2_session_consume_connection(session_, bytes.size());
  StreamCore* const stream = Find(id);
  if (stream != nullptr) stream->OnData(bytes);
  return broken() ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

int Http2Session::OnFrameSent(const nghttp2_frame& frame) {
  const int32_t id = frame.hd.stream_id;
  StreamCore* const stream = Find(id);
  switch (frame.hd.type) {
    case NGHTTP2_DATA:
    case NGHTTP2_HEADERS:
      if (frame.hd.type == NGHTTP2_DATA) budget_.OnDataSent();
      // Our answer is complete: the peer need not go on with its request (RFC 9113 section 8.1).
      if (is_server() && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 && stream != nullptr &&
          !stream->in_ended()) {
        SubmitReset(id, NGHTTP2_NO_ERROR);
      }
      return 0;
    case NGHTTP2_GOAWAY:
      OnGoawaySent(frame.goaway);
      break;
    case NGHTTP2_RST_STREAM:
      ChargeReset(stream, frame.rst_stream.error_code);
      break;
    default:
      break;
  }
  control_bytes_ += kFrameHeaderBytes + frame.hd.length;
  return 0;
}

void Http2Session::OnGoawaySent(const nghttp2_goaway& goaway) {
  if (goaway.error_code != NGHTTP2_NO_ERROR && !broken()) {
    failure_code_ = H2ErrorName(goaway.error_code);  // nghttp2's own finding
  }
  if (goaway.last_stream_id != kShutdownNoticeId) last_goaway_ = true;
}

// A reset of ours is the peer's fault unless we chose it; a client has no peer that opens streams.
void Http2Session::ChargeReset(const StreamCore* stream, uint32_t h2_error) {
  if (!is_server() || h2_error == NGHTTP2_NO_ERROR) return;
  if (stream == nullptr && h2_error == NGHTTP2_REFUSED_STREAM) {
    Charge(budget_.OnRefusedStream());
  } else if (stream == nullptr || !stream->reset_at_will()) {
    Charge(budget_.OnWastedStream());
  }
}

int Http2Session::OnFrameNotSent(const nghttp2_frame& frame, int lib_error) {
  StreamCore* const stream = Find(frame.hd.stream_id);
  const bool ours =
      lib_error == NGHTTP2_ERR_FRAME_SIZE_ERROR || lib_error == NGHTTP2_ERR_HEADER_COMP;
  if (frame.hd.type != NGHTTP2_HEADERS || stream == nullptr || !ours) return 0;
  // A request that did not go out is closed by nghttp2 itself.
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) {
    SubmitReset(frame.hd.stream_id, NGHTTP2_INTERNAL_ERROR);
  }
  stream->Fail({StreamError::kInternal, "h2_headers_too_large_to_send"});
  return 0;
}

int Http2Session::OnStreamClosed(int32_t id, uint32_t h2_error) {
  StreamCore* const stream = Find(id);
  if (stream == nullptr) return 0;
  --on_wire_;
  // A peer may call its resets NO_ERROR as well.
  if (h2_error == NGHTTP2_NO_ERROR && !stream->peer_reset()) budget_.OnStreamCompleted();
  if (!stream->in_ended() && !stream->peer_reset()) cut_.Add(id);
  stream->OnWireClosed(h2_error);
  return 0;
}

}  // namespace firebreak::proxy
