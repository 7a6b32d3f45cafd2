// Many exchanges at a time on a connection: HTTP/2 and gRPC over it.
#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>

#include "absl/strings/match.h"

#include "bench/load/http2_io.h"
#include "bench/load/server.h"

namespace firebreak::bench {
namespace {

constexpr char kDigits[] = "0123456789";

class Http2Server final : public ServedConnection {
 public:
  explicit Http2Server(int fd) : ServedConnection(fd) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, OnFrame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, OnStreamClose);
    nghttp2_session* session = nullptr;
    ok_ = nghttp2_session_server_new(&session, callbacks, this) == 0 && io_.Begin(session);
    nghttp2_session_callbacks_del(callbacks);
  }

  bool OnEvent(IoBuffer& scratch) override {
    return ok_ && io_.Send(fd()) && io_.Receive(fd(), scratch) && io_.Send(fd());
  }

 private:
  struct Stream {
    std::string path;
    bool framed = false;         // gRPC
    bool lasting = false;        // a message for each message, until the client ends
    bool ended = false;          // by the client
    uint64_t message_bytes = 0;  // of a response, without prefix
    uint64_t owed = 0;           // bytes of body to send
    uint64_t sent = 0;           // of the message under way
    // Of the request's messages: the prefix read so far, and what is left of the message.
    size_t prefix_read = 0;
    uint64_t length = 0;
    uint64_t message_left = 0;

    uint64_t whole() const { return message_bytes + (framed ? kGrpcPrefix : 0); }
  };

  // A path ends in the size of the response: /v1/resource-0/1024, /bench.Echo/Unary64.
  void Begin(int32_t id, Stream& stream) {
    const size_t last = stream.path.find_last_not_of(kDigits);
    stream.message_bytes =
        LeadingNumber(stream.path.c_str() + last + 1, stream.path.c_str() + stream.path.size());
    stream.lasting = absl::StartsWith(stream.path, "/bench.Echo/Stream");
    if (stream.lasting) Respond(id, stream);
  }

  void Respond(int32_t id, Stream& stream) {
    const std::string status = "200", server = "fbload";
    const std::string type = stream.framed ? "application/grpc" : "application/octet-stream";
    const std::string length = std::to_string(stream.whole());
    const nghttp2_nv fields[] = {Field(":status", status), Field("server", server),
                                 Field("content-type", type), Field("content-length", length)};
    nghttp2_data_provider provider = {};
    provider.source.ptr = &stream;
    provider.read_callback = ReadBody;
    const size_t count = stream.framed ? 3 : 4;
    if (nghttp2_submit_response(io_.session(), id, fields, count, &provider) != 0) ok_ = false;
  }

  void TakeMessages(int32_t id, Stream& stream, const uint8_t* data, size_t size) {
    while (size > 0) {
      if (stream.prefix_read < kGrpcPrefix) {
        if (stream.prefix_read++ > 0) stream.length = stream.length << 8 | *data;
        ++data;
        --size;
        if (stream.prefix_read < kGrpcPrefix) continue;
        stream.message_left = stream.length;
      }
      const size_t n = std::min<uint64_t>(size, stream.message_left);
      data += n;
      size -= n;
      stream.message_left -= n;
      if (stream.message_left > 0) return;
      stream.prefix_read = 0;
      stream.length = 0;
      stream.owed += stream.whole();
      nghttp2_session_resume_data(io_.session(), id);
    }
  }

  void End(int32_t id, Stream& stream) {
    stream.ended = true;
    if (stream.lasting) {
      nghttp2_session_resume_data(io_.session(), id);
      return;
    }
    stream.owed = stream.whole();
    Respond(id, stream);
  }

  // NOLINTNEXTLINE(readability-function-size): so nghttp2 declares it.
  static ssize_t ReadBody(nghttp2_session* session, int32_t id, uint8_t* out, size_t size,
                          uint32_t* flags, nghttp2_data_source* source, void* /*user*/) {
    auto& stream = *static_cast<Stream*>(source->ptr);
    if (stream.owed == 0 && !stream.ended) return NGHTTP2_ERR_DEFERRED;
    const uint64_t in_message = stream.whole() - stream.sent;
    const size_t n = std::min({static_cast<uint64_t>(size), stream.owed, in_message});
    FillMessage(stream.message_bytes, stream.framed, stream.sent, out, n);
    stream.owed -= n;
    stream.sent = (stream.sent + n) % std::max<uint64_t>(stream.whole(), 1);
    if (stream.owed == 0 && stream.ended) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (stream.framed) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        const std::string ok = "0";
        const nghttp2_nv trailer = Field("grpc-status", ok);
        nghttp2_submit_trailer(session, id, &trailer, 1);
      }
    }
    return static_cast<ssize_t>(n);
  }

  static Http2Server& Self(void* user) { return *static_cast<Http2Server*>(user); }

  // NOLINTNEXTLINE(readability-function-size): so nghttp2 declares it.
  static int OnHeader(nghttp2_session* /*session*/, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t /*flags*/,
                      void* user) {
    Stream& stream = *Self(user).Find(frame->hd.stream_id);
    const std::string field(reinterpret_cast<const char*>(name), name_size);
    if (field == ":path") stream.path.assign(reinterpret_cast<const char*>(value), value_size);
    if (field == "content-type") {
      const std::string type(reinterpret_cast<const char*>(value), value_size);
      stream.framed = type == "application/grpc";
    }
    return 0;
  }

  static int OnFrame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    Http2Server& self = Self(user);
    const bool headers = frame->hd.type == NGHTTP2_HEADERS;
    if (!headers && frame->hd.type != NGHTTP2_DATA) return 0;
    Stream& stream = *self.Find(frame->hd.stream_id);
    if (headers && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      self.Begin(frame->hd.stream_id, stream);
    }
    if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) self.End(frame->hd.stream_id, stream);
    return 0;
  }

  static int OnData(nghttp2_session* /*session*/, uint8_t /*flags*/, int32_t id,
                    const uint8_t* data, size_t size, void* user) {
    Http2Server& self = Self(user);
    Stream& stream = *self.Find(id);
    if (stream.lasting) self.TakeMessages(id, stream, data, size);
    return 0;
  }

  static int OnStreamClose(nghttp2_session* /*session*/, int32_t id, uint32_t /*error*/,
                           void* user) {
    Self(user).streams_.erase(id);
    return 0;
  }

  Stream* Find(int32_t id) {
    std::unique_ptr<Stream>& stream = streams_[id];
    if (stream == nullptr) stream = std::make_unique<Stream>();
    return stream.get();
  }

  Http2Io io_;
  bool ok_ = false;
  std::unordered_map<int32_t, std::unique_ptr<Stream>> streams_;
};

}  // namespace

std::unique_ptr<ServedConnection> MakeServedHttp2(int fd) {
  return std::make_unique<Http2Server>(fd);
}

}  // namespace firebreak::bench
