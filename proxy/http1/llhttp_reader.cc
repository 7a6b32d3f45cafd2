#include "proxy/http1/llhttp_reader.h"

namespace firebreak::proxy {
namespace {

#if LLHTTP_VERSION_MAJOR < 9
static_assert(LLHTTP_STRICT_MODE == 1, "loose llhttp takes CR for a line end (CVE-2023-30589)");
#endif

http::Rejection RejectionOf(llhttp_errno_t error) {
  switch (error) {
    case HPE_INVALID_METHOD:
      return {501, "method_unknown"};
    case HPE_INVALID_URL:
      return {400, "request_target"};
    case HPE_INVALID_VERSION:
      return {400, "version"};
    case HPE_INVALID_HEADER_TOKEN:
    case HPE_UNEXPECTED_SPACE:
      return {400, "header_line"};
    case HPE_INVALID_CONTENT_LENGTH:
      return {400, "content_length"};
    case HPE_UNEXPECTED_CONTENT_LENGTH:
      return {400, "length_with_chunked"};
    case HPE_INVALID_TRANSFER_ENCODING:
      return {400, "transfer_encoding"};
    case HPE_INVALID_CHUNK_SIZE:
      return {400, "chunk_size"};
    case HPE_INVALID_STATUS:
      return {400, "status_line"};
    default:  // a list that grows with llhttp's releases
      return {400, "syntax"};
  }
}

}  // namespace

const llhttp_settings_t& LlhttpReader::Settings() {
  static const llhttp_settings_t settings = [] {
    llhttp_settings_t s;
    llhttp_settings_init(&s);
    s.on_headers_complete = [](llhttp_t* parser) {
      return static_cast<LlhttpReader*>(parser->data)->OnHeadersComplete();
    };
    s.on_chunk_header = [](llhttp_t* parser) {
      static_cast<LlhttpReader*>(parser->data)->chunk_size_ = parser->content_length;
      return 0;
    };
    s.on_body = [](llhttp_t* parser, const char* /*at*/, size_t length) {
      static_cast<LlhttpReader*>(parser->data)->body_bytes_ += length;
      return 0;
    };
    s.on_message_complete = [](llhttp_t* parser) {
      static_cast<LlhttpReader*>(parser->data)->message_complete_ = true;
      return 0;
    };
    return s;
  }();
  return settings;
}

void LlhttpReader::Begin() {
  llhttp_init(&llhttp_, kind_ == MessageKind::kRequest ? HTTP_REQUEST : HTTP_RESPONSE, &Settings());
  llhttp_.data = this;
  skip_body_ = false;
  head_complete_ = false;
  message_complete_ = false;
  chunked_ = false;
  content_length_.reset();
  chunk_size_.reset();
  body_bytes_ = 0;
}

std::optional<http::Rejection> LlhttpReader::Feed(absl::string_view bytes) {
  chunk_size_.reset();
  body_bytes_ = 0;
  const llhttp_errno_t error = llhttp_execute(&llhttp_, bytes.data(), bytes.size());
  // A 101 pauses newer releases, whatever upgrade says; there is nothing left to read then.
  if (error == HPE_OK || error == HPE_PAUSED_UPGRADE) return std::nullopt;
  return RejectionOf(error);
}

int LlhttpReader::OnHeadersComplete() {
  head_complete_ = true;
  chunked_ = (llhttp_.flags & F_CHUNKED) != 0;
  if ((llhttp_.flags & F_CONTENT_LENGTH) != 0) content_length_ = llhttp_.content_length;
  // Upgrade and CONNECT change nothing about the message that asks for them; left set, llhttp would
  // not read its body.
  llhttp_.upgrade = 0;
  return skip_body_ ? 1 : 0;
}

}  // namespace firebreak::proxy
