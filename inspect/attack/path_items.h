// A value taken apart as a file system would, or might be made to.
#ifndef FIREBREAK_INSPECT_ATTACK_PATH_ITEMS_H_
#define FIREBREAK_INSPECT_ATTACK_PATH_ITEMS_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

enum class PathKind : uint8_t {
  kEnd,
  kWord,       // letters of any language, digits, "_", "-", "~", "$"
  kDots,       // a run of dots
  kSeparator,  // a run of "/" and "\"
  kOdd,        // a run of what may pass for a dot or a separator: controls, bytes that are no
               // UTF-8, broken escapes ("%c0%qf"), "0x2f", "?", "^"
  kOther,      // what ends a path
};

struct PathItem {
  PathKind kind = PathKind::kEnd;
  uint16_t begin = 0;
  uint16_t end = 0;
};

// ReadPathItem reads the item that starts at `at`; kEnd at the end of text.
PathItem ReadPathItem(absl::string_view text, size_t at);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_PATH_ITEMS_H_
