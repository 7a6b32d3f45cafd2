#include "store/total_sum.h"

#include <sqlite3.h>

#include <cstdint>

namespace firebreak::store {
namespace {

// Sum lies in memory of SQLite's, which begins as zeros.
struct Sum {
  int64_t values = 0;  // that were not NULL
  int64_t whole = 0;   // good unless rough
  double about = 0;
  bool rough = false;  // a fraction was among them, or they did not fit
};

Sum* SumOf(sqlite3_context* context) {
  return static_cast<Sum*>(sqlite3_aggregate_context(context, sizeof(Sum)));
}

// Take adds a value, or takes it back where a window moves on. Without memory there is no sum, and
// SQLite says so by itself.
void Take(sqlite3_context* context, sqlite3_value* value, bool back) {
  Sum* const sum = SumOf(context);
  const int type = sqlite3_value_numeric_type(value);
  if (sum == nullptr || type == SQLITE_NULL) return;
  sum->values += back ? -1 : 1;
  const double about = sqlite3_value_double(value);
  sum->about += back ? -about : about;
  const int64_t number = sqlite3_value_int64(value);
  const bool overflow = back ? __builtin_sub_overflow(sum->whole, number, &sum->whole)
                             : __builtin_add_overflow(sum->whole, number, &sum->whole);
  sum->rough = sum->rough || type != SQLITE_INTEGER || overflow;
}

void Step(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  Take(context, values[0], /*back=*/false);
}

void Inverse(sqlite3_context* context, int /*count*/, sqlite3_value** values) {
  Take(context, values[0], /*back=*/true);
}

void Result(sqlite3_context* context) {
  const Sum* const sum = SumOf(context);
  if (sum == nullptr || sum->values == 0) {
    sqlite3_result_null(context);
  } else if (sum->rough) {
    sqlite3_result_double(context, sum->about);
  } else {
    sqlite3_result_int64(context, sum->whole);
  }
}

}  // namespace

absl::Status RegisterTotalSum(Database& connection) {
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  if (sqlite3_create_window_function(connection.handle(), "sum", 1, kFlags, nullptr, &Step, &Result,
                                     &Result, &Inverse, nullptr) != SQLITE_OK) {
    return connection.Error("store");
  }
  return absl::OkStatus();
}

}  // namespace firebreak::store
