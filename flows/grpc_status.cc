#include "flows/grpc_status.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace firebreak::flows {
namespace {

// https://grpc.github.io/grpc/core/md_doc_statuscodes.html, in the order of the codes.
constexpr std::array<absl::string_view, 17> kNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

}  // namespace

absl::string_view GrpcStatusName(uint64_t status) {
  return status < kNames.size() ? kNames[static_cast<size_t>(status)] : absl::string_view();
}

bool IsServerFault(uint64_t status) {
  switch (status) {
    case 2:   // UNKNOWN
    case 4:   // DEADLINE_EXCEEDED
    case 12:  // UNIMPLEMENTED
    case 13:  // INTERNAL
    case 14:  // UNAVAILABLE
    case 15:  // DATA_LOSS
      return true;
    default:
      return false;
  }
}

std::optional<uint64_t> ParseGrpcStatus(absl::string_view text) {
  const auto* const named = std::find_if(kNames.begin(), kNames.end(), [text](auto name) {
    return absl::EqualsIgnoreCase(name, text);
  });
  if (named != kNames.end()) return static_cast<uint64_t>(named - kNames.begin());
  uint64_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) return std::nullopt;
  return number;
}

}  // namespace firebreak::flows
