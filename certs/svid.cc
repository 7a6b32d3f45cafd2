#include "certs/svid.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "certs/certificate.h"
#include "certs/pem.h"
#include "certs/private_key.h"
#include "certs/svid_leaf.h"

namespace firebreak::certs {
namespace {

using Key = std::shared_ptr<evp_pkey_st>;

absl::Status Invalid(absl::string_view text) { return absl::InvalidArgumentError(text); }

}  // namespace

X509Svid::X509Svid(SpiffeId id, std::vector<std::string> chain_der, Key key)
    : id_(std::move(id)), chain_der_(std::move(chain_der)), key_(std::move(key)) {}

absl::StatusOr<X509Svid> X509Svid::Make(std::vector<std::string> chain_der, Key key) {
  if (chain_der.empty()) return Invalid("no certificate");
  Certificate leaf;
  std::optional<SpiffeId> id;
  std::string detail;
  SvidError error = ParseCertificate(chain_der[0], &leaf);
  if (error == SvidError::kNone) error = CheckLeaf(leaf, &id, &detail);
  if (error != SvidError::kNone) {
    return Invalid(absl::StrCat("the first certificate is not an X.509-SVID: ",
                                SvidErrorHint(error), detail.empty() ? "" : ": ", detail));
  }
  if (!IsPublicKeyOf(leaf.public_key, key.get())) {
    return absl::FailedPreconditionError("the private key is not the certificate's");
  }
  X509Svid svid(*std::move(id), std::move(chain_der), std::move(key));
  svid.serial_hex_ = leaf.SerialHex();
  svid.not_before_ = leaf.not_before;
  svid.not_after_ = leaf.not_after;
  return svid;
}

absl::StatusOr<X509Svid> X509Svid::FromPem(absl::string_view chain_pem, absl::string_view key_pem) {
  FB_ASSIGN_OR_RETURN(std::vector<std::string> chain, ReadPemOf(kPemCertificate, chain_pem));
  FB_ASSIGN_OR_RETURN(Key key, ParsePrivateKeyPem(key_pem));
  return Make(std::move(chain), std::move(key));
}

absl::StatusOr<X509Svid> X509Svid::FromDer(std::vector<std::string> chain_der,
                                           absl::string_view key_pkcs8_der) {
  FB_ASSIGN_OR_RETURN(Key key, ParsePrivateKeyDer(key_pkcs8_der));
  return Make(std::move(chain_der), std::move(key));
}

}  // namespace firebreak::certs
