// A message as a hostile peer may write it: it is refused with a code, or what comes out is
// canonical and stays what it is when it is read again.
//
// Input: lines that end with LF. The first: a byte that chooses version and rules, then method, SP,
// scheme, SP, authority, SP, target. Each further one a field: name, ":", value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

#include "http/authority.h"
#include "http/canonical.h"
#include "http/field.h"
#include "http/known_field.h"
#include "http/message.h"
#include "http/path.h"

namespace firebreak::http {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

// Cut takes the text up to the mark off rest, and the mark; all of it when there is no mark.
absl::string_view Cut(char mark, absl::string_view& rest) {
  const size_t end = rest.find(mark);
  const absl::string_view text = rest.substr(0, end);
  rest.remove_prefix(end == absl::string_view::npos ? rest.size() : end + 1);
  return text;
}

Request RequestOf(absl::string_view line, absl::string_view fields) {
  Request request;
  const char flags = line.empty() ? '\0' : line.front();
  if (!line.empty()) line.remove_prefix(1);
  request.version = (flags & 3) == 0   ? Version::kHttp10
                    : (flags & 3) == 1 ? Version::kHttp11
                                       : Version::kHttp2;
  request.chunked = (flags & 64) != 0;
  request.method = std::string(Cut(' ', line));
  request.scheme = std::string(Cut(' ', line));
  request.authority = std::string(Cut(' ', line));
  request.path = std::string(line);
  while (!fields.empty()) {
    absl::string_view value = Cut('\n', fields);
    const absl::string_view name = Cut(':', value);
    request.headers.Add(name, value);
  }
  return request;
}

PathRules RulesOf(char flags) {
  return {.allow_escaped_slash = (flags & 4) != 0,
          .allow_parameters = (flags & 8) != 0,
          .allow_non_ascii = (flags & 16) != 0};
}

void RequireCanonicalHeaders(const HeaderMap& headers) {
  for (size_t i = 0; i < headers.size(); ++i) {
    const auto [name, value] = headers[i];
    Require(IsLowerToken(name) && IsFieldValue(value) && !absl::StrContains(name, '_'));
    const size_t field = FindKnownField(name);
    if (field == kNoField) continue;
    const uint8_t traits = kKnownFields[field].traits;
    Require((traits & (kHopByHop | kFraming)) == 0);
    if ((traits & kSingle) != 0) Require(headers.Count(name) == 1);
  }
  Require(!headers.Has("host") && headers.Count("cookie") <= 1);
}

void RequireCanonical(const PathRules& rules, const Request& request) {
  Require(IsToken(request.method) && request.method != "CONNECT");
  Require(request.scheme == "http" || request.scheme == "https");
  std::string authority = request.authority;
  Require(NormaliseAuthority(request.scheme, authority) == Fault::kNone);
  Require(authority == request.authority);
  if (request.path == "*") {
    Require(request.method == "OPTIONS" && !request.has_query);
  } else {
    std::string path = request.path;
    Require(NormalisePath(rules, path) == Fault::kNone && path == request.path);
    for (const char* never : {"//", "/./", "/../"}) Require(!absl::StrContains(path, never));
  }
  Require(request.has_query || request.query.empty());
  RequireCanonicalHeaders(request.headers);
}

// What we forward is what the next sidecar decides on: read again, the request is the same.
void RequireSameWhenForwarded(const PathRules& rules, const Request& request) {
  Request again = request;
  again.version = Version::kHttp2;
  if (request.has_query) again.path += "?" + request.query;
  Require(!Canonicalise(rules, again).has_value());
  Require(again.method == request.method && again.scheme == request.scheme);
  Require(again.authority == request.authority && again.path == request.path);
  Require(again.has_query == request.has_query && again.query == request.query);
  Require(again.grpc == request.grpc && again.headers.size() == request.headers.size());
}

void RequireCode(const std::optional<Rejection>& rejection) {
  Require(rejection->status >= 400 && rejection->status != 500 && !rejection->code.empty());
}

void TryRequest(const PathRules& rules, Request request) {
  const std::optional<Rejection> rejection = Canonicalise(rules, request);
  if (rejection.has_value()) {
    RequireCode(rejection);
    return;
  }
  RequireCanonical(rules, request);
  RequireSameWhenForwarded(rules, request);
}

void TryResponse(const Request& request) {
  Response response;
  response.version = request.version;
  response.status = 200;
  response.headers = request.headers;
  const std::optional<Rejection> rejection = CanonicaliseResponse(response);
  if (rejection.has_value()) return RequireCode(rejection);
  for (size_t i = 0; i < response.headers.size(); ++i) {
    const size_t field = FindKnownField(response.headers[i].name);
    if (field == kNoField) continue;
    Require((kKnownFields[field].traits & (kHopByHop | kFraming)) == 0);
  }
}

void TryTrailers(HeaderMap trailers) {
  const std::optional<Rejection> rejection = CanonicaliseTrailers(trailers);
  if (rejection.has_value()) return RequireCode(rejection);
  for (size_t i = 0; i < trailers.size(); ++i) {
    const size_t field = FindKnownField(trailers[i].name);
    if (field != kNoField) Require((kKnownFields[field].traits & kNotTrailer) == 0);
    Require(!IsProtectedName(trailers[i].name));
  }
}

void TryEverything(absl::string_view text) {
  const absl::string_view line = Cut('\n', text);
  const Request request = RequestOf(line, text);
  TryRequest(RulesOf(line.empty() ? '\0' : line.front()), request);
  TryResponse(request);
  TryTrailers(request.headers);
}

}  // namespace
}  // namespace firebreak::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  firebreak::http::TryEverything({reinterpret_cast<const char*>(data), size});
  return 0;
}
