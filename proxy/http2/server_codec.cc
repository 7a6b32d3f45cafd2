#include <cstdint>
#include <memory>
#include <string>

#include "http/canonical.h"
#include "http/message.h"
#include "proxy/http2/content_length.h"
#include "proxy/http2/field_list.h"
#include "proxy/http2/http2_codec.h"
#include "proxy/http2/session_codec.h"

namespace firebreak::proxy {
namespace {

class Http2ServerStream final : public SessionStream<ServerStream> {
 public:
  Http2ServerStream(Http2Session& session, int32_t id, SlabPool& slabs, ServerHost& host)
      : SessionStream(session, id, slabs), host_(host) {}

  void SendInformational(const http::Response& response) override {
    if (dead() || wire_closed() || out_begun()) return;
    session().SubmitInformational(StreamCore::id(), FieldList(response).fields());
  }

  void SendResponse(const http::Response& response, bool end) override {
    if (dead() || out_begun()) return;
    if (!wire_closed()) {
      session().SubmitResponse(StreamCore::id(), FieldList(response).fields(), end);
    }
    BeginOut(end);
  }

 private:
  bool OnField(absl::string_view name, absl::string_view value) override {
    if (!expects_headers()) {
      KeepTrailer(name, value);
      return true;
    }
    if (name == "content-length") return ParseContentLength(value, request_.content_length);
    if (name[0] != ':') {
      request_.headers.Add(name, value);
      return true;
    }
    return OnPseudoField(name, value);
  }

  // nghttp2 has checked that there is one of each, ahead of the other fields.
  bool OnPseudoField(absl::string_view name, absl::string_view value) {
    std::string* const part = name == ":method"      ? &request_.method
                              : name == ":scheme"    ? &request_.scheme
                              : name == ":authority" ? &request_.authority
                              : name == ":path"      ? &request_.path
                                                     : nullptr;
    if (part == nullptr) return false;
    part->assign(value.data(), value.size());
    return true;
  }

  bool expects_headers() const override { return !asked_; }

  void OnHeaders(bool end_stream) override {
    asked_ = true;
    request_.version = http::Version::kHttp2;
    request_.has_body = !end_stream;
    const auto rejection = http::Canonicalise(session().options().paths, request_);
    if (rejection.has_value() && rejection->malformed) {
      return Refuse({StreamError::kMalformed, rejection->code});
    }
    if (rejection.has_value()) DropBody();
    SetReader(*host_.OnRequest(*this, request_, rejection.has_value() ? &*rejection : nullptr));
  }

  void OnUntold(absl::string_view code) override {
    request_.version = http::Version::kHttp2;
    host_.OnMalformedRequest(request_, code);
  }

  ServerHost& host_;
  http::Request request_;
  bool asked_ = false;  // the host knows of the request, or it was refused
};

class Http2Server final : private StreamAcceptor, public SessionCodec<Codec> {
 public:
  Http2Server(const CodecOptions& options, Buffer& output, SlabPool& slabs, ServerHost& host)
      : SessionCodec(options, output, slabs, host, this), host_(host) {}

  void EndStalled() override { session_.EndStalled(); }

 private:
  std::unique_ptr<StreamCore> Accept(int32_t id) override {
    return std::make_unique<Http2ServerStream>(session_, id, slabs_, host_);
  }
  void OnBroken(absl::string_view code) override { host_.OnMalformed(code); }

  ServerHost& host_;
};

}  // namespace

std::unique_ptr<Codec> MakeHttp2Server(const CodecOptions& options, Buffer& output, SlabPool& slabs,
                                       ServerHost& host) {
  return std::make_unique<Http2Server>(options, output, slabs, host);
}

}  // namespace firebreak::proxy
