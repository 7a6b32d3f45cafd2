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

// ParseAge takes 7d besides what absl does.
bool ParseAge(const std::string& text, absl::Duration* age) {
  int64_t days = 0;
  if (!text.empty() && text.back() == 'd' &&
      absl::SimpleAtoi(text.substr(0, text.size() - 1), &days)) {
    *age = absl::Hours(24) * days;
  } else if (!absl::ParseDuration(text, age)) {
    return false;
  }
  return *age > absl::ZeroDuration();
}

}  // namespace

void AddRetention(CLI::App& command, const std::string& size_flag, const std::string& age_flag,
                  RetentionOptions& options) {
  options.size_flag = size_flag;
  options.age_flag = age_flag;
  command
      .add_option(size_flag, options.size, "Delete the oldest flows beyond this size, such as 20GB")
      ->option_text("SIZE");
  command.add_option(age_flag, options.age, "Delete flows older than this, such as 7d")
      ->option_text("DURATION");
}

absl::StatusOr<store::Retention> RetentionOf(const RetentionOptions& options) {
  store::Retention retention;
  if (!options.size.empty() && !ParseSize(options.size, &retention.max_bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.size_flag, ": \"", options.size, "\" is no size such as 20GB"));
  }
  if (!options.age.empty() && !ParseAge(options.age, &retention.max_age)) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.age_flag, ": \"", options.age, "\" is no duration such as 7d or 12h"));
  }
  return retention;
}

}  // namespace firebreak::cli
