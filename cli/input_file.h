// Reading a file named on the command line.
#ifndef FIREBREAK_CLI_INPUT_FILE_H_
#define FIREBREAK_CLI_INPUT_FILE_H_

#include <string>

#include "absl/status/statusor.h"

namespace firebreak::cli {

// ReadInputFile reads a regular file of at most 4 MiB. An error begins with its name.
absl::StatusOr<std::string> ReadInputFile(const std::string& path);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INPUT_FILE_H_
