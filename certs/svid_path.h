// The path from a leaf to a trust bundle: RFC 5280 section 6, SPIFFE's rules for signing
// certificates, and revocation.
#ifndef FIREBREAK_CERTS_SVID_PATH_H_
#define FIREBREAK_CERTS_SVID_PATH_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "certs/certificate.h"
#include "certs/svid_error.h"
#include "certs/svid_validator.h"
#include "certs/trust_bundle.h"

namespace firebreak::certs {

// PathVerdict: an error, or the time in which every certificate of the path is valid.
struct PathVerdict {
  SvidError error = SvidError::kInternal;
  std::string detail;
  absl::Time not_before;
  absl::Time not_after;
};

// CheckPath looks for a path from chain[0] to a certificate of bundle by way of the rest of chain,
// in any order. Nothing outside bundle is trusted, and nothing in it needs to be self-signed.
PathVerdict CheckPath(const TrustBundle& bundle, const std::vector<Certificate>& chain,
                      int64_t max_depth, const ValidationTimes& times);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_SVID_PATH_H_
