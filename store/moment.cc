#include "store/moment.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"

#include "base/moment.h"

namespace firebreak::store {
namespace {

constexpr size_t kMaxShown = 64;  // bytes of a text in an error

}  // namespace

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
