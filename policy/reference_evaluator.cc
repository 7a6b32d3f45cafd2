#include "policy/reference_evaluator.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bitset>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "gtest/gtest.h"
#include "policy/share.h"

namespace firebreak::policy {
namespace {

using Segments = std::vector<std::string>;

// One end of the connection, taken apart. Empty strings are absent.
struct End {
  std::string principal;
  std::string trust_domain;
  std::string ns;
  std::string account;
  std::string ip;
};

End TakeApart(const std::string& principal, const std::string& ip) {
  End end{principal, "", "", "", ip};
  const Segments segments = absl::StrSplit(principal, '/');
  end.trust_domain = segments[0];
  if (segments.size() == 5 && segments[1] == "ns" && segments[3] == "sa") {
    end.ns = segments[2];
    end.account = segments[4];
  }
  return end;
}

bool PrincipalMatches(const std::string& pattern, const std::string& principal) {
  if (pattern == "*") return true;
  absl::string_view group = pattern;
  if (absl::ConsumePrefix(&group, "group:")) {
    const std::vector<std::string>& in = WrittenGroups().at(std::string(group));
    return std::any_of(in.begin(), in.end(), [&principal](const std::string& member) {
      return PrincipalMatches(member, principal);
    });
  }
  const Segments want = absl::StrSplit(pattern, '/');
  const Segments have = absl::StrSplit(principal, '/');
  if (want.back() == "*") {
    return have.size() >= want.size() && std::equal(want.begin(), want.end() - 1, have.begin());
  }
  if (want.front() == "*") {
    return have.size() >= want.size() && std::equal(want.rbegin(), want.rend() - 1, have.rbegin());
  }
  return want == have;
}

bool GlobMatches(const std::string& pattern, const std::string& value) {
  const size_t star = pattern.find('*');
  if (star == std::string::npos) return pattern == value;
  const std::string before = pattern.substr(0, star);
  const std::string after = pattern.substr(star + 1);
  return value.size() >= before.size() + after.size() && absl::StartsWith(value, before) &&
         value.substr(value.size() - after.size()) == after;
}

bool AccountMatches(const std::string& pattern, const End& end) {
  const std::string own = absl::StrCat(end.ns, "/", end.account);
  return pattern.find('/') == std::string::npos ? absl::StrCat("shop/", pattern) == own
                                                : pattern == own;
}

// The 128 bits of an address, the first bit of the text first.
std::string Bits(const std::string& text) {
  const std::string v6 = text.find(':') == std::string::npos ? "::ffff:" + text : text;
  uint8_t bytes[16];
  inet_pton(AF_INET6, v6.c_str(), bytes);
  std::string bits;
  for (const uint8_t byte : bytes) bits += std::bitset<8>(byte).to_string();
  return bits;
}

bool BlockMatches(const std::string& block, const std::string& ip) {
  const std::vector<std::string> parts = absl::StrSplit(block, '/');
  size_t length = 128;
  if (parts.size() == 2) {
    EXPECT_TRUE(absl::SimpleAtoi(parts[1], &length)) << block;
    if (parts[0].find(':') == std::string::npos) length += 96;
  }
  if (absl::StrContains(parts[0], ':') != absl::StrContains(ip, ':')) return false;
  return Bits(parts[0]).substr(0, length) == Bits(ip).substr(0, length);
}

bool ValueMatches(const std::string& field, const std::string& value, const End& end,
                  uint16_t port) {
  if (field == "principals") return PrincipalMatches(value, end.principal);
  if (field == "namespaces") return GlobMatches(value, end.ns);
  if (field == "trustDomains") return GlobMatches(value, end.trust_domain);
  if (field == "serviceAccounts") return AccountMatches(value, end);
  if (field == "ipBlocks") return BlockMatches(value, end.ip);
  return value == std::to_string(port);
}

bool Present(const std::string& field, const End& end) {
  if (field == "principals" || field == "trustDomains") return !end.principal.empty();
  if (field == "namespaces" || field == "serviceAccounts") return !end.ns.empty();
  if (field == "ipBlocks") return !end.ip.empty();
  return true;
}

// Asked is a question and the action of the policy that it is put to.
struct Asked {
  const Question& question;
  bool deny;
};

using Field = WrittenField;

// Holds judges a field with one value or none.
template <typename Matches>
bool Holds(const std::vector<std::string>& values, bool negated, bool present, bool deny,
           const Matches& matches) {
  if (!present) return negated && deny;
  return std::any_of(values.begin(), values.end(), matches) != negated;
}

bool RemoteHolds(const Field& field, const std::vector<std::string>& blocks, const Asked& asked) {
  const RemoteAddress& remote = asked.question.remote;
  if (remote.kind == RemoteAddress::Kind::kLater) return !asked.deny;
  if (remote.kind == RemoteAddress::Kind::kDoubt) return asked.deny;
  const std::string ip =
      remote.kind == RemoteAddress::Kind::kNamed ? remote.ip.ToString() : asked.question.from_ip;
  return Holds(blocks, field.negated, !ip.empty(), asked.deny,
               [&ip](const std::string& block) { return BlockMatches(block, ip); });
}

bool HttpFieldHolds(const Field& field, const std::vector<std::string>& values, const Asked& asked);

bool BlockHolds(const WrittenBlock& block, const End& end, const Asked& asked) {
  for (const auto& [written, values] : block) {
    const Field field = Field::Of(written);
    if (field.name == "remoteIpBlocks") {
      if (!RemoteHolds(field, values, asked)) return false;
      continue;
    }
    if (field.name == "requestPrincipals") {
      if (!field.negated || !asked.deny) return false;
      continue;
    }
    if (field.name == "hosts") {
      if (!HttpFieldHolds(field, values, asked)) return false;
      continue;
    }
    const bool holds = Holds(values, field.negated, Present(field.name, end), asked.deny,
                             [&](const std::string& value) {
                               return ValueMatches(field.name, value, end, asked.question.port);
                             });
    if (!holds) return false;
  }
  return true;
}

bool TextMatches(const std::string& pattern, const std::string& value) {
  return !value.empty() && GlobMatches(pattern, value);
}

bool PathMatches(const std::string& pattern, const std::string& path) {
  if (!absl::StrContains(pattern, '{')) return TextMatches(pattern, path);
  if (path[0] != '/') return false;
  Segments want = absl::StrSplit(pattern, '/');
  Segments have = absl::StrSplit(path, '/');
  if (want.back() == "{**}") {
    want.pop_back();
    if (have.size() < want.size()) return false;
    have.resize(want.size());
  }
  return std::equal(want.begin(), want.end(), have.begin(), have.end(),
                    [](const std::string& wanted, const std::string& segment) {
                      return wanted == "{*}" ? !segment.empty() : wanted == segment;
                    });
}

bool HostMatches(const std::string& pattern, const http::Request& request) {
  const std::string port = request.scheme == "https" ? ":443" : ":80";
  const std::string host = absl::StrContains(request.authority, ':')
                               ? request.authority
                               : absl::StrCat(request.authority, port);
  const std::string lower = absl::AsciiStrToLower(pattern);
  const std::pair<std::string, std::string> want = absl::StrSplit(lower, ':');
  const std::pair<std::string, std::string> have = absl::StrSplit(host, ':');
  const bool any_port = want.second.empty() || want.second == "*";
  return GlobMatches(want.first, have.first) && (any_port || want.second == have.second);
}

bool ProtocolMatches(const std::string& name, const http::Request& request) {
  const bool two = request.version == http::Version::kHttp2;
  if (name == "HTTP") return true;
  if (name == "HTTP1") return !two;
  if (name == "HTTP2") return two;
  if (name == "GRPC") return request.grpc;
  return name == "WEBSOCKET" && request.upgrade == http::Upgrade::kWebsocket;
}

bool HttpFieldHolds(const Field& field, const std::vector<std::string>& values,
                    const Asked& asked) {
  if (asked.question.carries == Carries::kRequests && !asked.question.http.has_value()) {
    return !asked.deny;
  }
  if (!asked.question.http.has_value()) {
    if (field.name != "protocols") return asked.deny;
    return (std::count(values.begin(), values.end(), "TCP") > 0) != field.negated;
  }
  const http::Request& request = *asked.question.http;
  const bool present = field.name != "hosts" || !request.authority.empty();
  return Holds(values, field.negated, present, asked.deny, [&](const std::string& value) {
    if (field.name == "hosts") return HostMatches(value, request);
    if (field.name == "methods") return TextMatches(value, request.method);
    if (field.name == "paths") return PathMatches(value, request.path);
    return ProtocolMatches(value, request);
  });
}

bool GrpcHolds(const WrittenBlock& grpc, const Asked& asked) {
  if (grpc.empty()) return true;
  if (!asked.question.http.has_value()) {
    return asked.deny == (asked.question.carries == Carries::kBytes);
  }
  const http::Request& request = *asked.question.http;
  const Segments segments = absl::StrSplit(request.path, '/');
  const bool clear =
      segments.size() == 3 && segments[0].empty() && !segments[1].empty() && !segments[2].empty();
  if (request.grpc && !clear) return asked.deny;
  return std::all_of(grpc.begin(), grpc.end(), [&](const auto& entry) {
    const Field field = Field::Of(entry.first);
    return Holds(entry.second, field.negated, request.grpc, asked.deny,
                 [&](const std::string& value) {
                   return TextMatches(value, segments[field.name == "services" ? 1 : 2]);
                 });
  });
}

// The values of a header: of each line, the line and what it lists.
struct Line {
  std::string whole;
  Segments elements;
};

std::vector<Line> LinesOf(const http::Request& request, const std::string& name) {
  std::vector<Line> lines;
  for (size_t i = 0; i < request.headers.size(); ++i) {
    if (request.headers[i].name != name) continue;
    Line line{std::string(request.headers[i].value), {}};
    line.elements = absl::StrSplit(line.whole, ',');
    for (std::string& element : line.elements) absl::StripAsciiWhitespace(&element);
    if (name == "user-agent") line.elements = {line.whole};
    lines.push_back(line);
  }
  return lines;
}

bool HeaderHolds(const std::string& name, const Field& field,
                 const std::vector<std::string>& patterns, const Asked& asked) {
  if (!asked.question.http.has_value()) {
    return asked.deny == (asked.question.carries == Carries::kBytes);
  }
  const std::vector<Line> lines = LinesOf(*asked.question.http, name);
  const auto matches = [&patterns](const std::string& text) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&text](const std::string& pattern) { return TextMatches(pattern, text); });
  };
  const bool all = !lines.empty() && std::all_of(lines.begin(), lines.end(), [&](const Line& line) {
    return std::count(patterns.begin(), patterns.end(), line.whole) > 0 ||
           std::all_of(line.elements.begin(), line.elements.end(), matches);
  });
  const bool some = std::any_of(lines.begin(), lines.end(), [&](const Line& line) {
    return matches(line.whole) || std::any_of(line.elements.begin(), line.elements.end(), matches);
  });
  const bool said =
      std::any_of(lines.begin(), lines.end(), [](const Line& line) { return !line.whole.empty(); });
  if (asked.deny) return field.negated ? !all : some;
  return field.negated ? said && !some : all;
}

