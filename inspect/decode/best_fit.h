// Characters that databases, file systems and browsers take for ASCII ones.
#ifndef FIREBREAK_INSPECT_DECODE_BEST_FIT_H_
#define FIREBREAK_INSPECT_DECODE_BEST_FIT_H_

#include <cstdint>
#include <optional>

namespace firebreak::inspect {

// kInvisible is what FoldToAscii gives for a character that is dropped.
inline constexpr char kInvisible = '\0';

// FoldToAscii returns the ASCII character that conversions of the "best fit" kind give for a code
// point above ASCII; nullopt for ASCII itself and for what no conversion folds.
std::optional<char> FoldToAscii(uint32_t code);

inline bool FoldsToAscii(uint32_t code) { return FoldToAscii(code).has_value(); }

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_DECODE_BEST_FIT_H_
