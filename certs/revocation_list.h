// RevocationList: one CRL (RFC 5280 section 5), read strictly.
#ifndef FIREBREAK_CERTS_REVOCATION_LIST_H_
#define FIREBREAK_CERTS_REVOCATION_LIST_H_

#include <openssl/base.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace firebreak::certs {

// RevocationList is a complete, direct list: delta lists, indirect lists and lists that cover a
// part of an issuer's certificates are refused when read, since reading them as complete ones would
// overlook revocations. So is a list without nextUpdate. Immutable; any thread may use it.
class RevocationList {
 public:
  static absl::StatusOr<std::unique_ptr<RevocationList>> Parse(absl::string_view der);

  // IsFrom tells whether issuer signed this list and may sign lists. The signature is verified.
  bool IsFrom(X509* issuer) const;
  bool IsCurrent(absl::Time now) const { return this_update_ <= now && now < next_update_; }
  // Lists takes a serial number as INTEGER content bytes.
  bool Lists(absl::string_view serial) const;

 private:
  RevocationList() = default;
  absl::Status ReadTbs(absl::string_view tbs_der);

  bssl::UniquePtr<X509_CRL> crl_;
  absl::Time this_update_;
  absl::Time next_update_;
  std::vector<std::string> serials_;  // sorted
};

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_REVOCATION_LIST_H_