bool ConditionHolds(const WrittenCondition& condition, const Asked& asked) {
  const End source = TakeApart(asked.question.from, asked.question.from_ip);
  const End destination = TakeApart(asked.question.to, asked.question.to_ip);
  absl::string_view name = condition.key;
  const bool header = absl::ConsumePrefix(&name, "request.headers[");
  return std::all_of(condition.values.begin(), condition.values.end(), [&](const auto& entry) {
    const Field field{"", entry.first == "notValues"};
    if (header) {
      return HeaderHolds(absl::AsciiStrToLower(name.substr(0, name.size() - 1)), field,
                         entry.second, asked);
    }
    if (condition.key == "connection.sni") {
      return Holds(
          entry.second, field.negated, !asked.question.server_name.empty(), asked.deny,
          [&](const std::string& value) { return GlobMatches(value, asked.question.server_name); });
    }
    const std::string prefix = field.negated ? "not" : "";
    const bool of_source = absl::StartsWith(condition.key, "source.");
    std::string block_field = "ports";
    if (absl::EndsWith(condition.key, ".ip")) block_field = "ipBlocks";
    if (absl::EndsWith(condition.key, ".namespace")) block_field = "namespaces";
    if (absl::EndsWith(condition.key, ".principal")) block_field = "principals";
    if (absl::EndsWith(condition.key, ".serviceAccount")) block_field = "serviceAccounts";
    if (absl::EndsWith(condition.key, ".trustDomain")) block_field = "trustDomains";
    if (condition.key == "remote.ip") block_field = "remoteIpBlocks";
    if (condition.key == "request.auth.principal") block_field = "requestPrincipals";
    if (field.negated) block_field[0] = absl::ascii_toupper(block_field[0]);
    return BlockHolds({{prefix + block_field, entry.second}}, of_source ? source : destination,
                      asked);
  });
}

