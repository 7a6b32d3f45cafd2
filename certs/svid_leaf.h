// The rules for the leaf of an X.509-SVID (X509-SVID sections 2 to 4).
#ifndef FIREBREAK_CERTS_SVID_LEAF_H_
#define FIREBREAK_CERTS_SVID_LEAF_H_

#include <optional>
#include <string>

#include "certs/certificate.h"
#include "certs/spiffe_id.h"
#include "certs/svid_error.h"

namespace firebreak::certs {

// CheckLeaf sets *id, or returns the first rule that leaf breaks; *detail may then say more, with
// the certificate's bytes escaped.
SvidError CheckLeaf(const Certificate& leaf, std::optional<SpiffeId>* id, std::string* detail);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_SVID_LEAF_H_
