#include "policy/http_compiler.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "config/did_you_mean.h"
#include "config/error_codes.h"
#include "config/policy.pb.h"
#include "http/field.h"
#include "policy/field_compiler.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;

constexpr absl::string_view kEveryRequest = "every request has one; leave the rule out";

struct ProtocolName {
  absl::string_view name;
  Protocols protocols;
};

constexpr std::array<ProtocolName, 6> kProtocolNames = {{{"TCP", kTcp},
                                                         {"HTTP", kHttp1 | kHttp2},
                                                         {"HTTP1", kHttp1},
                                                         {"HTTP2", kHttp2},
                                                         {"GRPC", kGrpc},
                                                         {"WEBSOCKET", kWebsocket}}};

absl::StatusOr<Protocols> ParseProtocol(absl::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("an empty value matches nothing");
  std::array<absl::string_view, kProtocolNames.size()> names;
  for (size_t i = 0; i < kProtocolNames.size(); ++i) {
    if (kProtocolNames[i].name == text) return kProtocolNames[i].protocols;
    names[i] = kProtocolNames[i].name;
  }
  std::string hint = config::DidYouMean(text, names);
  if (hint.empty()) hint = "one of TCP, HTTP, HTTP1, HTTP2, GRPC, WEBSOCKET";
  return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is no protocol: ", hint));
}

Protocols Union(const std::vector<Protocols>& values) {
  Protocols all = 0;
  for (const Protocols value : values) all |= value;
  return all;
}

void CompileProtocols(const config::v1::PolicyOperation& operation, const Scope& scope,
                      HttpMatch* match) {
  Values<Protocols> protocols;
  CompilePair({"protocols", operation.protocols(), "notProtocols", operation.notprotocols()},
              ErrorCode::kUnknownEnumValue, scope, ParseProtocol, &protocols);
  match->protocols = Union(protocols.any);
  match->not_protocols = Union(protocols.none_of);
}

// WarnOfLowerCase: methods are case-sensitive (RFC 9110 section 9.1), and "delete" is none that a
// server knows.
void WarnOfLowerCase(const Strings& methods, absl::string_view field, const Scope& scope) {
  for (int i = 0; i < methods.size(); ++i) {
    const std::string upper = absl::AsciiStrToUpper(methods[i]);
    if (upper == methods[i]) continue;
    scope.Field(field)
        .Entry(static_cast<size_t>(i))
        .Warning(ErrorCode::kPolicyNeverMatches,
                 absl::StrCat("the case of a method counts, and \"", methods[i],
                              "\" is none that is in use"),
                 absl::StrCat("did you mean \"", upper, "\"?"));
  }
}

// WarnOfCutSegments: in Istio's documents a prefix may end inside a segment.
void WarnOfCutSegments(const std::vector<PathPattern>& paths, absl::string_view field,
                       const Scope& scope) {
  for (size_t i = 0; i < paths.size(); ++i) {
    if (!paths[i].cuts_segment()) continue;
    const absl::string_view prefix = paths[i].literal();
    scope.Field(field).Entry(i).Warning(
        ErrorCode::kPolicyPathPrefix,
        absl::StrCat("\"", *paths[i].written(), "\" also matches \"", prefix, "-and-more\""),
        absl::StrCat("if that is not meant, write \"", prefix, "\" and \"", prefix, "/*\""));
  }
}

void CompilePaths(const config::v1::PolicyOperation& operation, const RuleContext& context,
                  const Scope& scope, HttpMatch* match) {
  const PathDialect dialect = context.istio ? PathDialect::kIstio : PathDialect::kFirebreak;
  Values<PathPattern> paths;
  CompilePair(
      {"paths", operation.paths(), "notPaths", operation.notpaths()},
      ErrorCode::kPolicyRequestValue, scope,
      [dialect](absl::string_view text) { return PathPattern::Parse(text, dialect); }, &paths);
  WarnOfCutSegments(paths.any, "paths", scope);
  WarnOfCutSegments(paths.none_of, "notPaths", scope);
  match->paths = PatternList<PathPattern>(std::move(paths.any));
  match->not_paths = PatternList<PathPattern>(std::move(paths.none_of));
}

void CompileGrpc(const config::v1::PolicyGrpc& grpc, const Scope& scope, GrpcMatch* match) {
  RefuseVoid(grpc, "grpc", scope);
  CompilePair({"services", grpc.services(), "notServices", grpc.notservices()},
              ErrorCode::kPolicyRequestValue, scope, StringPattern::ParseGrpcName,
              &match->services);
  CompilePair({"methods", grpc.methods(), "notMethods", grpc.notmethods()},
              ErrorCode::kPolicyRequestValue, scope, StringPattern::ParseGrpcName, &match->methods);
}

constexpr absl::string_view kHeaderKey = "request.headers[";

