#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "flows/chain_check.h"

using firebreak::flows::ChainCheck;
using firebreak::flows::ChainFinding;
using firebreak::flows::Flow;

// Whatever the lines are, nothing crashes, and what is counted is what was told.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view log(reinterpret_cast<const char*>(data), size);
  uint64_t told = 0;
  ChainCheck check(
      [](absl::string_view text) {
        std::array<uint8_t, 32> hash{};
        for (size_t i = 0; i < text.size(); ++i) hash[i % 32] ^= static_cast<uint8_t>(text[i]);
        return hash;
      },
      [](const Flow& head, absl::string_view) {
        return head.head.last ? absl::OkStatus() : absl::InvalidArgumentError("no");
      },
      [&told](const ChainFinding&) { ++told; }, {.partial = size % 2 == 0});
  for (const absl::string_view line : absl::StrSplit(log, '\n')) check.See("x", line);
  check.Finish();
  if (told != check.findings()) __builtin_trap();
  return 0;
}
