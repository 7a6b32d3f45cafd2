// Many exchanges at a time on a connection: HTTP/2 and gRPC over it.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "bench/load/channel.h"
#include "bench/load/http2_io.h"

namespace firebreak::bench {
namespace {

class Http2Channel final : public Channel {
 public:
  Http2Channel(const LoadOptions& options, int epoll_fd, IoBuffer& scratch, SlotOwner& owner)
      : Channel(options, epoll_fd, scratch, owner, static_cast<size_t>(options.streams)),
        framed_(options.protocol != Protocol::kHttp2),
        lasting_(options.protocol == Protocol::kGrpcStream),
        request_bytes_(options.exchange.request_bytes + (framed_ ? kGrpcPrefix : 0)),
        response_bytes_(options.exchange.response_bytes + (framed_ ? kGrpcPrefix : 0)),
        path_(PathOf(options)),
        streams_(slots().size()) {
    nghttp2_session_callbacks_new(&callbacks_);
    nghttp2_session_callbacks_set_on_header_callback(callbacks_, OnHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks_, OnFrame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks_, OnData);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks_, OnStreamClose);
  }
  ~Http2Channel() override { nghttp2_session_callbacks_del(callbacks_); }

 private:
  // What is under way in the slot of the same index.
  struct Stream {
    int32_t id = -1;
    uint64_t sent = 0;
    uint64_t receive_left = 0;
    bool status_ok = false;
    bool grpc_ok = false;
  };

  static std::string PathOf(const LoadOptions& options) {
    const std::string size = std::to_string(options.exchange.response_bytes);
    switch (options.protocol) {
      case Protocol::kRaw:
      case Protocol::kHttp1:
      case Protocol::kHttp2:
        return "/v1/resource-0/" + size;
      case Protocol::kGrpc:
        return "/bench.Echo/Unary" + size;
      case Protocol::kGrpcStream:
        return "/bench.Echo/Stream" + size;
    }
    return "";
  }

  void Reset() override {
    nghttp2_session* session = nullptr;
    broken_ = nghttp2_session_client_new(&session, callbacks_, this) != 0 || !io_.Begin(session);
    for (Stream& stream : streams_) stream = Stream();
  }

  void Begin(Slot& slot) override {
    Stream& stream = streams_[slot.index];
    stream.sent = 0;
    stream.receive_left = response_bytes_;
    if (lasting_ && stream.id >= 0) {
      if (nghttp2_session_resume_data(io_.session(), stream.id) != 0) broken_ = true;
      return;
    }
    stream.status_ok = false;
    stream.grpc_ok = !framed_ || lasting_;
    stream.id = Submit(slot);
    if (stream.id < 0) broken_ = true;
  }

  int32_t Submit(Slot& slot) {
    const bool body = request_bytes_ > 0;
    std::vector<nghttp2_nv> fields = {Field(":method", body ? post_ : get_),
                                      Field(":scheme", scheme_), Field(":authority", authority_),
                                      Field(":path", path_),
                                      Field("user-agent", framed_ ? grpc_agent_ : agent_)};
    if (framed_) {
      fields.push_back(Field("content-type", grpc_type_));
      fields.push_back(Field("te", trailers_));
    } else if (body) {
      fields.push_back(Field("content-type", type_));
      fields.push_back(Field("content-length", length_));
    }
    nghttp2_data_provider provider = {};
    provider.source.ptr = &slot;
    provider.read_callback = ReadBody;
    return nghttp2_submit_request(io_.session(), nullptr, fields.data(), fields.size(),
                                  body ? &provider : nullptr, &slot);
  }

  // Exchanges that start while input is acted on are sent together.
  bool Move() override {
    if (broken_) return false;
    if (!io_.Send(fd()) || !io_.Receive(fd(), scratch()) || broken_) return false;
    return !connected() || io_.Send(fd());
  }

  bool OnIdleEvent(uint32_t /*events*/) override { return !connected() || Move(); }

