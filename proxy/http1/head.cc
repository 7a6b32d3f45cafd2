#include "proxy/http1/head.h"

#include <charconv>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

#include "http/field.h"

namespace firebreak::proxy {
namespace {

http::Rejection Refuse(absl::string_view code, int status = 400) { return {status, code}; }

// TakeVersion knows 1.0 and 1.1 in capitals and nothing else.
bool TakeVersion(absl::string_view text, http::Version& version) {
  if (text == "HTTP/1.1") {
    version = http::Version::kHttp11;
    return true;
  }
  version = http::Version::kHttp10;
  return text == "HTTP/1.0";
}

bool IsLaterVersion(absl::string_view text) {
  return text.size() == 8 && absl::StartsWith(text, "HTTP/") && text[5] >= '2' && text[5] <= '9' &&
         text[6] == '.' && absl::ascii_isdigit(static_cast<unsigned char>(text[7]));
}

// SplitField: field-line = field-name ":" OWS field-value OWS. No line folding, nothing before the
// colon but a token (RFC 9112 section 5.1).
Refusal SplitField(absl::string_view line, std::string& name, absl::string_view& value) {
  if (absl::StartsWith(line, " ") || absl::StartsWith(line, "\t")) return Refuse("folded_line");
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return Refuse("header_line");
  name.assign(line.data(), colon);
  if (!http::LowerName(name)) return Refuse("header_name_invalid");
  value = http::TrimOws(line.substr(colon + 1));
  if (!http::IsFieldValue(value)) return Refuse("header_value_invalid");
  return std::nullopt;
}

// 1*DIGIT without a leading zero, and no sum of two lengths overflows.
Refusal TakeLength(absl::string_view value, MessageHead& head) {
  if (head.content_length.has_value()) return Refuse("duplicate_length");
  if (value.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(value.front())) ||
      (value.size() > 1 && value.front() == '0')) {
    return Refuse("content_length");
  }
  uint64_t length = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, length);
  if (error != std::errc() || stop != end || length > std::numeric_limits<int64_t>::max()) {
    return Refuse("content_length");
  }
  if (head.chunked) return Refuse("length_with_chunked");
  head.content_length = length;
  return std::nullopt;
}

// "chunked" alone, once. Blanks around it may be spaces only: others see a tab as part of the value
// (CVE-2022-32215 and its kin).
Refusal TakeTransferEncoding(absl::string_view line, MessageHead& head) {
  absl::string_view value = line.substr(line.find(':') + 1);
  while (absl::ConsumePrefix(&value, " ")) continue;
  while (absl::ConsumeSuffix(&value, " ")) continue;
  if (head.chunked || !absl::EqualsIgnoreCase(value, "chunked")) {
    return Refuse("transfer_encoding");
  }
  if (head.content_length.has_value()) return Refuse("length_with_chunked");
  head.chunked = true;
  return std::nullopt;
}

void TakeConnection(absl::string_view value, MessageHead& head) {
  http::ListReader options(value);
  absl::string_view option;
  while (options.Next(option)) head.close |= absl::EqualsIgnoreCase(option, "close");
}

}  // namespace

Refusal ReadRequestLine(absl::string_view line, MessageHead& head) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == absl::string_view::npos || first == 0 || last <= first + 1) {
    return Refuse("request_line");
  }
  const absl::string_view target = line.substr(first + 1, last - first - 1);
  head.method.assign(line.data(), first);
  if (target.size() > kMaxTargetBytes) return Refuse("target_too_long", 414);
  for (const char c : target) {
    if (c == ' ') return Refuse("request_line");
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) return Refuse("request_target");
  }
  head.target.assign(target.data(), target.size());
  const absl::string_view version = line.substr(last + 1);
  if (TakeVersion(version, head.version)) return std::nullopt;
  return IsLaterVersion(version) ? Refuse("version", 505) : Refuse("version");
}

Refusal ReadStatusLine(absl::string_view line, MessageHead& head) {
  // HTTP-version SP 3DIGIT [SP reason-phrase]
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) {
    return Refuse("status_line");
  }
  if (!TakeVersion(line.substr(0, 8), head.version)) return Refuse("version");
  for (const char c : line.substr(9, 3)) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return Refuse("status_line");
    head.status = head.status * 10 + (c - '0');
  }
  if (head.status < 100) return Refuse("status_line");
  return std::nullopt;
}

Refusal ReadField(absl::string_view line, MessageHead& head) {
  std::string name;
  absl::string_view value;
  if (Refusal refusal = SplitField(line, name, value)) return refusal;
  const absl::string_view field = name;  // which compares lengths first
  if (field == "content-length") return TakeLength(value, head);
  if (field == "transfer-encoding") return TakeTransferEncoding(line, head);
  if (field == "connection") TakeConnection(value, head);
  if (field == "upgrade") head.upgrade = true;
  head.headers.Add(field, value);
  return std::nullopt;
}

Refusal ReadTrailer(absl::string_view line, http::HeaderMap& trailers) {
  std::string name;
  absl::string_view value;
  if (Refusal refusal = SplitField(line, name, value)) return refusal;
  if (name == "content-length" || name == "transfer-encoding") return Refuse("trailer_framing");
  trailers.Add(name, value);
  return std::nullopt;
}

Refusal FinishHead(MessageHead& head) {
  if (head.version != http::Version::kHttp10) return std::nullopt;
  if (head.chunked) return Refuse("transfer_encoding");
  head.close = true;
  return std::nullopt;
}

}  // namespace firebreak::proxy
