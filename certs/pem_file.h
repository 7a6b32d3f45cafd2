// Reading the small files that hold certificates and keys.
#ifndef FIREBREAK_CERTS_PEM_FILE_H_
#define FIREBREAK_CERTS_PEM_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace firebreak::certs {

// ReadPemFile reads a regular file of 1 byte to 4 MiB whole. An error begins with its name: it does
// not exist, cannot be read, is empty, is no regular file, or is too large. Blocks.
absl::StatusOr<std::string> ReadPemFile(const std::string& path);

// ReadKeyFile is ReadPemFile with a warning in the log when group or others may use the file. The
// caller wipes the result (WipeString).
absl::StatusOr<std::string> ReadKeyFile(const std::string& path);

}  // namespace firebreak::certs

#endif  // FIREBREAK_CERTS_PEM_FILE_H_
