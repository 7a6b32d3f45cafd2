#include "inspect/stream/credential_watch.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "inspect/protocol/prefix.h"

namespace firebreak::inspect {
namespace {

using P = Protocol;

// A line that starts like this has a password on it, or is followed by one.
struct Login {
  absl::string_view start;  // in any case
  bool tagged;              // behind a word of the client's own, as in IMAP
  std::array<P, 4> protocols;
  absl::string_view what;
};

constexpr Login kLogins[] = {
    {"PASS ", false, {P::kFtp, P::kPop3, P::kIrc}, "PASS"},
    {"AUTH PLAIN", false, {P::kSmtp, P::kPop3}, "AUTH PLAIN"},
    {"AUTH LOGIN", false, {P::kSmtp, P::kPop3}, "AUTH LOGIN"},
    {"LOGIN ", true, {P::kImap}, "LOGIN"},
    {"AUTHINFO PASS ", false, {P::kNntp}, "AUTHINFO PASS"},
    {"Authorization: Basic ",
     false,
     {P::kHttp1, P::kWebSocket, P::kDockerApi},
     "Authorization: Basic"},
    {"Proxy-Authorization: Basic ",
     false,
     {P::kHttpConnect, P::kHttp1},
     "Proxy-Authorization: Basic"},
    {"passcode:", false, {P::kStomp}, "a passcode header"},
};
static_assert(std::size(kLogins) <= 8, "a bit a row");

constexpr uint8_t kMqttPassword = 0x40;

}  // namespace

void CredentialWatch::Feed(absl::string_view bytes) {
  bytes = bytes.substr(0, kLookedAt - std::min(seen_, kLookedAt));
  seen_ += bytes.size();
  for (const char c : bytes) {
    if (c == '\n') {
      EndLine();
    } else if (line_size_ < kLineStart) {
      line_[line_size_++] = c;
    }
  }
}

void CredentialWatch::Finish() { EndLine(); }

void CredentialWatch::EndLine() {
  const absl::string_view line(line_.data(), line_size_);
  const size_t space = line.find(' ');
  const absl::string_view behind_tag =
      space == absl::string_view::npos ? absl::string_view() : line.substr(space + 1);
  for (size_t i = 0; i < std::size(kLogins); ++i) {
    if (absl::StartsWithIgnoreCase(kLogins[i].tagged ? behind_tag : line, kLogins[i].start)) {
      found_ = static_cast<uint8_t>(found_ | 1U << i);
    }
  }
  line_size_ = 0;
}

std::optional<Risk> CredentialWatch::RiskIn(Protocol protocol) const {
  for (size_t i = 0; i < std::size(kLogins); ++i) {
    const auto& protocols = kLogins[i].protocols;
    const bool belongs = std::find(protocols.begin(), protocols.end(), protocol) != protocols.end();
    if ((found_ >> i & 1) == 0 || !belongs || protocol == P::kUnknown) continue;
    return Risk{RiskKind::kClearPassword,
                absl::StrCat(kLogins[i].what, " over ", ProtocolName(protocol), " without TLS")};
  }
  return std::nullopt;
}

std::optional<Risk> BinaryLogin(Protocol protocol, absl::string_view first) {
  const Prefix p(first);
  if (protocol == P::kMqtt) {
    size_t at = 1;
    while (at < 4 && (p.At(at) & 0x80) != 0) ++at;
    const size_t flags = at + 3 + p.Be16(at + 1) + 1;  // behind the protocol's name and level
    if (!p.Has(flags + 1) || p.At(0) != 0x10 || (p.At(flags) & kMqttPassword) == 0)
      return std::nullopt;
    return Risk{RiskKind::kClearPassword, "CONNECT with a password over mqtt without TLS"};
  }
  if (protocol != P::kLdap) return std::nullopt;
  // RFC 4511 section 4.2: version, name, [0] the password.
  const BerItem message = BerAt(p, 0, 0x30, SIZE_MAX);
  const BerItem id = BerAt(p, message.value, 0x02, 4);
  const BerItem bind = BerAt(p, id.end(), 0x60, SIZE_MAX);
  const BerItem version = BerAt(p, bind.value, 0x02, 1);
  const BerItem name = BerAt(p, version.end(), 0x04, 512);
  for (const BerItem* item : {&message, &id, &bind, &version, &name}) {
    if (item->fit != Fit::kYes) return std::nullopt;
  }
  const BerItem password = BerAt(p, name.end(), 0x80, 512);
  if (password.fit != Fit::kYes || password.length == 0) return std::nullopt;
  return Risk{RiskKind::kClearPassword, "a simple bind with a password over ldap without TLS"};
}

}  // namespace firebreak::inspect
