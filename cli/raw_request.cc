#include "cli/raw_request.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

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

// FieldLine is a line of headers or trailers.
struct FieldLine {
  std::string name;  // in lower case
  absl::string_view value;
};

// What has no colon is no field, and is left out.
std::optional<FieldLine> ReadField(absl::string_view line) {
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return std::nullopt;
  return FieldLine{absl::AsciiStrToLower(line.substr(0, colon)),
                   absl::StripAsciiWhitespace(line.substr(colon + 1))};
}

void ReadHeader(absl::string_view line, http::Request& request) {
  const std::optional<FieldLine> field = ReadField(line);
  if (!field.has_value()) return;
  if (field->name == "content-length") {
    uint64_t length = 0;
    if (absl::SimpleAtoi(field->value, &length)) request.content_length = length;
  } else if (field->name == "transfer-encoding") {
    request.chunked = true;
  } else {
    request.headers.Add(field->name, field->value);
  }
}

// Unchunk puts a chunked body together; false: it is none, or not whole.
bool Unchunk(absl::string_view rest, RawRequest& raw) {
  std::string body;
  for (;;) {
    absl::string_view line = TakeLine(rest);
    line = absl::StripAsciiWhitespace(line.substr(0, line.find(';')));  // extensions say nothing
    uint64_t size = 0;
    if (line.empty() || !absl::SimpleHexAtoi(line, &size) || size > rest.size()) return false;
    if (size == 0) break;
    absl::StrAppend(&body, rest.substr(0, size));
    rest.remove_prefix(size);
    if (!TakeLine(rest).empty()) return false;
  }
  for (absl::string_view line = TakeLine(rest); !line.empty(); line = TakeLine(rest)) {
    if (const auto field = ReadField(line)) raw.trailers.Add(field->name, field->value);
  }
  raw.body = std::move(body);
  return true;
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
  if (!raw.request.chunked || !Unchunk(bytes, raw)) {
    const bool announced = raw.request.content_length.has_value() && !raw.request.chunked;
    raw.body = std::string(announced ? bytes.substr(0, *raw.request.content_length) : bytes);
  }
  raw.request.has_body = !raw.body.empty();
  return raw;
}

}  // namespace firebreak::cli
