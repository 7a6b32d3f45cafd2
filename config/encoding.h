// Which bytes a configuration file may hold.
#ifndef FIREBREAK_CONFIG_ENCODING_H_
#define FIREBREAK_CONFIG_ENCODING_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"

namespace firebreak::config {

// BadByte is the first place where a text may not go on, and what is wrong there.
struct BadByte {
  size_t offset = 0;
  absl::string_view what;
};

// FindBadByte finds what is not UTF-8 (RFC 3629) or not printable text: controls but for tab and
// line breaks (LF, CR LF), and the bidirectional controls, which make a policy read differently
// from what it says. nullopt: the text is clean.
std::optional<BadByte> FindBadByte(absl::string_view text);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_ENCODING_H_
