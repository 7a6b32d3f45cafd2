// Incidents in words.
#ifndef FIREBREAK_DETECT_EXPLANATION_H_
#define FIREBREAK_DETECT_EXPLANATION_H_

#include <string>

#include "absl/strings/string_view.h"

#include "detect/incidents.h"
#include "detect/names.h"
#include "detect/signal.h"
#include "detect/suspicion.h"

namespace firebreak::detect {

// ShortName is the last part of an identity, what people call it: "payments".
absl::string_view ShortName(absl::string_view identity);

// Sentence says in one sentence what a signal noticed about a step. Escaped.
std::string Sentence(const Clue& clue, const Step& step, const Names& names);

// PathOf is "web -> payments -> ledger": the longest way through the incident. Escaped.
std::string PathOf(const Incident& incident, const Names& names);

// Explain tells the whole incident, to be read aloud: who went where, when, and why that is odd.
std::string Explain(const Incident& incident, const Names& names);

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_EXPLANATION_H_
