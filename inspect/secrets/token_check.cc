#include "inspect/secrets/token_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"

namespace firebreak::inspect {
namespace {

bool IsAlnum(char c) { return absl::ascii_isalnum(c); }
bool IsWord(char c) { return IsAlnum(c) || c == '_' || c == '-'; }
bool IsWordOrDot(char c) { return IsWord(c) || c == '.'; }
bool IsUpperBase32(char c) { return absl::ascii_isupper(c) || (c >= '2' && c <= '7'); }
bool IsBase64(char c) { return IsAlnum(c) || c == '+' || c == '/'; }
bool IsAlnumOrDash(char c) { return IsAlnum(c) || c == '-'; }
bool IsHex(char c) { return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f'); }

// A token with a beginning of its own: what may follow, and how much of it.
struct PrefixRule {
  SecretKind kind;
  absl::string_view prefix;
  bool (*character)(char);
  size_t shortest;
  size_t longest;
  double bits;
};

using S = SecretKind;

// Forms as their issuers document them.
constexpr PrefixRule kPrefixes[] = {
    {S::kAwsKeyId, "AKIA", IsUpperBase32, 16, 16, 2.8},
    {S::kAwsKeyId, "ASIA", IsUpperBase32, 16, 16, 2.8},
    {S::kGcpApiKey, "AIza", IsWord, 35, 35, 3.5},
    {S::kGithubToken, "ghp_", IsAlnum, 36, 36, 3.5},
    {S::kGithubToken, "gho_", IsAlnum, 36, 36, 3.5},
    {S::kGithubToken, "ghu_", IsAlnum, 36, 36, 3.5},
    {S::kGithubToken, "ghs_", IsAlnum, 36, 36, 3.5},
    {S::kGithubToken, "ghr_", IsAlnum, 36, 76, 3.5},
    {S::kGithubToken, "github_pat_", IsWord, 82, 82, 3.5},
    {S::kGitlabToken, "glpat-", IsWordOrDot, 20, 64, 3.2},
    {S::kSlackToken, "xoxb-", IsAlnumOrDash, 40, 120, 3.0},
    {S::kSlackToken, "xoxp-", IsAlnumOrDash, 40, 120, 3.0},
    {S::kSlackToken, "xoxa-", IsAlnumOrDash, 40, 120, 3.0},
    {S::kSlackToken, "xoxr-", IsAlnumOrDash, 40, 120, 3.0},
    {S::kSlackToken, "xoxs-", IsAlnumOrDash, 40, 120, 3.0},
    {S::kStripeKey, "sk_live_", IsAlnum, 24, 247, 3.2},
    {S::kStripeKey, "rk_live_", IsAlnum, 24, 247, 3.2},
    {S::kNpmToken, "npm_", IsAlnum, 36, 36, 3.5},
    {S::kPypiToken, "pypi-AgEIcHlwaS5vcmc", IsWord, 50, 400, 3.5},
    {S::kVaultToken, "hvs.", IsWord, 24, 300, 3.5},
    {S::kDigitalOceanToken, "dop_v1_", IsHex, 64, 64, 3.0},
};

// A secret begins where a token does, or behind what divides one.
bool StartsAt(absl::string_view token, size_t at) {
  return at == 0 || absl::StrContains("=/.+:", token[at - 1]);
}

size_t RunOf(absl::string_view text, bool (*character)(char)) {
  return static_cast<size_t>(std::find_if_not(text.begin(), text.end(), character) - text.begin());
}

std::optional<FoundToken> MatchPrefixes(absl::string_view token, size_t at) {
  const absl::string_view rest = token.substr(at);
  for (const PrefixRule& rule : kPrefixes) {
    if (rest[0] != rule.prefix[0] || !absl::StartsWith(rest, rule.prefix)) continue;
    const absl::string_view body = rest.substr(rule.prefix.size());
    const size_t run = RunOf(body, rule.character);
    // Longer is something else that happens to begin the same way.
    const bool ended = run == body.size() || !IsWord(body[run]);
    if (!ended || run < rule.shortest || run > rule.longest) continue;
    if (TokenBits(body.substr(0, run)) < rule.bits ||
        IsExample(rest.substr(0, rule.prefix.size() + run))) {
      continue;
    }
    return FoundToken{rule.kind, at, rule.prefix.size() + run};
  }
  return std::nullopt;
}

// RFC 7519: three parts in base64url, of which the first is JSON with an "alg".
std::optional<FoundToken> MatchJwt(absl::string_view token, size_t at) {
  const absl::string_view rest = token.substr(at);
  if (!absl::StartsWith(rest, "eyJ")) return std::nullopt;
  const size_t head = RunOf(rest, IsWord);
  if (head < 16 || head >= rest.size() || rest[head] != '.') return std::nullopt;
  const absl::string_view claims_on = rest.substr(head + 1);
  const size_t claims = RunOf(claims_on, IsWord);
  if (!absl::StartsWith(claims_on, "eyJ") || claims >= claims_on.size() ||
      claims_on[claims] != '.') {
    return std::nullopt;
  }
  const size_t signature = RunOf(claims_on.substr(claims + 1), IsWord);
  std::string header;
  if (signature < 20 || !absl::WebSafeBase64Unescape(rest.substr(0, head), &header))
    return std::nullopt;
  if (!absl::StrContains(header, "\"alg\"")) return std::nullopt;
  const size_t size = head + 1 + claims + 1 + signature;
  // The one that every introduction to JWT shows ends so.
  if (absl::EndsWith(rest.substr(0, size), "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"))
    return std::nullopt;
  return FoundToken{S::kJwt, at, size};
}

// "SG.", 22 characters, a dot, 43 characters.
std::optional<FoundToken> MatchSendgrid(absl::string_view token, size_t at) {
  constexpr size_t kSize = 3 + 22 + 1 + 43;
  const absl::string_view rest = token.substr(at, kSize);
  if (!absl::StartsWith(rest, "SG.") || rest.size() < kSize || rest[25] != '.') return std::nullopt;
  const absl::string_view key = rest.substr(26);
  if (RunOf(rest.substr(3), IsWord) != 22 || RunOf(key, IsWord) != 43) return std::nullopt;
  return TokenBits(key) >= 4.0 ? std::optional(FoundToken{S::kSendgridKey, at, kSize})
                               : std::nullopt;
}

std::optional<FoundToken> MatchSlackWebhook(absl::string_view token) {
  constexpr absl::string_view kHost = "hooks.slack.com/services/T";
  const size_t at = token.find(kHost);
  if (at == absl::string_view::npos) return std::nullopt;
  const size_t last = token.rfind('/');
  const size_t run = RunOf(token.substr(last + 1), IsAlnum);
  if (last < at + kHost.size() || run != 24) return std::nullopt;
  const absl::string_view key = token.substr(last + 1, run);
  if (TokenBits(key) < 3.2 || IsExample(key)) return std::nullopt;
  return FoundToken{S::kSlackWebhook, last + 1, run};
}

bool HasUpperLowerDigit(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), absl::ascii_isupper) &&
         std::any_of(text.begin(), text.end(), absl::ascii_islower) &&
         std::any_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// words end with the name of a secret and what stands between a name and its value: "password": "
bool IsAssignedSecret(absl::string_view words) {
  for (const absl::string_view word :
       {"password", "passwd", "client_secret", "clientsecret", "api_key", "apikey", "api-key",
        "secret_key", "access_token", "auth_token", "private_token"}) {
    const size_t said = words.rfind(word);
    if (said == absl::string_view::npos || words.size() - said - word.size() > 6) continue;
    const absl::string_view between = words.substr(said + word.size());
    if (between.find_first_of(":=") != absl::string_view::npos &&
        std::none_of(between.begin(), between.end(), IsAlnum)) {
      return true;
    }
  }
  return false;
}

// Keys without a beginning of their own: the words before them have to say what they are.
std::optional<FoundToken> MatchByContext(absl::string_view token, absl::string_view before) {
  // "name=value" and "name:value" are one token: then the name is within it.
  const size_t mark =
      token.find_last_of("=:", std::max<size_t>(token.find_last_not_of('='), 1) - 1);
  const size_t at = mark == absl::string_view::npos ? 0 : mark + 1;
  absl::string_view value = token.substr(at);
  std::string words = absl::AsciiStrToLower(before);
  words += absl::AsciiStrToLower(token.substr(0, at));
  const size_t run = RunOf(value, IsBase64);
  const bool azure =
      absl::StrContains(words, "accountkey=") || absl::StrContains(words, "account_key");
  if (azure && run == 86 && absl::StartsWith(value.substr(run), "==") && TokenBits(value) >= 4.5) {
    return FoundToken{S::kAzureStorageKey, at, run + 2};
  }
  const bool aws = absl::StrContains(words, "aws") && absl::StrContains(words, "secret");
  if (aws && run == 40 && run == value.size() && TokenBits(value) >= 4.2 && !IsExample(value)) {
    return FoundToken{S::kAwsSecret, at, run};
  }
  const bool random = value.size() >= 20 && value.size() <= 128 && TokenBits(value) >= 3.8 &&
                      HasUpperLowerDigit(value);
  if (random && IsAssignedSecret(words) && !IsExample(value)) {
    return FoundToken{S::kGeneric, at, value.size()};
  }
  return std::nullopt;
}

}  // namespace

double TokenBits(absl::string_view token) {
  std::array<uint32_t, 256> counts{};
  for (const char c : token) ++counts[static_cast<uint8_t>(c)];
  const auto total = static_cast<double>(token.size());
  double bits = 0;
  for (const uint32_t count : counts) {
    if (count > 0) bits -= count / total * std::log2(count / total);
  }
  return bits;
}

bool IsExample(absl::string_view token) {
  const std::string lower = absl::AsciiStrToLower(token);
  for (const absl::string_view word : {"example", "xxxx", "1234567890", "abcdefgh", "changeme",
                                       "placeholder", "redacted", "your_", "your-"}) {
    if (absl::StrContains(lower, word)) return true;
  }
  return false;
}

std::optional<FoundToken> CheckToken(absl::string_view token, absl::string_view before,
                                     const SecretKinds& off) {
  size_t passed_over = absl::string_view::npos;
  const auto counts = [&off, &passed_over](const std::optional<FoundToken>& found) {
    if (!found.has_value()) return false;
    const bool on = !off[static_cast<size_t>(found->kind)];
    if (!on) passed_over = found->at;
    return on;
  };
  for (size_t at = 0; at < token.size(); ++at) {
    if (!StartsAt(token, at)) continue;
    if (const auto found = MatchPrefixes(token, at); counts(found)) return found;
    if (const auto found = MatchJwt(token, at); counts(found)) return found;
    if (const auto found = MatchSendgrid(token, at); counts(found)) return found;
  }
  if (const auto found = MatchSlackWebhook(token); counts(found)) return found;
  // What is known by its form is not, behind "access_token=", just any random text.
  const auto found = MatchByContext(token, before);
  return counts(found) && found->at != passed_over ? found : std::nullopt;
}

}  // namespace firebreak::inspect
