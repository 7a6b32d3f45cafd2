#include "policy/reference_evaluator.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bitset>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "gtest/gtest.h"

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

bool BlockHolds(const WrittenBlock& block, const End& end, uint16_t port, bool deny) {
  for (const auto& [written, values] : block) {
    const bool negated = absl::StartsWith(written, "not");
    std::string field = negated ? written.substr(3) : written;
    if (negated) field[0] = static_cast<char>(field[0] + 'a' - 'A');
    bool holds = false;
    if (!Present(field, end)) {
      holds = negated && deny;
    } else {
      const bool some = std::any_of(
          values.begin(), values.end(),
          [&, f = field](const std::string& value) { return ValueMatches(f, value, end, port); });
      holds = some != negated;
    }
    if (!holds) return false;
  }
  return true;
}

bool RuleHolds(const WrittenRule& rule, const Question& question, bool deny) {
  const End source = TakeApart(question.from, question.from_ip);
  const End destination = TakeApart(question.to, question.to_ip);
  const bool from =
      rule.from.empty() || std::any_of(rule.from.begin(), rule.from.end(), [&](const auto& block) {
        return BlockHolds(block, source, question.port, deny);
      });
  const bool to =
      rule.to.empty() || std::any_of(rule.to.begin(), rule.to.end(), [&](const auto& target) {
        return BlockHolds(target.operation, destination, question.port, deny) &&
               BlockHolds(target.destination, destination, question.port, deny);
      });
  return from && to;
}

// The first rule that holds among policies of this kind, as "shop/p rules[0]"; "" for none.
std::string FirstRule(const std::vector<WrittenPolicy>& policies, const Question& question,
                      bool deny, bool audit) {
  for (const WrittenPolicy& policy : policies) {
    if (policy.outbound != (question.direction == Direction::kOutbound)) continue;
    if (policy.deny != deny || policy.audit != audit) continue;
    for (size_t i = 0; i < policy.rules.size(); ++i) {
      if (RuleHolds(policy.rules[i], question, deny)) {
        return absl::StrCat("shop/", policy.name, " rules[", i, "]");
      }
    }
  }
  return "";
}

std::string BlockYaml(const WrittenBlock& block) {
  return absl::StrCat("{",
                      absl::StrJoin(block, ", ",
                                    [](std::string* out, const auto& field) {
                                      absl::StrAppend(out, field.first, ": ['",
                                                      absl::StrJoin(field.second, "', '"), "']");
                                    }),
                      "}");
}

}  // namespace

std::string WrittenPolicy::ToYaml() const {
  std::string text;
  for (const WrittenRule& rule : rules) {
    std::vector<std::string> sources;
    for (const WrittenBlock& block : rule.from) {
      sources.push_back(absl::StrCat("{source: ", BlockYaml(block), "}"));
    }
    std::vector<std::string> targets;
    for (const WrittenTarget& target : rule.to) {
      std::vector<std::string> parts;
      if (!target.operation.empty()) {
        parts.push_back(absl::StrCat("operation: ", BlockYaml(target.operation)));
      }
      if (!target.destination.empty()) {
        parts.push_back(absl::StrCat("destination: ", BlockYaml(target.destination)));
      }
      targets.push_back(absl::StrCat("{", absl::StrJoin(parts, ", "), "}"));
    }
    std::vector<std::string> fields;
    if (!sources.empty())
      fields.push_back(absl::StrCat("from: [", absl::StrJoin(sources, ", "), "]"));
    if (!targets.empty())
      fields.push_back(absl::StrCat("to: [", absl::StrJoin(targets, ", "), "]"));
    absl::StrAppend(&text, "  - {", absl::StrJoin(fields, ", "), "}\n");
  }
  return PolicyText(name,
                    absl::StrCat("direction: ", outbound ? "OUTBOUND" : "INBOUND",
                                 "\n  action: ", deny ? "DENY" : "ALLOW",
                                 "\n  mode: ", audit ? "AUDIT" : "ENFORCE"),
                    text);
}

std::string ReferenceAnswer(const std::vector<WrittenPolicy>& policies, const Question& question) {
  const std::string denied = FirstRule(policies, question, /*deny=*/true, /*audit=*/false);
  const std::string allowed = FirstRule(policies, question, /*deny=*/false, /*audit=*/false);
  const std::string trial_denied = FirstRule(policies, question, /*deny=*/true, /*audit=*/true);
  const std::string trial_allowed = FirstRule(policies, question, /*deny=*/false, /*audit=*/true);

  std::string answer;
  if (!denied.empty()) {
    answer = absl::StrCat("DROPPED EXPLICIT_DENY ", denied);
  } else if (allowed.empty()) {
    answer = "DROPPED NO_RULE";
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

}  // namespace firebreak::policy
