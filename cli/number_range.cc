#include "cli/number_range.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace firebreak::cli {
namespace {

using flows::NumberRange;

constexpr uint16_t kMostPort = 65'535;
constexpr size_t kStatusDigits = 3;
constexpr uint16_t kMostStatus = 999;

// Number takes digits alone: no sign, no blank.
std::optional<uint16_t> Number(absl::string_view text, uint16_t least, uint16_t most) {
  uint32_t number = 0;
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (!digits || !absl::SimpleAtoi(text, &number) || number < least || number > most) {
    return std::nullopt;
  }
  return static_cast<uint16_t>(number);
}

std::optional<NumberRange> Range(absl::string_view text, uint16_t least, uint16_t most) {
  const size_t dash = std::min(text.find('-'), text.size());
  const auto low = Number(text.substr(0, dash), least, most);
  const auto high = dash < text.size() ? Number(text.substr(dash + 1), least, most) : low;
  if (!low.has_value() || !high.has_value() || *low > *high) return std::nullopt;
  return NumberRange{.low = *low, .high = *high};
}

// Beginning reads 4xx, 40x, 4+ or 40+.
std::optional<NumberRange> Beginning(absl::string_view text) {
  const size_t end = text.find_first_of("xX+");
  if (end == absl::string_view::npos || end == 0 || end >= kStatusDigits) return std::nullopt;
  const std::string rest = absl::AsciiStrToLower(text.substr(end));
  if (rest != "+" && rest != std::string(kStatusDigits - end, 'x')) return std::nullopt;
  const std::string zeros(kStatusDigits - end, '0');
  const std::string nines(kStatusDigits - end, '9');
  const absl::string_view digits = text.substr(0, end);
  return Range(absl::StrCat(digits, zeros, "-", digits, nines), 100, kMostStatus);
}

}  // namespace

NumberRange PortRange(const std::string& option, const std::string& value) {
  const auto range = Range(value, 1, kMostPort);
  if (range.has_value()) return *range;
  throw CLI::ValidationError(
      absl::StrCat(option, ": \"", value,
                   "\" is no port from 1 to 65535, nor a range such as 8080-8090; repeat ", option,
                   " for several"));
}

NumberRange StatusRange(const std::string& option, const std::string& value) {
  const auto beginning = Beginning(value);
  const auto range = beginning.has_value() ? beginning : Range(value, 100, kMostStatus);
  if (range.has_value()) return *range;
  throw CLI::ValidationError(absl::StrCat(option, ": \"", value,
                                          "\" is no status such as 404, 5xx or 400-499; repeat ",
                                          option, " for several"));
}

}  // namespace firebreak::cli
