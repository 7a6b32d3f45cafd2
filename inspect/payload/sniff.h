// What a body begins like.
#ifndef FIREBREAK_INSPECT_PAYLOAD_SNIFF_H_
#define FIREBREAK_INSPECT_PAYLOAD_SNIFF_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

enum class Guess : uint8_t {
  kMore,  // it depends on what follows
  kNothing,
  kJson,
  kXml,
  kForm,
};

// GuessKind looks at the start of a body, byte order mark gone. Only what cannot well be anything
// else is taken for a structure: "{{7*7}}" is no JSON, "<b>" is text.
Guess GuessKind(absl::string_view start);

// MayBeWide: no text in UTF-8 begins so, but one in UTF-16 or UTF-32 does.
bool MayBeWide(absl::string_view start);

// IsWideText: JSON or XML in UTF-16 or UTF-32, with or without a byte order mark, behind blanks.
bool IsWideText(absl::string_view start);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_SNIFF_H_
