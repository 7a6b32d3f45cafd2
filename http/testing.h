// Requests as a codec would hand them over, for tests.
#ifndef FIREBREAK_HTTP_TESTING_H_
#define FIREBREAK_HTTP_TESTING_H_

#include <initializer_list>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "http/canonical.h"
#include "http/message.h"

namespace firebreak::http {

using Lines = std::initializer_list<HeaderMap::Field>;

inline HeaderMap MapOf(Lines lines) {
  HeaderMap map;
  for (const auto& [name, value] : lines) map.Add(name, value);
  return map;
}

// Http1 has no Host but what lines say.
inline Request Http1(absl::string_view method, absl::string_view target, Lines lines) {
  Request request;
  request.method = std::string(method);
  request.path = std::string(target);
  request.headers = MapOf(lines);
  return request;
}

// Http2 has the authority "a.example" and the scheme "http".
inline Request Http2(absl::string_view method, absl::string_view path, Lines lines) {
  Request request = Http1(method, path, lines);
  request.version = Version::kHttp2;
  request.scheme = "http";
  request.authority = "a.example";
  return request;
}

// CodeOf canonicalises and returns the code of the rejection, "" when there is none. A malformed
// message gives "!" and the code, and any status but 400 stands before it: "405 trace_refused".
inline std::string CodeOf(const std::optional<Rejection>& rejection) {
  if (!rejection.has_value()) return "";
  const std::string status =
      rejection->status == 400 ? std::string() : absl::StrCat(rejection->status, " ");
  return absl::StrCat(status, rejection->malformed ? "!" : "", rejection->code);
}
inline std::string CodeOf(Request& request, const PathRules& rules = {}) {
  return CodeOf(Canonicalise(rules, request));
}
inline std::string CodeOf(Request&& request, const PathRules& rules = {}) {
  return CodeOf(request, rules);
}

// TextOf writes the lines of a map as "name: value" with "|" between them.
inline std::string TextOf(const HeaderMap& map) {
  std::string text;
  for (size_t i = 0; i < map.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : "|", map[i].name, ": ", map[i].value);
  }
  return text;
}

}  // namespace firebreak::http

#endif  // FIREBREAK_HTTP_TESTING_H_
