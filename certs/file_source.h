// Identity from files: the SVID, its key, the trust bundles and revocation lists.
#ifndef FIREBREAK_CERTS_FILE_SOURCE_H_
#define FIREBREAK_CERTS_FILE_SOURCE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/limits.h"
#include "certs/svid.h"
#include "certs/trust_bundle.h"

namespace firebreak::certs {

// IdentityFiles names the PEM files of identity.files in the proxy's configuration.
struct IdentityFiles {
  std::string certificate_chain;
  std::string private_key;
  std::string trust_bundle;
  std::string crl;                                       // empty: no revocation list
  std::map<std::string, std::string> federated_bundles;  // trust domain -> file

  // AllPaths lists every file named, for whoever watches them.
  std::vector<std::string> AllPaths() const;
};

// IdentityMaterial is one consistent set: it is replaced as a whole or not at all.
struct IdentityMaterial {
  X509Svid svid;
  std::shared_ptr<const TrustStore> trust;
};

// IdentityOptions: the trust domain this sidecar belongs to, the epoch the new TrustStore gets, and
// the limits of the SVID check.
struct IdentityOptions {
  std::string trust_domain;
  uint64_t epoch = 1;
  Limits limits;
};

// LoadIdentity reads the files and checks that they make one identity: PEM, key of the leaf, trust
// domain as configured, and our own SVID valid under our own bundle at now. An error begins with
// the file's name and says what is wrong with it; no message holds a byte of the key. A key file
// that group or others can read is a warning in the log. Blocks: for the main thread.
absl::StatusOr<IdentityMaterial> LoadIdentity(const IdentityFiles& files,
                                              const IdentityOptions& options, absl::Time now);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_FILE_SOURCE_H_
