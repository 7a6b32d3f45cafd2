// The one place that reads BoringSSL's error queue.
#ifndef FIREBREAK_CERTS_BORINGSSL_ERROR_H_
#define FIREBREAK_CERTS_BORINGSSL_ERROR_H_

#include <string>

namespace firebreak::certs {

// DrainErrors empties this thread's error queue and returns the oldest error's reason, or "unknown
// error". Call it after every failure: what stays in the queue would be blamed on the next call.
std::string DrainErrors();

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_BORINGSSL_ERROR_H_
