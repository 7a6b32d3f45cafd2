// The status codes of gRPC by name.
#ifndef FIREBREAK_FLOWS_GRPC_STATUS_H_
#define FIREBREAK_FLOWS_GRPC_STATUS_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace firebreak::flows {

// GrpcStatusName is "OK", "PERMISSION_DENIED" and so on; empty for a code that gRPC does not
// define.
absl::string_view GrpcStatusName(uint64_t status);

// IsServerFault: the call was allowed and went wrong for a reason that is not the caller's.
bool IsServerFault(uint64_t status);

// ParseGrpcStatus takes a name in any case, or a number.
std::optional<uint64_t> ParseGrpcStatus(absl::string_view text);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_GRPC_STATUS_H_
