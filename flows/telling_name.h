// Names in paths that tell of a secret behind them: "/reset/k3J9x2".
#ifndef FIREBREAK_FLOWS_TELLING_NAME_H_
#define FIREBREAK_FLOWS_TELLING_NAME_H_

#include "absl/strings/string_view.h"

namespace firebreak::flows {

// TellsOfSecret: one of the words of the segment is "token", "reset", "invite" or the like. Words
// are letters, apart by whatever else there is, or by a capital: "reset-password", "apiKey".
bool TellsOfSecret(absl::string_view segment);

// IsRouteName: behind such a name it is no secret. All its words are such names, or words of routes
// ("/password/change", "/session/current"), or it is a version ("v1").
bool IsRouteName(absl::string_view segment);

// MayBeCode: further behind such a name it may be a secret, being no word of anybody's: it has a
// digit that is none of the one or two at the end of a word ("oauth2"), or more upper case than a
// name has and not all ("/verify/email/x7Qm").
bool MayBeCode(absl::string_view segment);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_TELLING_NAME_H_
