// Reading a whole input that anybody may have written.
#ifndef FIREBREAK_CLI_BOUNDED_INPUT_H_
#define FIREBREAK_CLI_BOUNDED_INPUT_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

#include "cli/command.h"

namespace firebreak::cli {

// What a request or one side of a stream may have, as a configuration file; and what a capture may.
inline constexpr size_t kMostInputBytes = size_t{64} << 20;
inline constexpr size_t kMostCaptureBytes = size_t{512} << 20;

// ReadInput reads the file at path, or context.in for "-", which may be a pipe or a device. A
// folder, and what has more than `most` bytes, is InvalidArgument: never is more than that held.
absl::StatusOr<std::string> ReadInput(const std::string& path, size_t most,
                                      CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_BOUNDED_INPUT_H_
