// Names of the numbers of TLS, as they stand in flow records.
#ifndef FIREBREAK_FLOWS_TLS_NAMES_H_
#define FIREBREAK_FLOWS_TLS_NAMES_H_

#include <cstdint>
#include <string>

namespace firebreak::flows {

// IANA "TLS Parameters" registry; hex such as "0x1304" for unknown ones.
std::string TlsVersionName(uint16_t version);
std::string TlsCipherName(uint16_t cipher);
std::string TlsGroupName(uint16_t group);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_TLS_NAMES_H_
