#include "proxy/http1/message_writer.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "http/field.h"

namespace firebreak::proxy {
namespace {

// Reason is the phrase for a status that we or an upstream may send; an empty one is as good (RFC
// 9112 section 4), and kept for all others.
absl::string_view Reason(int status) {
  struct Phrase {
    int status;
    absl::string_view text;
  };
  static constexpr Phrase kPhrases[] = {
      {100, "Continue"},
      {101, "Switching Protocols"},
      {103, "Early Hints"},
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
  };
  for (const Phrase& phrase : kPhrases) {
    if (phrase.status == status) return phrase.text;
  }
  return {};
}

constexpr absl::string_view kCrlf = "\r\n";
// An idle connection keeps no more memory than this for the next head.
constexpr size_t kMaxKeptBytes = 1'024;

// What HTTP/2 or a filter may have let through must not become framing here: RFC 9110 section 5.5
// has each of these bytes replaced by a space.
std::string OneLine(absl::string_view text) {
  constexpr absl::string_view kBreaks("\r\n\0", 3);
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [&](char c) { return kBreaks.find(c) != absl::string_view::npos; },
      ' ');
  return line;
}

void AppendOneLine(absl::string_view text, std::string& out) {
  absl::StrAppend(&out, http::IsFieldValue(text) ? text : OneLine(text));
}

// A request with one of these methods and without a body says so (RFC 9110 section 8.6).
bool AnnouncesEmptyBody(absl::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

}  // namespace

void MessageWriter::StartRequest(const http::Request& request, bool end) {
  absl::StrAppend(&text_, request.method, " ");
  AppendOneLine(request.path, text_);
  if (request.has_query) {
    text_.push_back('?');
    AppendOneLine(request.query, text_);
  }
  absl::StrAppend(&text_, " HTTP/1.1\r\n");
  Field("host", request.authority);
  Fields(request.headers);
  body_ = Body::kNone;
  const bool upgrade = request.upgrade != http::Upgrade::kNone;
  if (upgrade) {
    Field("upgrade", "websocket");
    Field("connection", request.trailers_accepted ? "upgrade, te" : "upgrade");
  } else if (request.trailers_accepted) {
    Field("connection", "te");
  }
  if (request.trailers_accepted) Field("te", "trailers");
  if (!upgrade && end && (request.content_length || AnnouncesEmptyBody(request.method))) {
    Counted(0);
  } else if (!upgrade && !end && request.content_length) {
    Counted(*request.content_length);
  } else if (!upgrade && !end) {
    Chunked();
  }
  Flush();
}

void MessageWriter::StartResponse(const http::Response& response, const ResponseRules& rules,
                                  bool end) {
  const bool bodiless = response.status == 204 || response.status == 304;
  StatusLine(response.status);
  Fields(response.headers);
  body_ = Body::kNone;
  left_ = 0;
  if (rules.to_head || bodiless) {
    // The length that a GET would have had; 204 never has one (RFC 9110 section 8.6).
    if (response.content_length && response.status != 204) {
      Field("content-length", absl::StrCat(*response.content_length));
    }
  } else if (end) {
    Counted(0);
  } else if (response.content_length) {
    Counted(*response.content_length);
  } else if (rules.chunked_allowed) {
    Chunked();
  } else {
    body_ = Body::kUntilClose;
  }
  if (rules.close || body_ == Body::kUntilClose) Field("connection", "close");
  Flush();
}

void MessageWriter::WriteInterim(const http::Response& response) {
  StatusLine(response.status);
  if (response.status == 101) {
    Field("upgrade", "websocket");
    Field("connection", "upgrade");
    body_ = Body::kUntilClose;
  }
  Fields(response.headers);
  Flush();
}

void MessageWriter::Data(absl::string_view bytes) {
  switch (body_) {
    case Body::kNone:
      return;
    case Body::kCounted:
      bytes = bytes.substr(0, std::min<uint64_t>(left_, bytes.size()));
      left_ -= bytes.size();
      break;
    case Body::kChunked:
      if (bytes.empty()) return;  // an empty chunk would be the last
      output_.Append(absl::StrCat(absl::Hex(bytes.size()), kCrlf));
      output_.Append(bytes);
      output_.Append(kCrlf);
      return;
    case Body::kUntilClose:
      break;
  }
  output_.Append(bytes);
}

bool MessageWriter::End(const http::HeaderMap& trailers) {
  if (body_ == Body::kCounted) return left_ == 0;
  if (body_ == Body::kChunked) {
    absl::StrAppend(&text_, "0\r\n");
    Fields(trailers);
    Flush();
  }
  return true;
}

void MessageWriter::StatusLine(int status) {
  absl::StrAppend(&text_, "HTTP/1.1 ", status, " ", Reason(status), kCrlf);
}

void MessageWriter::Field(absl::string_view name, absl::string_view value) {
  if (http::IsFieldValue(name) && http::IsFieldValue(value)) {
    absl::StrAppend(&text_, name, ": ", value, kCrlf);
  } else {
    absl::StrAppend(&text_, OneLine(name), ": ", OneLine(value), kCrlf);
  }
}

void MessageWriter::Fields(const http::HeaderMap& headers) {
  for (size_t i = 0; i < headers.size(); ++i) Field(headers[i].name, headers[i].value);
}

void MessageWriter::Counted(uint64_t length) {
  body_ = Body::kCounted;
  left_ = length;
  Field("content-length", absl::StrCat(length));
}

void MessageWriter::Chunked() {
  body_ = Body::kChunked;
  Field("transfer-encoding", "chunked");
}

void MessageWriter::Flush() {
  absl::StrAppend(&text_, kCrlf);
  output_.Append(text_);
  text_.clear();
  if (text_.capacity() > kMaxKeptBytes) std::string().swap(text_);
}

}  // namespace firebreak::proxy
