#include "cli/raw_request.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace firebreak::cli {
namespace {

// TakeLine takes a line and its end off text.
absl::string_view TakeLine(absl::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  absl::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (absl::EndsWith(line, "\r")) line.remove_suffix(1);
  return line;
}

bool ReadRequestLine(absl::string_view line, http::Request& request) {
  const size_t method_end = line.find(' ');
  const size_t version = line.rfind(" HTTP/");
  if (method_end == absl::string_view::npos || method_end == 0) return false;
  if (version == absl::string_view::npos || version <= method_end) return false;
  request.method = std::string(line.substr(0, method_end));
  absl::string_view target = line.substr(method_end + 1, version - method_end - 1);
  // Absolute form, as for a proxy.
  for (const absl::string_view scheme : {"http", "https"}) {
    const std::string start = absl::StrCat(scheme, "://");
    if (!absl::StartsWithIgnoreCase(target, start)) continue;
    request.scheme = std::string(scheme);
    target.remove_prefix(start.size());
    const size_t authority_end = std::min(target.find_first_of("/?"), target.size());
    request.authority = std::string(target.substr(0, authority_end));
    target.remove_prefix(authority_end);
    break;
  }
  request.path = target.empty() ? "/" : std::string(target);
  request.version = absl::EndsWith(line, "1.0") ? http::Version::kHttp10 : http::Version::kHttp11;
  return true;
}

void ReadHeader(absl::string_view line, http::Request& request) {
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return;
  const std::string name = absl::AsciiStrToLower(line.substr(0, colon));
  const absl::string_view value = absl::StripAsciiWhitespace(line.substr(colon + 1));
  if (name == "content-length") {
    uint64_t length = 0;
    if (absl::SimpleAtoi(value, &length)) request.content_length = length;
  } else if (name == "transfer-encoding") {
    request.chunked = true;
  } else {
    request.headers.Add(name, value);
  }
}

}  // namespace

absl::StatusOr<RawRequest> ReadRawRequest(absl::string_view bytes) {
  RawRequest raw;
  if (!ReadRequestLine(TakeLine(bytes), raw.request)) {
    return absl::InvalidArgumentError("no HTTP/1.1 request: METHOD TARGET HTTP/1.1 comes first");
  }
  for (absl::string_view line = TakeLine(bytes); !line.empty(); line = TakeLine(bytes)) {
    ReadHeader(line, raw.request);
  }
  raw.body = bytes;
  if (raw.request.content_length.has_value() && !raw.request.chunked) {
    raw.body = bytes.substr(0, *raw.request.content_length);
  }
  raw.request.has_body = !raw.body.empty();
  return raw;
}

}  // namespace firebreak::cli