// CheckHeaderName takes a name in lower case. A condition on what is never in a canonical request
// would let an ALLOW rule match nothing and a DENY rule miss what it is about.
absl::Status CheckHeaderName(absl::string_view name) {
  constexpr std::array<absl::string_view, 7> kTakenOut = {
      "connection",        "keep-alive",     "proxy-connection", "te",
      "transfer-encoding", "content-length", "upgrade"};
  if (absl::StartsWith(name, ":") || name == "host") {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", name, "\" is no header here: use hosts, methods and paths of an operation"));
  }
  if (!http::IsLowerToken(name)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is no header name"));
  }
  if (absl::StrContains(name, '_')) {
    return absl::InvalidArgumentError(absl::StrCat(
        "requests with \"_\" in a header name are refused, so \"", name, "\" matches nothing"));
  }
  if (std::find(kTakenOut.begin(), kTakenOut.end(), name) != kTakenOut.end()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", name, "\" speaks of the connection, not of the request, and is taken out first"));
  }
  return absl::OkStatus();
}

void CompileHeader(const config::v1::PolicyCondition& condition, const RuleContext& context,
                   const Scope& scope, WhenMatch* when) {
  absl::string_view name(condition.key());
  absl::ConsumePrefix(&name, kHeaderKey);
  absl::ConsumeSuffix(&name, "]");
  HeaderMatch match{.name = absl::AsciiStrToLower(name), .values = {}};
  if (const absl::Status status = CheckHeaderName(match.name); !status.ok()) {
    scope.Field("key").Error(ErrorCode::kPolicyRequestValue, status.message());
  }
  CompilePair({"values", condition.values(), "notValues", condition.notvalues()},
              ErrorCode::kPolicyRequestValue, scope, StringPattern::ParseHeaderValue,
              &match.values);
  WarnNever(
      condition.notvalues(), "notValues", context, scope,
      "that a header is absent cannot be required; a DENY rule with its values can refuse it");
  when->headers.push_back(std::move(match));
}

// IsTokenKey: about a token that a request brings and somebody has validated.
bool IsTokenKey(absl::string_view key) {
  if (!absl::ConsumePrefix(&key, "request.auth.")) return false;
  if (key == "principal" || key == "audiences" || key == "presenter") return true;
  if (!absl::ConsumePrefix(&key, "claims")) return false;
  // One name or several, for a claim within a claim: [a][b].
  do {
    const size_t end = key.find(']');
    if (!absl::StartsWith(key, "[") || end == absl::string_view::npos || end == 1) return false;
    key.remove_prefix(end + 1);
  } while (!key.empty());
  return true;
}

// ReportKey says why key is none that can be used.
void ReportKey(absl::string_view key, const Scope& scope) {
  for (const absl::string_view istio : {"request.regex.", "experimental."}) {
    if (!absl::StartsWith(key, istio)) continue;
    scope.Error(ErrorCode::kPolicyNotSupported,
                absl::StrCat("key \"", key, "\" is not supported by this version"),
                "the whole load is refused, since a rule without this condition would mean "
                "something else");
    return;
  }
  std::string hint = config::DidYouMean(
      key, {"source.ip", "source.namespace", "source.principal", "source.serviceAccount",
            "source.trustDomain", "remote.ip", "destination.ip", "destination.port",
            "connection.sni", "request.headers", "request.auth.principal", "request.auth.audiences",
            "request.auth.presenter"});
  if (hint.empty()) {
    hint =
        "one of source.ip, source.namespace, source.principal, source.serviceAccount, "
        "source.trustDomain, remote.ip, destination.ip, destination.port, connection.sni, "
        "request.headers[NAME], request.auth.principal, request.auth.audiences, "
        "request.auth.presenter, request.auth.claims[NAME]";
  }
  scope.Error(ErrorCode::kPolicyConditionKey,
              key.empty() ? "a condition needs a key" : absl::StrCat("\"", key, "\" is no key"),
              hint);
}

// CompileSourceCondition reads a condition about who connects; false: its key is another.
bool CompileSourceCondition(absl::string_view key, const FieldPair& pair,
                            const RuleContext& context, const Scope& scope, PeerMatch* match) {
  if (key == "source.ip") {
    CompilePair(pair, ErrorCode::kPolicyAddress, scope, ParseBlock, &match->ip_blocks);
  } else if (key == "source.namespace") {
    CompilePair(pair, ErrorCode::kPolicyPrincipal, scope, StringPattern::ParseNamespace,
                &match->namespaces);
  } else if (key == "source.principal") {
    CompilePrincipals(pair, context, scope, &match->principals);
  } else if (key == "source.serviceAccount") {
    CompilePair(
        pair, ErrorCode::kPolicyPrincipal, scope,
        [&context](absl::string_view text) {
          return ServiceAccountPattern::Parse(text, context.policy_namespace);
        },
        &match->service_accounts);
  } else if (key == "source.trustDomain") {
    CompilePair(pair, ErrorCode::kPolicyPrincipal, scope, StringPattern::ParseTrustDomain,
                &match->trust_domains);
  } else if (key == "remote.ip") {
    CompilePair(pair, ErrorCode::kPolicyAddress, scope, ParseBlock, &match->remote_ip_blocks);
  } else if (IsTokenKey(key)) {
    CompileNobody(pair, context, scope, &match->impossible);
  } else {
    return false;
  }
  const bool of_request = key == "remote.ip" || IsTokenKey(key);
  if (of_request && context.direction == Direction::kOutbound) {
    scope.Field("key").Error(ErrorCode::kPolicyDirection,
                             absl::StrCat("an OUTBOUND policy has no \"", key, "\""),
                             "its source is this workload itself");
  }
  return true;
}

