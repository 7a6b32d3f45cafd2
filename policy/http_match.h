// The conditions of a rule that look into a request.
#ifndef FIREBREAK_POLICY_HTTP_MATCH_H_
#define FIREBREAK_POLICY_HTTP_MATCH_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

#include "http/message.h"
#include "policy/condition.h"
#include "policy/host_pattern.h"
#include "policy/path_pattern.h"
#include "policy/pattern.h"
#include "policy/pattern_list.h"

namespace firebreak::policy {

// Protocols is a set of the values of protocols. A request has every name that is true of it: gRPC
// is HTTP2 too, a WebSocket that of the HTTP it begins with.
using Protocols = uint8_t;
inline constexpr Protocols kTcp = 1 << 0;
inline constexpr Protocols kHttp1 = 1 << 1;  // HTTP/1.0 and HTTP/1.1
inline constexpr Protocols kHttp2 = 1 << 2;
inline constexpr Protocols kGrpc = 1 << 3;
inline constexpr Protocols kWebsocket = 1 << 4;

// HttpFacts is one request as the conditions see it, taken apart once. Borrows the request.
struct HttpFacts {
  const http::Request* request = nullptr;
  HostPort authority;
  Protocols protocols = 0;
  // The bit of a well-known method, see MethodMatch; 0: another one.
  uint16_t method_bit = 0;
  // Of a gRPC request whose path is /service/method, else empty.
  absl::string_view grpc_service;
  absl::string_view grpc_method;
  // A gRPC request with another path: what its server would make of it is in doubt.
  bool grpc_in_doubt = false;

  static HttpFacts Of(const http::Request& request);
};

// MethodMatch is methods and notMethods. Well-known methods are looked up in a mask.
class MethodMatch {
 public:
  MethodMatch() = default;
  MethodMatch(Values<StringPattern> methods, Action action);

  bool empty() const { return methods_.empty(); }
  const Values<StringPattern>& methods() const { return methods_; }
  bool Matches(const HttpFacts& facts) const;

 private:
  Values<StringPattern> methods_;
  Action action_ = Action::kAllow;
  uint16_t known_ = 0;  // the well-known methods that match
};

// GrpcMatch is the block grpc. Without fields it means any gRPC request, which the language refuses
// to say by an empty block.
struct GrpcMatch {
  Values<StringPattern> services;
  Values<StringPattern> methods;
};

// HttpMatch is what an operation says about requests: all its fields must match.
struct HttpMatch {
  PatternList<HostPattern> hosts;
  PatternList<HostPattern> not_hosts;
  MethodMatch methods;
  PatternList<PathPattern> paths;
  PatternList<PathPattern> not_paths;
  Protocols protocols = 0;  // 0: no condition
  Protocols not_protocols = 0;
  std::optional<GrpcMatch> grpc;

  // only_protocols: nothing here but protocols, which is known of bytes too.
  bool only_protocols() const {
    return hosts.empty() && not_hosts.empty() && methods.empty() && paths.empty() &&
           not_paths.empty() && !grpc.has_value();
  }
  bool empty() const { return only_protocols() && protocols == 0 && not_protocols == 0; }

  bool MatchesProtocols(Protocols have) const {
    return (protocols == 0 || (have & protocols) != 0) && (have & not_protocols) == 0;
  }
  bool MatchesPath(absl::string_view path, Action action) const;
  bool MatchesHost(const HostPort& authority, Action action) const;
  bool MatchesGrpc(const HttpFacts& facts, Action action) const;
  // Matches is all of them together.
  bool Matches(const HttpFacts& facts, Action action) const;
  // MatchedPath returns the first of paths that matches; null when there is none.
  const PathPattern* MatchedPath(absl::string_view path) const;
};

// HeaderMatch is one condition on request.headers[name]. A field may come in several lines, and a
// line may be a list: the values are the elements of all lines. An ALLOW rule needs all of them to
// match values and none to match notValues; for a DENY rule it is enough that one matches values,
// or that one does not match notValues (CVE-2026-26308 was "user,admin", which is not "admin").
struct HeaderMatch {
  std::string name;  // lower case
  Values<StringPattern> values;

  bool Matches(const http::HeaderMap& headers, Action action) const;
};

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_HTTP_MATCH_H_