bool TargetHolds(const WrittenTarget& target, const Asked& asked) {
  const End destination = TakeApart(asked.question.to, asked.question.to_ip);
  for (const auto& [written, values] : target.operation) {
    const Field field = Field::Of(written);
    const bool holds = field.name == "ports" ? BlockHolds({{written, values}}, destination, asked)
                                             : HttpFieldHolds(field, values, asked);
    if (!holds) return false;
  }
  return GrpcHolds(target.grpc, asked) && BlockHolds(target.destination, destination, asked);
}

bool RuleHolds(const WrittenRule& rule, const Asked& asked) {
  const End source = TakeApart(asked.question.from, asked.question.from_ip);
  const bool from =
      rule.from.empty() || std::any_of(rule.from.begin(), rule.from.end(), [&](const auto& block) {
        return BlockHolds(block, source, asked);
      });
  const bool to = rule.to.empty() ||
                  std::any_of(rule.to.begin(), rule.to.end(),
                              [&](const auto& target) { return TargetHolds(target, asked); });
  return from && to &&
         std::all_of(rule.when.begin(), rule.when.end(), [&](const WrittenCondition& condition) {
           return ConditionHolds(condition, asked);
         });
}

// Found is a rule that holds.
struct Found {
  const WrittenRule* rule = nullptr;
  std::string name;  // "shop/p rules[0]"; "" for none
};

