// What is printable and no text: random letters, digits and signs.
#ifndef FIREBREAK_INSPECT_ATTACK_NOISE_H_
#define FIREBREAK_INSPECT_ATTACK_NOISE_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// Whether a text of these classes, as it was spelled, has nearly all signs and hardly a word. Two
// thousand random characters hold a template, a command or an opening of code more often than not.
bool IsNoise(absl::string_view text, uint32_t classes);

// Whether there are words in a few bytes of noise: letters in a row in one case, five or twice
// four.
bool HasWords(absl::string_view text);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_NOISE_H_