  Stream& StreamOf(const Slot& slot) { return streams_[slot.index]; }

  static Http2Channel& Self(void* user) { return *static_cast<Http2Channel*>(user); }
  static Slot* SlotOf(nghttp2_session* session, int32_t id) {
    return static_cast<Slot*>(nghttp2_session_get_stream_user_data(session, id));
  }

  // NOLINTNEXTLINE(readability-function-size): so nghttp2 declares it.
  static ssize_t ReadBody(nghttp2_session* /*session*/, int32_t /*id*/, uint8_t* out, size_t size,
                          uint32_t* flags, nghttp2_data_source* source, void* user) {
    Http2Channel& self = Self(user);
    Stream& stream = self.StreamOf(*static_cast<Slot*>(source->ptr));
    const uint64_t left = self.request_bytes_ - stream.sent;
    if (left == 0) return NGHTTP2_ERR_DEFERRED;
    const size_t n = std::min<uint64_t>(left, size);
    FillMessage(self.options().exchange.request_bytes, self.framed_, stream.sent, out, n);
    stream.sent += n;
    if (n == left && !self.lasting_) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(n);
  }

  // NOLINTNEXTLINE(readability-function-size): so nghttp2 declares it.
  static int OnHeader(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t /*flags*/,
                      void* user) {
    const Slot* slot = SlotOf(session, frame->hd.stream_id);
    if (slot == nullptr) return 0;
    Stream& stream = Self(user).StreamOf(*slot);
    const std::string field(reinterpret_cast<const char*>(name), name_size);
    const std::string text(reinterpret_cast<const char*>(value), value_size);
    if (field == ":status") stream.status_ok = text == "200";
    if (field == "grpc-status") stream.grpc_ok = text == "0";
    return 0;
  }

  static int OnFrame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type == NGHTTP2_GOAWAY) Self(user).broken_ = true;
    return 0;
  }

  static int OnData(nghttp2_session* session, uint8_t /*flags*/, int32_t id,
                    const uint8_t* /*data*/, size_t size, void* user) {
    Http2Channel& self = Self(user);
    Slot* slot = SlotOf(session, id);
    if (slot == nullptr) return 0;
    Stream& stream = self.StreamOf(*slot);
    if (size > stream.receive_left) {
      self.broken_ = true;
      return 0;
    }
    stream.receive_left -= size;
    if (self.lasting_ && stream.receive_left == 0) self.Finish(*slot, stream.status_ok);
    return 0;
  }

  static int OnStreamClose(nghttp2_session* session, int32_t id, uint32_t error, void* user) {
    Http2Channel& self = Self(user);
    Slot* slot = SlotOf(session, id);
    if (slot == nullptr) return 0;
    Stream& stream = self.StreamOf(*slot);
    stream.id = -1;
    const bool ok = error == NGHTTP2_NO_ERROR && stream.status_ok && stream.grpc_ok &&
                    stream.receive_left == 0 && !self.lasting_;
    if (slot->busy) self.Finish(*slot, ok);
    return 0;
  }

  const bool framed_;
  const bool lasting_;
  const uint64_t request_bytes_;  // of the body
  const uint64_t response_bytes_;
  const std::string get_ = "GET", post_ = "POST", scheme_ = "http", authority_ = "bench.example";
  const std::string path_, agent_ = "fbload", grpc_agent_ = "grpc-fbload/1";
  const std::string type_ = "application/octet-stream", grpc_type_ = "application/grpc";
  const std::string trailers_ = "trailers", length_ = std::to_string(request_bytes_);
  nghttp2_session_callbacks* callbacks_ = nullptr;
  Http2Io io_;
  bool broken_ = false;
  std::vector<Stream> streams_;
};

}  // namespace

std::unique_ptr<Channel> MakeHttp2Channel(const LoadOptions& options, int epoll_fd,
                                          IoBuffer& scratch, SlotOwner& owner) {
  return std::make_unique<Http2Channel>(options, epoll_fd, scratch, owner);
}

}  // namespace firebreak::bench
