#include "policy/http_match.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/match.h"

#include "http/field.h"

namespace firebreak::policy {
namespace {

constexpr std::array<absl::string_view, 9> kKnownMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

constexpr uint16_t BitOf(size_t method) { return static_cast<uint16_t>(1U << method); }

uint16_t MethodBit(absl::string_view method) {
  for (size_t i = 0; i < kKnownMethods.size(); ++i) {
    if (kKnownMethods[i] == method) return BitOf(i);
  }
  return 0;
}

Protocols ProtocolsOf(const http::Request& request) {
  Protocols protocols = request.version == http::Version::kHttp2 ? kHttp2 : kHttp1;
  if (request.grpc) protocols |= kGrpc;
  if (request.upgrade == http::Upgrade::kWebsocket) protocols |= kWebsocket;
  return protocols;
}

bool MatchText(const Values<StringPattern>& values, absl::string_view text, Action action) {
  return MatchValues(values, !text.empty(), action,
                     [text](const StringPattern& pattern) { return pattern.Matches(text); });
}

// MatchLists judges a field whose values may be many.
template <typename T, typename Matches>
bool MatchLists(const PatternList<T>& any, const PatternList<T>& none_of, absl::string_view text,
                Action action, const Matches& matches) {
  return JudgeField(
      !any.empty(), [&] { return any.First(text, matches) != nullptr; }, !none_of.empty(),
      [&] { return none_of.First(text, matches) != nullptr; }, !text.empty(), action);
}

// IsOneValue: the comma in these is no separator (RFC 9110 section 5.5), and cutting a date or a
// browser's name at it would make conditions on them useless.
bool IsOneValue(absl::string_view name) {
  constexpr std::array<absl::string_view, 9> kNames = {
      "authorization",       "cookie",  "date",     "from",
      "if-modified-since",   "referer", "if-range", "user-agent",
      "if-unmodified-since",
  };
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// ForEachElement calls visit with each element of line, trimmed, empty ones too, until it returns
// false. True: it never did.
template <typename Visit>
bool ForEachElement(absl::string_view line, const Visit& visit) {
  while (true) {
    const size_t comma = line.find(',');
    if (!visit(http::TrimOws(line.substr(0, comma)))) return false;
    if (comma == absl::string_view::npos) return true;
    line.remove_prefix(comma + 1);
  }
}

bool AnyMatches(const std::vector<StringPattern>& patterns, absl::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [text](const StringPattern& pattern) { return pattern.Matches(text); });
}

// AllMatch: there is a value, and each matches. A whole line that is one of the patterns, commas
// and all, counts as well.
bool AllMatch(const http::HeaderMap& headers, absl::string_view name,
              const std::vector<StringPattern>& patterns) {
  const auto matches = [&patterns](absl::string_view text) { return AnyMatches(patterns, text); };
  bool present = false;
  for (size_t i = 0; i < headers.size(); ++i) {
    const http::HeaderMap::Field field = headers[i];
    if (field.name != name) continue;
    present = true;
    const bool spelt_out =
        std::any_of(patterns.begin(), patterns.end(), [&field](const StringPattern& pattern) {
          return !pattern.exact().empty() && pattern.exact() == field.value;
        });
    if (spelt_out) continue;
    if (IsOneValue(name) ? !matches(field.value) : !ForEachElement(field.value, matches)) {
      return false;
    }
  }
  return present;
}

// HasValue: a field that is empty says no more than one that is absent.
bool HasValue(const http::HeaderMap& headers, absl::string_view name) {
  for (size_t i = 0; i < headers.size(); ++i) {
    const http::HeaderMap::Field field = headers[i];
    if (field.name == name && !field.value.empty()) return true;
  }
  return false;
}

// SomeMatches: a line, or an element of one, matches.
bool SomeMatches(const http::HeaderMap& headers, absl::string_view name,
                 const std::vector<StringPattern>& patterns) {
  for (size_t i = 0; i < headers.size(); ++i) {
    const http::HeaderMap::Field field = headers[i];
    if (field.name != name) continue;
    if (AnyMatches(patterns, field.value)) return true;
    if (IsOneValue(name)) continue;
    const bool none = ForEachElement(field.value, [&patterns](absl::string_view element) {
      return !AnyMatches(patterns, element);
    });
    if (!none) return true;
  }
  return false;
}

}  // namespace

HttpFacts HttpFacts::Of(const http::Request& request) {
  HttpFacts facts;
  facts.request = &request;
  facts.authority = HostPort::Of(request.scheme, request.authority);
  facts.protocols = ProtocolsOf(request);
  facts.method_bit = MethodBit(request.method);
  if (!request.grpc) return facts;
  const absl::string_view path(request.path);
  const size_t slash = path.find('/', 1);
  const bool two_segments = absl::StartsWith(path, "/") && slash != absl::string_view::npos &&
                            slash > 1 && slash + 1 < path.size() &&
                            path.find('/', slash + 1) == absl::string_view::npos;
  facts.grpc_in_doubt = !two_segments;
  if (two_segments) {
    facts.grpc_service = path.substr(1, slash - 1);
    facts.grpc_method = path.substr(slash + 1);
  }
  return facts;
}

MethodMatch::MethodMatch(Values<StringPattern> methods, Action action)
    : methods_(std::move(methods)), action_(action) {
  for (size_t i = 0; i < kKnownMethods.size(); ++i) {
    if (MatchText(methods_, kKnownMethods[i], action)) known_ |= BitOf(i);
  }
}

bool MethodMatch::Matches(const HttpFacts& facts) const {
  if (methods_.empty()) return true;
  if (facts.method_bit != 0) return (known_ & facts.method_bit) != 0;
  return MatchText(methods_, facts.request->method, action_);
}

bool HttpMatch::MatchesPath(absl::string_view path, Action action) const {
  return MatchLists(paths, not_paths, path, action,
                    [path](const PathPattern& pattern) { return pattern.Matches(path); });
}

bool HttpMatch::MatchesHost(const HostPort& authority, Action action) const {
  return MatchLists(
      hosts, not_hosts, authority.host, action,
      [&authority](const HostPattern& pattern) { return pattern.Matches(authority); });
}

bool HttpMatch::MatchesGrpc(const HttpFacts& facts, Action action) const {
  if (!grpc.has_value()) return true;
  if (facts.grpc_in_doubt) return action == Action::kDeny;
  return MatchText(grpc->services, facts.grpc_service, action) &&
         MatchText(grpc->methods, facts.grpc_method, action);
}

bool HttpMatch::Matches(const HttpFacts& facts, Action action) const {
  return MatchesProtocols(facts.protocols) && methods.Matches(facts) &&
         MatchesPath(facts.request->path, action) && MatchesHost(facts.authority, action) &&
         MatchesGrpc(facts, action);
}

const PathPattern* HttpMatch::MatchedPath(absl::string_view path) const {
  return paths.First(path, [path](const PathPattern& pattern) { return pattern.Matches(path); });
}

bool HeaderMatch::Matches(const http::HeaderMap& headers, Action action) const {
  switch (action) {
    case Action::kAllow:
      if (!values.any.empty() && !AllMatch(headers, name, values.any)) return false;
      if (values.none_of.empty()) return true;
      return HasValue(headers, name) && !SomeMatches(headers, name, values.none_of);
    case Action::kDeny:
      break;
  }
  if (!values.any.empty() && !SomeMatches(headers, name, values.any)) return false;
  return values.none_of.empty() || !AllMatch(headers, name, values.none_of);
}

}  // namespace firebreak::policy
