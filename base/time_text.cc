#include "base/time_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

namespace firebreak {
namespace {

// What four digits of a year can show: 0000-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z.
constexpr absl::Time kEarliest = absl::FromUnixSeconds(-62'167'219'200);
constexpr absl::Time kLatest = absl::FromUnixMicros(253'402'300'799'999'999);

// PutDigits writes value, zero-padded, so that it ends right before `end`. Returns where it begins.
char* PutDigits(uint32_t value, int digits, char* end) {
  for (; digits > 0; --digits) {
    *--end = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return end;
}

}  // namespace

// Every record has one or two: the calendar without a time zone, and one append.
void AppendRfc3339(absl::Time time, std::string* out) {
  constexpr int64_t kMicrosPerDay = int64_t{86'400} * 1'000'000;
  const int64_t micros = absl::ToUnixMicros(std::clamp(time, kEarliest, kLatest));
  const int64_t of_day = (micros % kMicrosPerDay + kMicrosPerDay) % kMicrosPerDay;
  const std::chrono::year_month_day day(
      std::chrono::sys_days(std::chrono::days((micros - of_day) / kMicrosPerDay)));
  const auto seconds = static_cast<uint32_t>(of_day / 1'000'000);

  std::array<char, sizeof("0000-00-00T00:00:00.000000Z") - 1> text;
  char* at = text.data() + text.size();
  *--at = 'Z';
  at = PutDigits(static_cast<uint32_t>(of_day % 1'000'000), 6, at);
  *--at = '.';
  at = PutDigits(seconds % 60, 2, at);
  *--at = ':';
  at = PutDigits(seconds / 60 % 60, 2, at);
  *--at = ':';
  at = PutDigits(seconds / 3600, 2, at);
  *--at = 'T';
  at = PutDigits(static_cast<unsigned>(day.day()), 2, at);
  *--at = '-';
  at = PutDigits(static_cast<unsigned>(day.month()), 2, at);
  *--at = '-';
  PutDigits(static_cast<uint32_t>(static_cast<int>(day.year())), 4, at);
  out->append(text.data(), text.size());
}

std::string UtcText(absl::Time time, int fraction_digits) {
  std::string text;
  AppendRfc3339(time, &text);
  const size_t digits = static_cast<size_t>(std::clamp(fraction_digits, 0, 6));
  text.resize(text.find('.') + (digits > 0 ? 1 + digits : 0));
  text.push_back('Z');
  return text;
}

}  // namespace firebreak
