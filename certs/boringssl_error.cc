#include "certs/boringssl_error.h"

#include <openssl/err.h>

#include <cstdint>

namespace firebreak::certs {

std::string DrainErrors() {
  const uint32_t first = ERR_get_error();
  ERR_clear_error();
  const char* reason = first == 0 ? nullptr : ERR_reason_error_string(first);
  return reason == nullptr ? "unknown error" : reason;
}

}  // namespace firebreak::certs
