#include "cli/retention_options.h"

#include <algorithm>
#include <array>
#include <utility>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/moment.h"
#include "base/status.h"

namespace firebreak::cli {
namespace {

// ParseSize takes 500MB, 20GB and the like, in decimal units.
bool ParseSize(const std::string& text, uint64_t* bytes) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string unit = absl::AsciiStrToUpper(text.substr(digits));
  constexpr std::array<std::pair<absl::string_view, uint64_t>, 6> kUnits = {
      {{"", 1},
       {"B", 1},
       {"KB", 1'000},
       {"MB", 1'000'000},
       {"GB", 1'000'000'000},
       {"TB", 1'000'000'000'000}}};
  uint64_t factor = 0;
  for (const auto& [name, size] : kUnits) {
    if (unit == name) factor = size;
  }
  uint64_t number = 0;
  if (factor == 0 || !absl::SimpleAtoi(text.substr(0, digits), &number)) return false;
  constexpr uint64_t kMost = uint64_t{1} << 62;
  if (number == 0 || number > kMost / factor) return false;
  *bytes = number * factor;
  return true;
}

absl::Status ReadAge(const std::string& flag, const std::string& text, absl::Duration* age) {
  if (text.empty()) return absl::OkStatus();
  const auto span = ParseSpan(text);
  if (!span.has_value() || *span == absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, ": \"", text, "\" is no duration such as 7d or 12h"));
  }
  *age = *span;
  return absl::OkStatus();
}

}  // namespace

void AddRetention(CLI::App& command, const RetentionFlags& flags, RetentionOptions& options) {
  options.flags = flags;
  command
      .add_option(flags.size, options.size,
                  "Delete the oldest flows beyond this size, their catalog included, such as 20GB")
      ->option_text("SIZE");
  command.add_option(flags.age, options.age, "Delete flows older than this, such as 7d")
      ->option_text("DURATION");
  command
      .add_option(
          flags.sums_age, options.sums_age,
          "Delete edges by the minute, sums of sidecars, losses and findings older than this")
      ->option_text(options.sums_age.empty() ? "DURATION"
                                             : absl::StrCat("DURATION [", options.sums_age, "]"));
}

absl::StatusOr<store::Retention> RetentionOf(const RetentionOptions& options) {
  store::Retention retention;
  const RetentionFlags& flags = options.flags;
  if (!options.size.empty() && !ParseSize(options.size, &retention.max_bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat(flags.size, ": \"", options.size, "\" is no size such as 20GB"));
  }
  FB_RETURN_IF_ERROR(ReadAge(flags.age, options.age, &retention.max_age));
  FB_RETURN_IF_ERROR(ReadAge(flags.sums_age, options.sums_age, &retention.max_edge_age));
  return retention;
}

}  // namespace firebreak::cli
