#include "proxy/http2/callbacks.h"

#include <cstdlib>

#include "absl/strings/string_view.h"

#include "proxy/http2/session.h"
#include "proxy/http2/stream_core.h"

namespace firebreak::proxy {
namespace {

// A DATA frame is padded only if we ask for it, and we do not: its header is all there is to it.
constexpr size_t kFrameHeaderBytes = 9;

Http2Session& Of(void* user_data) { return *static_cast<Http2Session*>(user_data); }

absl::string_view Text(const uint8_t* bytes, size_t count) {
  return {reinterpret_cast<const char*>(bytes), count};
}

absl::string_view Text(nghttp2_rcbuf* counted) {
  const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(counted);
  return Text(bytes.base, bytes.len);
}

int OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return Of(user_data).OnBeginHeaders(*frame);
}

int OnHeader(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name,
             nghttp2_rcbuf* value, uint8_t, void* user_data) {
  return Of(user_data).OnHeader(frame->hd.stream_id, Text(name), Text(value));
}

int OnInvalidHeader(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name,
                    nghttp2_rcbuf* value, uint8_t, void* user_data) {
  return Of(user_data).OnInvalidHeader(frame->hd.stream_id, Text(name), Text(value));
}

int OnFrameReceived(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return Of(user_data).OnFrameReceived(*frame);
}

int OnInvalidFrame(nghttp2_session*, const nghttp2_frame* frame, int lib_error, void* user_data) {
  return Of(user_data).OnInvalidFrame(*frame, lib_error);
}

int OnDataChunk(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t count,
                void* user_data) {
  return Of(user_data).OnData(id, Text(bytes, count));
}

int OnFrameSent(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
  return Of(user_data).OnFrameSent(*frame);
}

int OnFrameNotSent(nghttp2_session*, const nghttp2_frame* frame, int lib_error, void* user_data) {
  return Of(user_data).OnFrameNotSent(*frame, lib_error);
}

int OnStreamClosed(nghttp2_session*, int32_t id, uint32_t h2_error, void* user_data) {
  return Of(user_data).OnStreamClosed(id, h2_error);
}

int SendBody(nghttp2_session*, nghttp2_frame* frame, const uint8_t* frame_header, size_t count,
             nghttp2_data_source*, void* user_data) {
  StreamCore* const stream = Of(user_data).Find(frame->hd.stream_id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  stream->WriteOut(Text(frame_header, kFrameHeaderBytes), count);
  return 0;
}

// NOLINTNEXTLINE(readability-function-size): nghttp2 passes seven parameters.
ssize_t ReadBody(nghttp2_session*, int32_t id, uint8_t*, size_t most, uint32_t* data_flags,
                 nghttp2_data_source*, void* user_data) {
  StreamCore* const stream = Of(user_data).Find(id);
  if (stream == nullptr) return NGHTTP2_ERR_DEFERRED;
  return stream->ReadOut(most, data_flags);
}

nghttp2_session_callbacks* MakeCallbacks() {
  nghttp2_session_callbacks* table = nullptr;
  if (nghttp2_session_callbacks_new(&table) != 0) std::abort();  // no memory
  nghttp2_session_callbacks_set_on_begin_headers_callback(table, OnBeginHeaders);
  nghttp2_session_callbacks_set_on_header_callback2(table, OnHeader);
  nghttp2_session_callbacks_set_on_invalid_header_callback2(table, OnInvalidHeader);
  nghttp2_session_callbacks_set_on_frame_recv_callback(table, OnFrameReceived);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(table, OnInvalidFrame);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(table, OnDataChunk);
  nghttp2_session_callbacks_set_on_frame_send_callback(table, OnFrameSent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(table, OnFrameNotSent);
  nghttp2_session_callbacks_set_on_stream_close_callback(table, OnStreamClosed);
  nghttp2_session_callbacks_set_send_data_callback(table, SendBody);
  return table;
}

}  // namespace

const nghttp2_session_callbacks* SessionCallbacks() {
  static const nghttp2_session_callbacks* const table = MakeCallbacks();
  return table;
}

nghttp2_data_provider BodySource() {
  return {.source = {.ptr = nullptr}, .read_callback = ReadBody};
}

}  // namespace firebreak::proxy
