#include <cstddef>
#include <cstdint>

#include "certs/pem.h"
#include "certs/svid.h"
#include "certs/trust_bundle.h"

// Files: certificates, lists and keys in PEM.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  (void)firebreak::certs::ReadPem(text);
  (void)firebreak::certs::TrustBundle::FromPem("shop.example", text, text);
  (void)firebreak::certs::X509Svid::FromPem(text, text);
  return 0;
}
