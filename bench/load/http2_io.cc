#include "bench/load/http2_io.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace firebreak::bench {
namespace {

constexpr uint32_t kStreams = 1000;
constexpr int32_t kWindow = 1 << 20;
constexpr int32_t kConnectionWindow = 16 << 20;
constexpr size_t kSendAtOnce = size_t{256} * 1024;

}  // namespace

void FillMessage(uint64_t message_bytes, bool framed, uint64_t offset, uint8_t* out, size_t size) {
  memset(out, 'x', size);
  if (!framed) return;
  std::array<uint8_t, kGrpcPrefix> prefix = {};
  for (size_t i = 1; i < kGrpcPrefix; ++i) {
    prefix.at(i) = static_cast<uint8_t>(message_bytes >> (8 * (kGrpcPrefix - 1 - i)));
  }
  for (size_t i = 0; i < size && offset + i < kGrpcPrefix; ++i) out[i] = prefix.at(offset + i);
}

nghttp2_nv Field(const char* name, const std::string& value) {
  // nghttp2 copies both; its type wants them mutable.
  return {reinterpret_cast<uint8_t*>(const_cast<char*>(name)),
          reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), strlen(name), value.size(),
          NGHTTP2_NV_FLAG_NONE};
}

Http2Io::~Http2Io() { nghttp2_session_del(session_); }

bool Http2Io::Begin(nghttp2_session* session) {
  nghttp2_session_del(session_);
  session_ = session;
  out_.clear();
  sent_ = 0;
  const std::array<nghttp2_settings_entry, 2> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kStreams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow},
  }};
  return nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size()) ==
             0 &&
         nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kConnectionWindow) ==
             0;
}

bool Http2Io::Receive(int fd, IoBuffer& scratch) {
  while (true) {
    const ssize_t n = recv(fd, scratch.data(), scratch.size(), 0);
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN;
    const auto got = static_cast<size_t>(n);
    const auto* bytes = reinterpret_cast<const uint8_t*>(scratch.data());
    if (nghttp2_session_mem_recv(session_, bytes, got) != n) return false;
    if (got < scratch.size()) return true;
  }
}

bool Http2Io::Send(int fd) {
  while (true) {
    while (out_.size() < kSendAtOnce) {
      const uint8_t* bytes = nullptr;
      const ssize_t n = nghttp2_session_mem_send(session_, &bytes);
      if (n < 0) return false;
      if (n == 0) break;
      out_.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(n));
    }
    if (sent_ == out_.size()) return true;
    const ssize_t n = send(fd, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (n < 0) return errno == EAGAIN;
    sent_ += static_cast<size_t>(n);
    if (sent_ < out_.size()) continue;
    out_.clear();
    sent_ = 0;
  }
}

}  // namespace firebreak::bench