bool WindowHolds(const WrittenWindow& window, absl::Time now) {
  absl::TimeZone zone;
  EXPECT_TRUE(absl::LoadTimeZone(window.zone, &zone));
  const absl::TimeZone utc = absl::UTCTimeZone();
  const std::string day = absl::AsciiStrToUpper(absl::FormatTime("%a", now, zone));
  // What day was it, a day ago on the calendar of that zone?
  const absl::CivilDay today(zone.At(now).cs);
  const std::string before =
      absl::AsciiStrToUpper(absl::FormatTime("%a", absl::FromCivil(today - 1, utc), utc));
  const std::string clock = absl::FormatTime("%H:%M", now, zone);
  const auto on = [&window](const std::string& name) {
    return std::count(window.days.begin(), window.days.end(), name) > 0;
  };
  if (window.from < window.to) return on(day) && window.from <= clock && clock < window.to;
  return (on(day) && window.from <= clock) || (on(before) && clock < window.to);
}

absl::Time TimeOf(const std::string& text) {
  absl::Time time;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) << text;
  return time;
}

bool IsValid(const WrittenRule& rule, absl::Time now) {
  if (!rule.not_before.empty() && now < TimeOf(rule.not_before)) return false;
  if (!rule.not_after.empty() && now >= TimeOf(rule.not_after)) return false;
  return rule.weekly.empty() || std::any_of(rule.weekly.begin(), rule.weekly.end(),
                                            [now](const auto& w) { return WindowHolds(w, now); });
}

