// Numbers that people are identified and paid by, and how they check themselves.
#ifndef FIREBREAK_INSPECT_SECRETS_NUMBERS_H_
#define FIREBREAK_INSPECT_SECRETS_NUMBERS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace firebreak::inspect {

// IsCardNumber: 13 to 19 digits of an issuer's range, of a length that issuer uses, whose last
// digit is right (ISO/IEC 7812-1 annex B). The numbers that payment services print in their
// documentation are none.
bool IsCardNumber(absl::string_view digits);

// Whether groups of these lengths are how a card number is written: at once, 4-4-4-4, 4-4-4-4-3,
// 4-6-5, 4-6-4.
bool IsCardGrouping(absl::Span<const uint8_t> lengths);

// IsIban: upper case without blanks, of its country's length, with the right remainder (ISO 13616).
// The examples of the standard and of banks are none.
bool IsIban(absl::string_view text);
// 0: no country of the registry.
size_t IbanLength(absl::string_view country);

// IsUsSsn: "123-45-6789", with an area, group and serial that are given out.
bool IsUsSsn(absl::string_view text);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_SECRETS_NUMBERS_H_
