// Whether what is to be written could be, found out without writing.
#ifndef FIREBREAK_CONFIG_WRITABLE_H_
#define FIREBREAK_CONFIG_WRITABLE_H_

#include <string>

#include "absl/status/status.h"

namespace firebreak::config {

// CheckWritableFile is an error where this process could neither append to the file nor, where it
// is not there yet, make it. Nothing is opened, so a reader of a pipe notices nothing.
absl::Status CheckWritableFile(const std::string& path);

// CheckWritableFolder is an error where this process could not make files in the folder, or the
// folder in the one above it.
absl::Status CheckWritableFolder(const std::string& path);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_WRITABLE_H_
