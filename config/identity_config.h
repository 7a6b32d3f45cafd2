// Who a program is: the trust domain, and the files that prove it.
#ifndef FIREBREAK_CONFIG_IDENTITY_CONFIG_H_
#define FIREBREAK_CONFIG_IDENTITY_CONFIG_H_

#include <map>
#include <string>

namespace firebreak::config {

namespace v1 {
class Identity;
}  // namespace v1

class FieldChecks;

// IdentityFilesConfig names PEM files.
struct IdentityFilesConfig {
  std::string certificate_chain;
  std::string private_key;
  std::string trust_bundle;
  std::string crl;                                       // empty: none
  std::map<std::string, std::string> federated_bundles;  // trust domain -> file
};

// BuildTrustDomain and BuildIdentity read the fields `trust_domain` and `identity`, and report what
// does not hold.
std::string BuildTrustDomain(const std::string& value, const FieldChecks& checks);
IdentityFilesConfig BuildIdentity(const v1::Identity& proto, const std::string& trust_domain,
                                  const FieldChecks& checks);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_IDENTITY_CONFIG_H_
