// For tests: the answer of a store to a question in SQL, as one text.
#ifndef FIREBREAK_STORE_QUERY_TESTING_H_
#define FIREBREAK_STORE_QUERY_TESTING_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "store/query.h"

namespace firebreak::store {

// AskStore returns all cells in their order, a blank behind each; what is absent is NULL.
inline std::string AskStore(const std::string& folder, const Clock& clock, const std::string& sql) {
  auto query = Query::Open(folder, clock);
  EXPECT_TRUE(query.ok()) << query.status();
  std::string cells;
  const auto result = (*query)->Run(
      sql, {}, [](const auto&) {},
      [&cells](absl::Span<const Value> row) {
        for (const Value& value : row) {
          const auto* const number = std::get_if<int64_t>(&value);
          const auto* const text = std::get_if<std::string>(&value);
          absl::StrAppend(&cells,
                          number != nullptr ? absl::StrCat(*number)
                          : text != nullptr ? *text
                                            : "NULL",
                          " ");
        }
      });
  EXPECT_TRUE(result.ok()) << result.status();
  return cells;
}

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_QUERY_TESTING_H_
