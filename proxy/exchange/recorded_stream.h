// RecordedStream is a client's stream that keeps what is sent on it, for tests.
#ifndef FIREBREAK_PROXY_EXCHANGE_RECORDED_STREAM_H_
#define FIREBREAK_PROXY_EXCHANGE_RECORDED_STREAM_H_

#include <optional>
#include <string>
#include <vector>

#include "proxy/http/codec.h"

namespace firebreak::proxy {

class RecordedStream final : public ServerStream {
 public:
  void SendData(absl::string_view bytes) override { body.append(bytes.data(), bytes.size()); }
  void SendEnd(const http::HeaderMap& fields) override {
    trailers = fields;
    ++ends;
  }
  void Reset(StreamError error) override { reset = error; }
  bool writable() const override { return true; }
  void Pause() override {}
  void Resume() override {}
  uint64_t id() const override { return 1; }
  void SendInformational(const http::Response& /*response*/) override { ++informational; }
  void SendResponse(const http::Response& sent, bool end) override {
    responses.push_back(sent);
    ends += end ? 1 : 0;
  }

  std::vector<http::Response> responses;
  std::string body;
  http::HeaderMap trailers;
  std::optional<StreamError> reset;
  int informational = 0;
  int ends = 0;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EXCHANGE_RECORDED_STREAM_H_
