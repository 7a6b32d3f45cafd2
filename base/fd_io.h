// Bytes to and from a descriptor, in as many calls as that takes.
#ifndef FIREBREAK_BASE_FD_IO_H_
#define FIREBREAK_BASE_FD_IO_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace firebreak {

// WriteAll writes to a blocking descriptor. False: errno says why, and some of bytes may have been
// written.
bool WriteAll(int fd, absl::string_view bytes);

// ReadUpTo fills `into` and returns how many bytes there were: fewer only at the end of the file.
// Nothing: errno says why.
std::optional<size_t> ReadUpTo(int fd, absl::Span<char> into);

}  // namespace firebreak

#endif  // FIREBREAK_BASE_FD_IO_H_
