// Times in questions, and how they compare; base/moment.h is how people write them.
#ifndef FIREBREAK_STORE_MOMENT_H_
#define FIREBREAK_STORE_MOMENT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "store/sqlite.h"

namespace firebreak::store {

// NoMoment is the error of a text that was compared with a time.
absl::Status NoMoment(absl::string_view text);

// MomentOrder is the collation of columns that are times: their texts compare as the moments that
// they name, however these are written. A text that names none would compare as nothing sensible,
// so it is remembered: the question that has it is to end with an error. For one thread.
class MomentOrder {
 public:
  static constexpr char kName[] = "moment";

  MomentOrder() = default;
  MomentOrder(const MomentOrder&) = delete;
  MomentOrder& operator=(const MomentOrder&) = delete;

  // Register makes the collation known to a connection, which this must outlive.
  absl::Status Register(Database& connection);

  void Reset() { refused_.reset(); }
  // Of the first text since Reset that named no moment.
  absl::Status status() const;

 private:
  static int Compare(void* self, int a_size, const void* a, int b_size, const void* b);
  std::optional<int64_t> Read(absl::string_view text);

  std::optional<std::string> refused_;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_MOMENT_H_