void CompileCondition(const config::v1::PolicyCondition& condition, const RuleContext& context,
                      const Scope& scope, WhenMatch* when) {
  const absl::string_view key(condition.key());
  const FieldPair pair{"values", condition.values(), "notValues", condition.notvalues()};
  if (condition.values().empty() && condition.notvalues().empty()) {
    scope.Error(ErrorCode::kPolicyEmpty, "a condition has neither values nor notValues");
  }
  PeerMatch source;
  if (CompileSourceCondition(key, pair, context, scope, &source)) {
    when->sources.push_back(std::move(source));
  } else if (absl::StartsWith(key, kHeaderKey) && absl::EndsWith(key, "]")) {
    CompileHeader(condition, context, scope, when);
  } else if (key == "destination.ip") {
    CompilePair(pair, ErrorCode::kPolicyAddress, scope, ParseBlock,
                &when->targets.emplace_back().destination.ip_blocks);
  } else if (key == "destination.port") {
    CompilePair(pair, ErrorCode::kPolicyPort, scope, ParsePort,
                &when->targets.emplace_back().ports);
  } else if (key == "connection.sni") {
    CompilePair(pair, ErrorCode::kPolicyRequestValue, scope, StringPattern::ParseServerName,
                &when->server_names.emplace_back());
  } else {
    ReportKey(key, scope.Field("key"));
  }
}

void CompileOperation(const config::v1::PolicyOperation& operation, const RuleContext& context,
                      const Scope& scope, HttpMatch* match) {
  if (context.istio) {
    for (const absl::string_view field : {"protocols", "notProtocols", "grpc"}) {
      RefuseIstioHasNot(field, scope);
    }
  }
  Values<StringPattern> methods;
  CompilePair({"methods", operation.methods(), "notMethods", operation.notmethods()},
              ErrorCode::kPolicyRequestValue, scope, StringPattern::ParseMethod, &methods);
  WarnOfLowerCase(operation.methods(), "methods", scope);
  WarnOfLowerCase(operation.notmethods(), "notMethods", scope);
  match->methods = MethodMatch(std::move(methods), context.action);
  CompilePaths(operation, context, scope, match);
  if (operation.has_grpc())
    CompileGrpc(operation.grpc(), scope.Field("grpc"), &match->grpc.emplace());
  CompileProtocols(operation, scope, match);
  WarnNever(operation.notmethods(), "notMethods", context, scope, kEveryRequest);
  WarnNever(operation.notpaths(), "notPaths", context, scope, kEveryRequest);
}

// CompileHosts: hosts stand in an operation, or with the other things that tell a destination.
void CompileHosts(const config::v1::PolicyTo& to, const RuleContext& context, const Scope& scope,
                  HttpMatch* match) {
  const config::v1::PolicyOperation& operation = to.operation();
  const config::v1::PolicyDestination& destination = to.destination();
  const bool in_operation = operation.hosts_size() + operation.nothosts_size() > 0;
  const bool in_destination = destination.hosts_size() + destination.nothosts_size() > 0;
  if (in_operation && in_destination) {
    scope.Field("destination")
        .Error(ErrorCode::kExclusiveFields, "hosts stand both in operation and in destination",
               "both mean the authority of the request; write them once");
  }
  const auto compile = [match, &context](const Strings& any, const Strings& none_of,
                                         const Scope& at) {
    Values<HostPattern> hosts;
    CompilePair({"hosts", any, "notHosts", none_of}, ErrorCode::kPolicyRequestValue, at,
                HostPattern::Parse, &hosts);
    WarnNever(none_of, "notHosts", context, at, kEveryRequest);
    if (hosts.empty()) return;
    match->hosts = PatternList<HostPattern>(std::move(hosts.any));
    match->not_hosts = PatternList<HostPattern>(std::move(hosts.none_of));
  };
  compile(operation.hosts(), operation.nothosts(), scope.Field("operation"));
  compile(destination.hosts(), destination.nothosts(), scope.Field("destination"));
}

}  // namespace

std::shared_ptr<const HttpMatch> CompileHttp(const config::v1::PolicyTo& to,
                                             const RuleContext& context, const Scope& scope) {
  auto match = std::make_shared<HttpMatch>();
  CompileHosts(to, context, scope, match.get());
  CompileOperation(to.operation(), context, scope.Field("operation"), match.get());
  if (match->empty()) return nullptr;
  return match;
}

WhenMatch CompileWhen(const config::v1::PolicyRule& rule, const RuleContext& context,
                      const Scope& scope) {
  scope.RefuseEmptyList("when", static_cast<size_t>(rule.when_size()));
  WhenMatch when;
  for (int i = 0; i < rule.when_size(); ++i) {
    CompileCondition(rule.when(i), context, scope.Field("when").Entry(static_cast<size_t>(i)),
                     &when);
  }
  return when;
}

}  // namespace firebreak::policy
