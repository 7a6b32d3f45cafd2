// A sum() that no row can make fail.
#ifndef FIREBREAK_STORE_TOTAL_SUM_H_
#define FIREBREAK_STORE_TOTAL_SUM_H_

#include "absl/status/status.h"

#include "store/sqlite.h"

namespace firebreak::store {

// RegisterTotalSum puts its own sum() in the place of SQLite's on a connection. SQLite's ends a
// question with an error where the sum of whole numbers is none of 64 bits; so whoever writes one
// line with absurd numbers spoils the sums of all. This one is then a fraction, about right.
absl::Status RegisterTotalSum(Database& connection);

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_TOTAL_SUM_H_
