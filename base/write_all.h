// WriteAll hands bytes to a descriptor, in as many calls as that takes.
#ifndef FIREBREAK_BASE_WRITE_ALL_H_
#define FIREBREAK_BASE_WRITE_ALL_H_

#include "absl/strings/string_view.h"

namespace firebreak {

// WriteAll writes to a blocking descriptor. False: errno says why, and some of bytes may have been
// written.
bool WriteAll(int fd, absl::string_view bytes);

}  // namespace firebreak

#endif  // FIREBREAK_BASE_WRITE_ALL_H_
