#include "store/moment.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"

namespace firebreak::store {
namespace {

constexpr int64_t kMicros = 1'000'000;  // a second
constexpr size_t kMaxShown = 64;        // bytes of a text in an error

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

absl::Status NoMoment(absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", text.substr(0, kMaxShown),
                   "' is compared with a time, and is none. Write '2026-11-22T10:00:00Z', or "
                   "compare time_us with microseconds since 1970"));
}

absl::Status MomentOrder::Register(Database& connection) {
  if (sqlite3_create_collation_v2(connection.handle(), kName, SQLITE_UTF8, this, &Compare,
                                  nullptr) != SQLITE_OK) {
    return connection.Error("store");
  }
  return absl::OkStatus();
}

absl::Status MomentOrder::status() const {
  return refused_.has_value() ? NoMoment(*refused_) : absl::OkStatus();
}

std::optional<int64_t> MomentOrder::Read(absl::string_view text) {
  const std::optional<int64_t> moment = ParseMoment(text);
  if (!moment.has_value() && !refused_.has_value()) refused_.emplace(text);
  return moment;
}

int MomentOrder::Compare(void* self, int a_size, const void* a, int b_size, const void* b) {
  auto* const order = static_cast<MomentOrder*>(self);
  const absl::string_view first(static_cast<const char*>(a), static_cast<size_t>(a_size));
  const absl::string_view second(static_cast<const char*>(b), static_cast<size_t>(b_size));
  const std::optional<int64_t> one = order->Read(first);
  const std::optional<int64_t> other = order->Read(second);
  // An order all the same, for as long as SQLite still sorts.
  if (!one.has_value() || !other.has_value()) return first.compare(second);
  return *one < *other ? -1 : *one > *other ? 1 : 0;
}

}  // namespace firebreak::store
