// What the matchers of streams and of datagrams share.
#ifndef FIREBREAK_INSPECT_PROTOCOL_SHARED_MATCHERS_H_
#define FIREBREAK_INSPECT_PROTOCOL_SHARED_MATCHERS_H_

#include <cstddef>

#include "inspect/protocol/prefix.h"

namespace firebreak::inspect {

// A Kerberos message that starts at `at` and is `length` bytes long.
Fit MatchKerberosMessage(const Prefix& p, size_t at, size_t length);
// A packet that opens an OpenVPN session, from its opcode on.
Fit MatchOpenVpnReset(const Prefix& p);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PROTOCOL_SHARED_MATCHERS_H_
