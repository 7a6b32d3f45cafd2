#include "proxy/http2/field_list.h"

#include "absl/strings/str_cat.h"

namespace firebreak::proxy {
namespace {

// Values that must not be guessed at by the size of what is compressed with them (RFC 7541 section
// 7.1.3): streams of many callers may share a connection.
constexpr size_t kShortCookie = 20;

bool IsSecret(absl::string_view name, absl::string_view value) {
  return name == "authorization" || name == "proxy-authorization" ||
         (name == "cookie" && value.size() < kShortCookie);
}

// nghttp2_nv is not const-correct; nothing is written.
uint8_t* Bytes(absl::string_view text) {
  return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));
}

}  // namespace

FieldList::FieldList(const http::Request& request) {
  Add(":method", request.method);
  Add(":scheme", request.scheme);
  if (!request.authority.empty()) Add(":authority", request.authority);
  if (request.has_query) target_ = absl::StrCat(request.path, "?", request.query);
  Add(":path", request.has_query ? target_ : request.path);
  AddAll(request.headers);
  if (request.trailers_accepted) Add("te", "trailers");
  if (request.content_length.has_value()) {
    content_length_ = absl::StrCat(*request.content_length);
    Add("content-length", content_length_);
  }
}

FieldList::FieldList(const http::Response& response) {
  status_ = absl::StrCat(response.status);
  Add(":status", status_);
  AddAll(response.headers);
  // RFC 9110 section 8.6: not with these.
  const bool may_have_length = response.status >= 200 && response.status != 204;
  if (may_have_length && response.content_length.has_value()) {
    content_length_ = absl::StrCat(*response.content_length);
    Add("content-length", content_length_);
  }
}

void FieldList::Add(absl::string_view name, absl::string_view value) {
  fields_.push_back({.name = Bytes(name),
                     .value = Bytes(value),
                     .namelen = name.size(),
                     .valuelen = value.size(),
                     .flags = static_cast<uint8_t>(IsSecret(name, value) ? NGHTTP2_NV_FLAG_NO_INDEX
                                                                         : NGHTTP2_NV_FLAG_NONE)});
}

void FieldList::AddAll(const http::HeaderMap& headers) {
  for (size_t i = 0; i < headers.size(); ++i) Add(headers[i].name, headers[i].value);
}

}  // namespace firebreak::proxy
