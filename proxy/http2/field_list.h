// FieldList is a message's headers in the form that nghttp2 takes.
#ifndef FIREBREAK_PROXY_HTTP2_FIELD_LIST_H_
#define FIREBREAK_PROXY_HTTP2_FIELD_LIST_H_

#include <nghttp2/nghttp2.h>

#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "http/header_map.h"
#include "http/message.h"

namespace firebreak::proxy {

// A FieldList borrows from the message it was made of. nghttp2 copies what it is given.
class FieldList {
 public:
  explicit FieldList(const http::Request& request);
  explicit FieldList(const http::Response& response);
  explicit FieldList(const http::HeaderMap& trailers) { AddAll(trailers); }
  FieldList(const FieldList&) = delete;
  FieldList& operator=(const FieldList&) = delete;

  absl::Span<const nghttp2_nv> fields() const { return fields_; }

 private:
  void Add(absl::string_view name, absl::string_view value);
  void AddAll(const http::HeaderMap& headers);

  absl::InlinedVector<nghttp2_nv, 24> fields_;
  std::string target_;  // of :path, when there is a query
  std::string status_;
  std::string content_length_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_FIELD_LIST_H_
