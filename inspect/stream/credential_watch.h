// Finds passwords that a client sends in clear text.
#ifndef FIREBREAK_INSPECT_STREAM_CREDENTIAL_WATCH_H_
#define FIREBREAK_INSPECT_STREAM_CREDENTIAL_WATCH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

#include "inspect/protocol/protocol.h"
#include "inspect/stream/risk.h"

namespace firebreak::inspect {

// CredentialWatch reads the lines of the client's first kLookedAt bytes, of each its beginning.
// What was found counts only in the protocol it belongs to, which may be known later. The password
// itself is neither kept nor reported.
class CredentialWatch {
 public:
  static constexpr size_t kLookedAt = 4096;

  // The client's bytes, in pieces of any size.
  void Feed(absl::string_view bytes);
  // The last line need not end.
  void Finish();

  // What was found, if protocol is one in which it is a password.
  std::optional<Risk> RiskIn(Protocol protocol) const;

 private:
  static constexpr size_t kLineStart = 64;

  void EndLine();

  size_t seen_ = 0;
  std::array<char, kLineStart> line_{};
  size_t line_size_ = 0;
  uint8_t found_ = 0;  // a bit for each row of the table in the .cc
};

// What the first bytes of a client's binary log-in show: an LDAP simple bind, MQTT's password flag.
std::optional<Risk> BinaryLogin(Protocol protocol, absl::string_view first);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_STREAM_CREDENTIAL_WATCH_H_
