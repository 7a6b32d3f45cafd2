// DNS messages (RFC 1035), as far as the questions.
#ifndef FIREBREAK_INSPECT_PROTOCOL_DNS_MESSAGE_H_
#define FIREBREAK_INSPECT_PROTOCOL_DNS_MESSAGE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "inspect/protocol/prefix.h"

namespace firebreak::inspect {

inline constexpr uint16_t kDnsNull = 10;
inline constexpr uint16_t kDnsTxt = 16;
inline constexpr uint8_t kDnsNoSuchName = 3;

struct DnsQuestion {
  bool response = false;
  uint8_t code = 0;  // of a response
  uint16_t type = 0;
  std::string name;  // lower case, without the last dot; not escaped
};

// ParseDnsQuestion reads the header and the first question of a message. nullopt: it is none, or
// its name is compressed, which a first question cannot be.
std::optional<DnsQuestion> ParseDnsQuestion(absl::string_view message);

// MatchDnsMessage checks header and first question of a message of `total` bytes that starts with
// `bytes`. kFits: a header that is right, of a message without questions. `cut`: there will be no
// more bytes than these.
Fit MatchDnsMessage(absl::string_view bytes, size_t total, bool cut);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PROTOCOL_DNS_MESSAGE_H_
