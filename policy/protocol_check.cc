#include "policy/protocol_check.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "config/error_codes.h"

namespace firebreak::policy {
namespace {

using config::ErrorCode;

// All that can be true of one byte stream or request.
constexpr std::array<Protocols, 9> kPossible = {kTcp,
                                                kHttp1,
                                                kHttp1 | kGrpc,
                                                kHttp1 | kWebsocket,
                                                kHttp1 | kGrpc | kWebsocket,
                                                kHttp2,
                                                kHttp2 | kGrpc,
                                                kHttp2 | kWebsocket,
                                                kHttp2 | kGrpc | kWebsocket};

bool LooksIntoRequests(const Rule& rule, const TargetMatch& target) {
  return !rule.when.headers.empty() || (target.http != nullptr && !target.http->only_protocols());
}

bool IsContradiction(const Rule& rule, const TargetMatch& target) {
  if (target.http == nullptr) return false;
  const bool needs_request = LooksIntoRequests(rule, target);
  const bool needs_grpc = target.http->grpc.has_value();
  return std::none_of(kPossible.begin(), kPossible.end(), [&](Protocols have) {
    if (needs_request && have == kTcp) return false;
    if (needs_grpc && (have & kGrpc) == 0) return false;
    return target.http->MatchesProtocols(have);
  });
}

// PortChecking holds one rule against the ports that are declared TCP.
class PortChecking {
 public:
  PortChecking(const Rule& rule, const ListenerPorts& ports) : rule_(rule), ports_(ports) {}

  void Check(const std::vector<uint16_t>& ports, const Scope& list) {
    for (size_t i = 0; i < ports.size(); ++i) CheckOne(ports[i], list.Entry(i));
  }
  void CheckConditions(const Scope& scope) {
    for (const TargetMatch& when : rule_.when.targets) {
      for (const uint16_t port : when.ports.any) CheckOne(port, scope.Field("when"));
    }
  }
  void CheckRest(const Scope& scope) {
    if (!named_ && ports_.bytes_everywhere) Report("every listener of this workload is", scope);
  }

 private:
  void CheckOne(uint16_t port, const Scope& at) {
    named_ = true;
    if (ports_.CarriesBytes(port)) Report(absl::StrCat("port ", port, " is"), at);
  }

  void Report(absl::string_view what, const Scope& at) const {
    const std::string message =
        absl::StrCat(what, " declared TCP, so there are no requests for this rule to look into");
    switch (rule_.action) {
      case Action::kAllow:
        return at.Warning(ErrorCode::kPolicyNeverMatches, message,
                          "it allows nothing there; a rule about ports and peers alone does");
      case Action::kDeny:
        break;
    }
    at.Error(ErrorCode::kPolicyProtocol, message,
             "it would refuse every connection there, or none; say which by a rule about ports and "
             "peers alone, or declare the listener AUTO or HTTP");
  }

  const Rule& rule_;
  const ListenerPorts& ports_;
  bool named_ = false;
};

void CheckPorts(const Rule& rule, const ListenerPorts& ports, const Scope& scope) {
  for (size_t i = 0; i < rule.to.size(); ++i) {
    const TargetMatch& target = rule.to[i];
    if (!LooksIntoRequests(rule, target)) continue;
    const Scope at = scope.Field("to").Entry(i);
    PortChecking checking(rule, ports);
    checking.Check(target.ports.any, at.Field("operation").Field("ports"));
    checking.Check(target.destination_ports.any, at.Field("destination").Field("ports"));
    checking.CheckConditions(scope);
    checking.CheckRest(at);
  }
  if (!rule.to.empty() || rule.when.headers.empty()) return;
  PortChecking checking(rule, ports);
  checking.CheckConditions(scope);
  checking.CheckRest(scope);
}

// WarnOfNoListener: a list of ports of which none leads anywhere is most likely mistaken.
void WarnOfNoListener(const Rule& rule, const RuleContext& context, const Scope& scope) {
  const auto check = [&context](const std::vector<uint16_t>& ports, const Scope& at) {
    const auto reached = [&context](uint16_t port) { return context.ports->Reaches(port); };
    if (ports.empty() || std::any_of(ports.begin(), ports.end(), reached)) return;
    const bool inbound = context.direction == Direction::kInbound;
    at.Warning(ErrorCode::kPolicyNeverMatches,
               absl::StrCat("no ", inbound ? "INBOUND" : "OUTBOUND",
                            " listener of this sidecar leads to port ",
                            absl::StrJoin(ports, " or "), ", so nothing matches this here"),
               absl::StrCat("they lead to ", absl::StrJoin(context.ports->all, ", ")));
  };
  for (size_t i = 0; i < rule.to.size(); ++i) {
    const Scope at = scope.Field("to").Entry(i);
    check(rule.to[i].ports.any, at.Field("operation").Field("ports"));
    check(rule.to[i].destination_ports.any, at.Field("destination").Field("ports"));
  }
  for (const TargetMatch& when : rule.when.targets) check(when.ports.any, scope.Field("when"));
}

void WarnOfBytes(const Rule& rule, const Scope& scope) {
  if (rule.action != Action::kDeny) return;
  const bool names_ports =
      std::any_of(rule.when.targets.begin(), rule.when.targets.end(),
                  [](const TargetMatch& target) { return !target.ports.empty(); });
  if (names_ports) return;
  const auto refuses_bytes = [&rule](const TargetMatch& target) {
    const bool limited = !target.ports.empty() || !target.destination_ports.empty() ||
                         (target.http != nullptr && !target.http->MatchesProtocols(kTcp));
    return LooksIntoRequests(rule, target) && !limited;
  };
  if (rule.to.empty() ? rule.when.headers.empty()
                      : std::none_of(rule.to.begin(), rule.to.end(), refuses_bytes)) {
    return;
  }
  scope.Warning(ErrorCode::kPolicyRefusesBytes,
                "this DENY rule about HTTP also refuses every connection that is not HTTP",
                "name the ports it is about, or protocols: [HTTP]");
}

}  // namespace

void CheckProtocols(const Rule& rule, const RuleContext& context, const Scope& scope) {
  for (size_t i = 0; i < rule.to.size(); ++i) {
    if (!IsContradiction(rule, rule.to[i])) continue;
    scope.Field("to").Entry(i).Error(
        ErrorCode::kPolicyProtocol,
        "nothing has these protocols and what else is asked for, so this never matches",
        "a connection that is TCP has no requests; gRPC and WebSocket come over HTTP");
  }
  if (context.ports != nullptr) {
    CheckPorts(rule, *context.ports, scope);
    WarnOfNoListener(rule, context, scope);
  }
  WarnOfBytes(rule, scope);
}

}  // namespace firebreak::policy
