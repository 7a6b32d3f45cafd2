#include "filters/grpc/timeout.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace firebreak::filters {

std::optional<GrpcTimeout> GrpcTimeout::Parse(absl::string_view text) {
  constexpr size_t kMaxDigits = 8;
  if (text.size() < 2 || text.size() > kMaxDigits + 1) return std::nullopt;
  const absl::string_view digits = text.substr(0, text.size() - 1);
  // SimpleAtoi takes signs and spaces, which a timeout has not.
  const bool all_digits = std::all_of(digits.begin(), digits.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  int64_t value = 0;
  if (!all_digits || !absl::SimpleAtoi(digits, &value)) return std::nullopt;
  switch (text.back()) {
    case 'H':
      return GrpcTimeout(value, 3'600'000, 1);
    case 'M':
      return GrpcTimeout(value, 60'000, 1);
    case 'S':
      return GrpcTimeout(value, 1'000, 1);
    case 'm':
      return GrpcTimeout(value, 1, 1);
    case 'u':
      return GrpcTimeout(value, 1, 1'000);
    case 'n':
      return GrpcTimeout(value, 1, 1'000'000);
    default:
      return std::nullopt;
  }
}

}  // namespace firebreak::filters
