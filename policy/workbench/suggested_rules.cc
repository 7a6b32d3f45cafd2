#include "policy/workbench/suggested_rules.h"

#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/ip.h"
#include "base/time_text.h"
#include "certs/spiffe_id.h"
#include "flows/principal.h"
#include "policy/host_pattern.h"
#include "policy/path_pattern.h"
#include "policy/pattern.h"
#include "policy/workbench/yaml_text.h"

namespace firebreak::policy {
namespace {

// The flow log cuts longer paths and methods off: the rest is not known.
constexpr size_t kCutPathBytes = 1024;
constexpr size_t kCutMethodBytes = 64;
constexpr size_t kRuleIndent = 2;
constexpr size_t kEntryIndent = 4;
constexpr size_t kFieldIndent = 8;

struct Call {
  std::string service;
  std::string method;
};

// CallOf takes /service/method apart; nothing where a path is not that.
std::optional<Call> CallOf(const std::string& path) {
  const size_t slash = path.find('/', 1);
  if (path.empty() || path[0] != '/' || slash == std::string::npos) return std::nullopt;
  Call call{path.substr(1, slash - 1), path.substr(slash + 1)};
  const bool named = StringPattern::ParseGrpcName(call.service).ok() &&
                     StringPattern::ParseGrpcName(call.method).ok() &&
                     !absl::StrContains(path, '*');
  if (!named) return std::nullopt;
  return call;
}

// WrongWithRequest says why no rule can name the request.
std::string WrongWithRequest(const AskedRequest& request) {
  if (request.method.size() >= kCutMethodBytes || absl::StrContains(request.method, '*') ||
      !StringPattern::ParseMethod(request.method).ok()) {
    return "its method is none, or was cut off in the record";
  }
  if (request.path.size() >= kCutPathBytes) return "its path was cut off in the record";
  if (request.path == "*" && request.method == "OPTIONS") return "";
  // The pattern that its literal segments make, whatever will be grouped later.
  const GroupingOptions as_is{.min_distinct = SIZE_MAX, .depth = 0};
  const std::vector<PathGroup> groups = GroupPaths({{request.path, Sightings()}}, as_is);
  if (request.path.empty() || request.path[0] != '/' || groups.size() != 1) {
    return "its path does not begin with /";
  }
  const auto pattern = PathPattern::Parse(groups[0].pattern, PathDialect::kFirebreak);
  if (!pattern.ok()) return std::string(pattern.status().message());
  return pattern->Matches(request.path) ? "" : "no pattern matches its path";
}

// WrongWithParty says why the engine cannot be asked about a party.
std::string WrongWithParty(const Party& party) {
  if (!party.principal.empty()) {
    const auto id = certs::SpiffeId::ParsePrincipal(party.principal);
    if (!id.ok()) return std::string(id.status().message());
  }
  if (!party.ip.empty()) {
    const auto ip = IpAddress::Parse(party.ip);
    if (!ip.ok()) return std::string(ip.status().message());
  }
  return "";
}

std::string PortField(uint16_t port) { return absl::StrCat("ports: [\"", port, "\"]\n"); }

void Comment(const Sightings& seen, absl::string_view what, std::string* out) {
  absl::StrAppend(out, YamlComment(kEntryIndent, absl::StrCat(what, ": ", SeenText(seen))));
}

// What a pattern stands for, for the comment above its rule.
std::string Described(absl::string_view method, const PathGroup& group, bool websocket) {
  std::string what = absl::StrCat(websocket ? "WebSocket " : "", method, " ", group.pattern);
  if (group.distinct > 1) absl::StrAppend(&what, " (", group.distinct, " paths)");
  if (group.redacted) {
    absl::StrAppend(&what, ", {*} for what the records redact, however few there were");
  }
  return what;
}

}  // namespace

std::string PeerOf(const Traffic& traffic, Party* peer) {
  for (const Party* party : {&traffic.source, &traffic.destination}) {
    std::string why = WrongWithParty(*party);
    if (!why.empty()) return why;
  }
  const Party& other =
      traffic.direction == Direction::kInbound ? traffic.source : traffic.destination;
  if (other.principal.empty() && other.ip.empty()) {
    return "it has neither an identity nor an address";
  }
  (other.principal.empty() ? peer->ip : peer->principal) =
      other.principal.empty() ? other.ip : other.principal;
  return "";
}

std::string AddTraffic(const Traffic& traffic, const Sightings& seen, bool by_host, Peers* peers) {
  Party peer;
  std::string why = PeerOf(traffic, &peer);
  if (!why.empty()) return why;
  if (traffic.carries != Carries::kRequest) {
    (*peers)[peer][traffic.port].bytes.Merge(seen);
    return "";
  }
  const AskedRequest& request = traffic.request;
  why = WrongWithRequest(request);
  if (!why.empty()) return why;
  const bool named = by_host && HostPattern::Parse(request.authority).ok();
  Requests& port = (*peers)[peer][traffic.port].requests[named ? request.authority : ""];
  const std::optional<Call> call = request.grpc ? CallOf(request.path) : std::nullopt;
  if (call.has_value()) {
    port.grpc[call->service][call->method].Merge(seen);
  } else if (request.path == "*") {
    port.all_paths.Merge(seen);
  } else {
    (request.websocket ? port.websocket : port.http)[request.method][request.path].Merge(seen);
  }
  return "";
}

Sightings TotalOf(const Ports& ports) {
  Sightings total;
  const auto add = [&total](const MethodPaths& requests) {
    for (const auto& [name, seen] : requests) {
      for (const auto& [path, sightings] : seen) total.Merge(sightings);
    }
  };
  for (const auto& [port, traffic] : ports) {
    total.Merge(traffic.bytes);
    for (const auto& [host, requests] : traffic.requests) {
      total.Merge(requests.all_paths);
      add(requests.http);
      add(requests.websocket);
      add(requests.grpc);
    }
  }
  return total;
}

std::string SeenText(const Sightings& seen) {
  std::string text = absl::StrCat(seen.count, seen.count == 1 ? " time, " : " times, ");
  const std::string first = UtcText(seen.first);
  const std::string last = UtcText(seen.last);
  absl::StrAppend(&text, first);
  if (first != last) absl::StrAppend(&text, " to ", last);
  if (!seen.decision_id.empty()) {
    absl::StrAppend(&text, ", such as decision ", seen.decision_id);
  } else if (!seen.flow_id.empty()) {
    absl::StrAppend(&text, ", such as flow ", seen.flow_id);
  }
  return text;
}

// UniqueName: the service account, as far as that is a name, numbered where two have the same.
std::string RuleWriter::UniqueName(const Party& peer) {
  std::string name = peer.ip;
  if (!peer.principal.empty()) {
    const auto parts = flows::SplitPrincipal(peer.principal);
    name = parts.has_value() ? std::string(parts->service_account) : peer.principal;
  }
  for (char& c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') c = '-';
  }
  std::string unique = name;
  for (int n = 2; !names_.insert(unique).second; ++n) unique = absl::StrCat(name, "-", n);
  return unique;
}

void RuleWriter::Write(const Party& peer, const Ports& ports, std::string* out) {
  absl::StrAppend(out, YamlComment(kRuleIndent, SeenText(TotalOf(ports))));
  absl::StrAppend(out, "  - name: ", YamlScalar(UniqueName(peer)), "\n");
  if (direction_ == Direction::kInbound) {
    const bool known = !peer.principal.empty();
    absl::StrAppend(out, "    from:\n    - source:\n",
                    YamlList(kFieldIndent, known ? "principals" : "ipBlocks",
                             {known ? peer.principal : peer.ip}));
  }
  absl::StrAppend(out, "    to:\n");
  for (const auto& [port, traffic] : ports) WritePort(peer, port, traffic, out);
}

void RuleWriter::WritePort(const Party& peer, uint16_t port, const PortTraffic& traffic,
                           std::string* out) {
  // The start of each entry: up to and with the port; operation is open, for more fields.
  std::string start;
  if (direction_ == Direction::kInbound) {
    start = absl::StrCat("    - operation:\n        ", PortField(port));
  } else {
    const bool known = !peer.principal.empty();
    start = absl::StrCat("    - destination:\n",
                         YamlList(kFieldIndent, known ? "principals" : "ipBlocks",
                                  {known ? peer.principal : peer.ip}),
                         "        ", PortField(port), "      operation:\n");
  }
  if (traffic.bytes.last != absl::InfinitePast()) {
    Comment(traffic.bytes, "TCP", out);
    absl::StrAppend(out, start, "        protocols: [\"TCP\"]\n");
  }
  for (const auto& [host, requests] : traffic.requests) {
    const std::string hosts = host.empty() ? "" : YamlList(kFieldIndent, "hosts", {host});
    WriteRequests(absl::StrCat(start, hosts), requests, out);
  }
}

void RuleWriter::WriteRequests(const std::string& start, const Requests& requests,
                               std::string* out) {
  WriteHttp(start, requests.http, /*websocket=*/false, out);
  WriteHttp(start, requests.websocket, /*websocket=*/true, out);
  for (const auto& [service, methods] : requests.grpc) {
    std::vector<std::string> names;
    for (const auto& [method, seen] : methods) {
      Comment(seen, absl::StrCat("gRPC ", service, "/", method), out);
      names.push_back(method);
    }
    absl::StrAppend(out, start, "        grpc:\n",
                    YamlList(kFieldIndent + 2, "services", {service}),
                    YamlList(kFieldIndent + 2, "methods", names));
  }
  if (requests.all_paths.last != absl::InfinitePast()) {
    Comment(requests.all_paths, "OPTIONS *, which is no path", out);
    absl::StrAppend(out, start, "        methods: [\"OPTIONS\"]\n        notPaths: [\"/{**}\"]\n");
  }
}

// WriteHttp writes one entry for all patterns that came with the same methods: methods times paths
// is then what was seen, and no more.
void RuleWriter::WriteHttp(const std::string& start, const MethodPaths& requests, bool websocket,
                           std::string* out) {
  std::map<std::string, std::map<std::string, PathGroup>> by_pattern;  // then by method
  for (const auto& [method, paths] : requests) {
    for (PathGroup& group : GroupPaths(paths, grouping_)) {
      std::string pattern = group.pattern;
      by_pattern[std::move(pattern)][method] = std::move(group);
    }
  }
  std::map<std::vector<std::string>, std::vector<std::string>> entries;  // methods -> patterns
  for (const auto& [pattern, groups] : by_pattern) {
    std::vector<std::string> methods;
    for (const auto& [method, group] : groups) methods.push_back(method);
    entries[methods].push_back(pattern);
  }
  for (const auto& [methods, patterns] : entries) {
    for (const std::string& pattern : patterns) {
      for (const auto& [method, group] : by_pattern[pattern]) {
        Comment(group.seen, Described(method, group, websocket), out);
      }
    }
    absl::StrAppend(out, start, YamlList(kFieldIndent, "methods", methods),
                    YamlList(kFieldIndent, "paths", patterns));
    if (websocket) absl::StrAppend(out, "        protocols: [\"WEBSOCKET\"]\n");
  }
}

}  // namespace firebreak::policy
