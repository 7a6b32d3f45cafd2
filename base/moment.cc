#include "base/moment.h"

#include "absl/strings/numbers.h"
#include "absl/time/civil_time.h"

namespace firebreak {
namespace {

constexpr int64_t kMicros = 1'000'000;  // a second

// Taker takes the parts of a time from the front of a text.
class Taker {
 public:
  explicit Taker(absl::string_view text) : text_(text) {}

  bool AtEnd() const { return text_.empty(); }

  bool Any(absl::string_view of) {
    if (text_.empty() || of.find(text_.front()) == absl::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }

  // Number takes exactly so many digits of a number that is most at most.
  bool Number(int digits, int most, int* number) {
    *number = 0;
    for (int i = 0; i < digits; ++i) {
      if (!Digit(number)) return false;
    }
    return *number <= most;
  }

  // Fraction takes the digits behind a point, as microseconds.
  bool Fraction(int* micros) {
    *micros = 0;
    int digits = 0;
    int beyond = 0;
    while (Digit(digits < 6 ? micros : &beyond)) {
      beyond = 0;
      ++digits;
    }
    for (int i = digits; i < 6; ++i) *micros *= 10;
    return digits > 0;
  }

 private:
  bool Digit(int* number) {
    if (text_.empty() || text_.front() < '0' || text_.front() > '9') return false;
    *number = *number * 10 + (text_.front() - '0');
    text_.remove_prefix(1);
    return true;
  }

  absl::string_view text_;
};

// TakeTimeOfDay takes 12, 12:30, 12:30:59 or 12:30:59.5, as microseconds.
bool TakeTimeOfDay(Taker& taker, int64_t* of_day) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  int micros = 0;
  if (!taker.Number(2, 23, &hour)) return false;
  if (taker.Any(":")) {
    if (!taker.Number(2, 59, &minute)) return false;
    if (taker.Any(":")) {
      if (!taker.Number(2, 60, &second)) return false;  // 60 is a leap second's
      if (taker.Any(".") && !taker.Fraction(&micros)) return false;
    }
  }
  *of_day = ((hour * int64_t{60} + minute) * 60 + second) * kMicros + micros;
  return true;
}

// TakeOffset takes Z or +02:00, as microseconds; nothing is UTC.
bool TakeOffset(Taker& taker, int64_t* offset) {
  *offset = 0;
  if (taker.AtEnd() || taker.Any("Zz")) return true;
  const bool west = taker.Any("-");
  int hours = 0;
  int minutes = 0;
  if (!west && !taker.Any("+")) return false;
  if (!taker.Number(2, 23, &hours) || !taker.Any(":") || !taker.Number(2, 59, &minutes)) {
    return false;
  }
  *offset = (hours * int64_t{60} + minutes) * 60 * kMicros * (west ? -1 : 1);
  return true;
}

}  // namespace

std::optional<int64_t> ParseMoment(absl::string_view text) {
  Taker taker(text);
  int year = 0;
  int month = 0;
  int day = 0;
  if (!taker.Number(4, 9999, &year) || !taker.Any("-") || !taker.Number(2, 12, &month) ||
      !taker.Any("-") || !taker.Number(2, 31, &day)) {
    return std::nullopt;
  }
  const absl::CivilDay date(year, month, day);
  if (date.month() != month || date.day() != day) return std::nullopt;  // February 30
  int64_t of_day = 0;
  int64_t offset = 0;
  if (taker.Any("Tt ") && !(TakeTimeOfDay(taker, &of_day) && TakeOffset(taker, &offset))) {
    return std::nullopt;
  }
  if (!taker.AtEnd()) return std::nullopt;
  constexpr int64_t kDay = int64_t{24} * 60 * 60 * kMicros;
  return (date - absl::CivilDay(1970, 1, 1)) * kDay + of_day - offset;
}

std::optional<absl::Duration> ParseSpan(absl::string_view text) {
  constexpr size_t kMaxDayDigits = 6;  // 2,700 years
  absl::Duration span = absl::ZeroDuration();
  const size_t days_end = text.find('d');
  if (days_end != absl::string_view::npos) {
    const absl::string_view digits = text.substr(0, days_end);
    int days = 0;
    const bool all_digits = digits.find_first_not_of("0123456789") == absl::string_view::npos;
    if (!all_digits || digits.size() > kMaxDayDigits || !absl::SimpleAtoi(digits, &days)) {
      return std::nullopt;
    }
    span = days * absl::Hours(24);
    text.remove_prefix(days_end + 1);
    if (text.empty()) return span;
  }
  absl::Duration rest;
  const bool signs = text.find_first_of("+-") != absl::string_view::npos;
  if (signs || !absl::ParseDuration(text, &rest) || rest == absl::InfiniteDuration()) {
    return std::nullopt;
  }
  return span + rest;
}

std::optional<absl::Time> ParsePast(absl::string_view text, absl::Time now) {
  if (const auto moment = ParseMoment(text)) return absl::FromUnixMicros(*moment);
  if (const auto span = ParseSpan(text)) return now - *span;
  return std::nullopt;
}

}  // namespace firebreak
