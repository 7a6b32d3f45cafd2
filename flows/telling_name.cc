#include "flows/telling_name.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "base/text_shape.h"

namespace firebreak::flows {
namespace {

// Both in lower case and in order, for a look at those with the same first letter alone.
constexpr std::array<absl::string_view, 44> kTelling = {
    "activate",     "activation",  "apikey",  "apikeys",      "auth",       "bearer",
    "code",         "codes",       "confirm", "confirmation", "credential", "credentials",
    "invitation",   "invitations", "invite",  "invites",      "jwt",        "key",
    "keys",         "magic",       "nonce",   "otp",          "passcode",   "passwd",
    "password",     "passwords",   "pin",     "pwd",          "recover",    "recovery",
    "reset",        "secret",      "secrets", "session",      "sessionid",  "sessions",
    "signature",    "token",       "tokens",  "totp",         "unlock",     "unsubscribe",
    "verification", "verify"};
constexpr std::array<absl::string_view, 56> kRouteWords = {
    "admin",    "all",    "api",     "authorize", "callback", "certs",   "change",   "check",
    "complete", "create", "current", "default",   "delete",   "edit",    "email",    "exchange",
    "finish",   "forgot", "form",    "generate",  "health",   "index",   "info",     "introspect",
    "jwks",     "link",   "list",    "login",     "logout",   "me",      "new",      "oauth",
    "page",     "phone",  "private", "public",    "realms",   "refresh", "register", "renew",
    "request",  "resend", "revoke",  "rotate",    "search",   "self",    "send",     "set",
    "settings", "signin", "signup",  "start",     "status",   "submit",  "update",   "user"};

template <size_t N>
constexpr std::array<size_t, 27> FirstOfLetter(const std::array<absl::string_view, N>& words) {
  std::array<size_t, 27> first{};
  for (size_t letter = 0; letter < first.size(); ++letter) {
    size_t at = 0;
    while (at < N && static_cast<size_t>(words[at][0] - 'a') < letter) ++at;
    first[letter] = at;
  }
  return first;
}
constexpr auto kFirstTelling = FirstOfLetter(kTelling);
constexpr auto kFirstRouteWord = FirstOfLetter(kRouteWords);

template <size_t N>
bool IsAmong(const std::array<absl::string_view, N>& words, const std::array<size_t, 27>& first,
             absl::string_view word) {
  const auto letter = static_cast<size_t>(absl::ascii_tolower(word[0]) - 'a');
  return std::any_of(
      words.begin() + first[letter], words.begin() + first[letter + 1],
      [word](absl::string_view known) { return absl::EqualsIgnoreCase(known, word); });
}

bool IsTelling(absl::string_view word) { return IsAmong(kTelling, kFirstTelling, word); }

// TakeWord takes the next word from the front of text, and what is before it; empty: there is none.
absl::string_view TakeWord(absl::string_view& text) {
  size_t begin = 0;
  while (begin < text.size() && !absl::ascii_isalpha(text[begin])) ++begin;
  size_t end = begin;
  while (end < text.size() && absl::ascii_isalpha(text[end]) &&
         (end == begin || !absl::ascii_isupper(text[end]) || absl::ascii_isupper(text[end - 1]))) {
    ++end;
  }
  const absl::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

bool IsVersion(absl::string_view segment) {
  constexpr size_t kLongest = 4;
  return segment.size() >= 2 && segment.size() <= kLongest &&
         absl::ascii_tolower(segment[0]) == 'v' &&
         std::all_of(segment.begin() + 1, segment.end(),
                     [](char c) { return absl::ascii_isdigit(c); });
}

}  // namespace

bool TellsOfSecret(absl::string_view segment) {
  for (absl::string_view word = TakeWord(segment); !word.empty(); word = TakeWord(segment)) {
    if (IsTelling(word)) return true;
  }
  return false;
}

bool IsRouteName(absl::string_view segment) {
  if (segment.empty() || IsVersion(segment)) return true;
  const bool plain = std::all_of(segment.begin(), segment.end(), [](char c) {
    return absl::ascii_isalpha(c) || c == '-' || c == '_' || c == '.';
  });
  if (!plain) return false;
  for (absl::string_view word = TakeWord(segment); !word.empty(); word = TakeWord(segment)) {
    if (!IsTelling(word) && !IsAmong(kRouteWords, kFirstRouteWord, word)) return false;
  }
  return true;
}

bool MayBeCode(absl::string_view segment) {
  constexpr size_t kMostDigits = 2;
  constexpr size_t kShortestWord = 3;
  const TextShape shape = ShapeOf(segment);
  if (!shape.one_case() && shape.upper * 3 > shape.letters) return true;
  size_t at_end = 0;
  while (at_end < segment.size() && absl::ascii_isdigit(segment[segment.size() - 1 - at_end])) {
    ++at_end;
  }
  return shape.digits > std::min(at_end, kMostDigits) ||
         (at_end > 0 && shape.letters < kShortestWord);
}

}  // namespace firebreak::flows
