#include "flows/tls_names.h"

#include "absl/strings/str_format.h"

namespace firebreak::flows {

// With the draft group that older peers still send.
std::string TlsVersionName(uint16_t version) {
  if (version == 0x0304) return "TLSv1.3";
  if (version == 0x0303) return "TLSv1.2";
  return absl::StrFormat("0x%04x", version);
}

std::string TlsCipherName(uint16_t cipher) {
  if (cipher == 0x1301) return "TLS_AES_128_GCM_SHA256";
  if (cipher == 0x1302) return "TLS_AES_256_GCM_SHA384";
  if (cipher == 0x1303) return "TLS_CHACHA20_POLY1305_SHA256";
  return absl::StrFormat("0x%04x", cipher);
}

std::string TlsGroupName(uint16_t group) {
  switch (group) {
    case 23:
      return "P-256";
    case 24:
      return "P-384";
    case 25:
      return "P-521";
    case 29:
      return "X25519";
    case 0x11ec:
      return "X25519MLKEM768";
    case 0x6399:
      return "X25519Kyber768Draft00";
    default:
      return absl::StrFormat("0x%04x", group);
  }
}

}  // namespace firebreak::flows
