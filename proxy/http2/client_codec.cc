#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"

#include "http/canonical.h"
#include "http/message.h"
#include "proxy/http2/content_length.h"
#include "proxy/http2/field_list.h"
#include "proxy/http2/http2_codec.h"
#include "proxy/http2/session_codec.h"

namespace firebreak::proxy {
namespace {

// An upstream that sends more than this many ahead of its answer does nothing else.
constexpr int kMaxInformational = 16;

class Http2ClientStream final : public SessionStream<ClientStream> {
 public:
  Http2ClientStream(Http2Session& session, int32_t id, SlabPool& slabs, ResponseReader& reader)
      : SessionStream(session, id, slabs), reader_(reader) {
    SetReader(reader);
  }

  void Begin(bool end) { BeginOut(end); }

 private:
  bool OnField(absl::string_view name, absl::string_view value) override {
    if (!expects_headers()) {
      KeepTrailer(name, value);
      return true;
    }
    if (name == ":status") return absl::SimpleAtoi(value, &response_.status);
    if (name == "content-length") return ParseContentLength(value, response_.content_length);
    if (name[0] == ':') return false;
    response_.headers.Add(name, value);
    return true;
  }

  bool expects_headers() const override { return !answered_; }

  void OnHeaders(bool end_stream) override {
    response_.version = http::Version::kHttp2;
    response_.has_body = !end_stream;
    if (const auto rejection = http::CanonicaliseResponse(response_)) {
      return Refuse({StreamError::kMalformed, rejection->code});
    }
    if (response_.status < 200) return OnInformational();
    answered_ = true;
    if (!dead()) reader_.OnResponse(response_);
  }

  void OnInformational() {
    if (++informational_ > kMaxInformational) {
      return Refuse({StreamError::kLimit, "informational_flood"});
    }
    if (!dead()) reader_.OnInformational(response_);
    response_ = {};
  }

  void OnUntold(absl::string_view) override {}  // there is always a reader

  ResponseReader& reader_;
  http::Response response_;
  int informational_ = 0;
  bool answered_ = false;
};

class Http2Client final : public SessionCodec<ClientCodec> {
 public:
  Http2Client(const CodecOptions& options, Buffer& output, SlabPool& slabs, CodecHost& host)
      : SessionCodec(options, output, slabs, host, nullptr) {}

  ClientStream* Request(const http::Request& request, bool end, ResponseReader& reader) override {
    // There is no Upgrade in HTTP/2 (RFC 9113 section 8.6).
    if (room() == 0 || request.upgrade != http::Upgrade::kNone) return nullptr;
    const FieldList fields(request);
    const int32_t id = session_.SubmitRequest(fields.fields(), end);
    if (id <= 0) return nullptr;
    auto stream = std::make_unique<Http2ClientStream>(session_, id, slabs_, reader);
    Http2ClientStream* const opened = stream.get();
    session_.Adopt(std::move(stream));
    opened->Begin(end);
    return opened;
  }
  size_t room() const override { return session_.room(); }
  bool settled() const override { return session_.settled(); }
};

}  // namespace

std::unique_ptr<ClientCodec> MakeHttp2Client(const CodecOptions& options, Buffer& output,
                                             SlabPool& slabs, CodecHost& host) {
  return std::make_unique<Http2Client>(options, output, slabs, host);
}

}  // namespace firebreak::proxy