// Is this policy, for this peer, one under audit?
bool IsAudit(const WrittenPolicy& policy, const Question& question) {
  if (policy.percent == 100) return policy.audit;
  const std::string& peer = policy.outbound ? question.to : question.from;
  if (policy.percent == 0) return true;
  if (peer.empty()) return !policy.deny;
  return PlaceOf(peer) >= policy.percent;
}

// The first rule that holds among policies of this kind.
Found FirstRule(const std::vector<WrittenPolicy>& policies, const Question& question, bool deny,
                bool audit, bool at_any_time = false) {
  for (const WrittenPolicy& policy : policies) {
    if (policy.outbound != (question.direction == Direction::kOutbound)) continue;
    if (policy.deny != deny || IsAudit(policy, question) != audit) continue;
    for (size_t i = 0; i < policy.rules.size(); ++i) {
      if (!at_any_time && !IsValid(policy.rules[i], question.now)) continue;
      if (RuleHolds(policy.rules[i], {question, deny})) {
        return {&policy.rules[i], absl::StrCat("shop/", policy.name, " rules[", i, "]")};
      }
    }
  }
  return {};
}

}  // namespace

std::string ReferenceAnswer(const std::vector<WrittenPolicy>& policies, const Question& question) {
  const std::string denied = FirstRule(policies, question, /*deny=*/true, /*audit=*/false).name;
  const std::string allowed = FirstRule(policies, question, /*deny=*/false, /*audit=*/false).name;
  const std::string trial_denied =
      FirstRule(policies, question, /*deny=*/true, /*audit=*/true).name;
  const std::string trial_allowed =
      FirstRule(policies, question, /*deny=*/false, /*audit=*/true).name;

  std::string answer;
  if (!denied.empty()) {
    answer = absl::StrCat("DROPPED EXPLICIT_DENY ", denied);
  } else if (allowed.empty()) {
    const std::string lapsed = FirstRule(policies, question, false, false, true).name;
    answer = lapsed.empty() ? "DROPPED NO_RULE" : absl::StrCat("DROPPED EXPIRED_GRANT ", lapsed);
  } else {
    answer = absl::StrCat(trial_denied.empty() ? "FORWARDED " : "AUDIT ", allowed);
  }
  if (!trial_denied.empty()) {
    absl::StrAppend(&answer, ", would be DROPPED by ", trial_denied);
  } else if (denied.empty() && allowed.empty() && !trial_allowed.empty()) {
    absl::StrAppend(&answer, ", would be FORWARDED by ", trial_allowed);
  }
  return answer;
}

std::string ReferenceTemplate(const std::vector<WrittenPolicy>& policies,
                              const Question& question) {
  if (!question.http.has_value()) return "";
  for (const bool deny : {true, false}) {
    const Found found = FirstRule(policies, question, deny, /*audit=*/false);
    if (found.rule == nullptr) continue;
    for (const WrittenTarget& target : found.rule->to) {
      if (!TargetHolds(target, {question, deny})) continue;
      const auto paths = target.operation.find("paths");
      if (paths == target.operation.end()) return "";
      return *std::find_if(
          paths->second.begin(), paths->second.end(),
          [&](const std::string& pattern) { return PathMatches(pattern, question.http->path); });
    }
    return "";
  }
  return "";
}

}  // namespace firebreak::policy
