// How the views of a store are made; what they mean is Views() of query.h.
#ifndef FIREBREAK_STORE_VIEWS_H_
#define FIREBREAK_STORE_VIEWS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "store/sqlite.h"

namespace firebreak::store {

// ViewDefinitions are CREATE TEMP VIEW statements, for a connection to this catalog that has the
// table `flows`.
absl::StatusOr<std::vector<std::string>> ViewDefinitions(const Database& catalog);

// Rfc3339 is SQL for a time of so many microseconds, in the form of the flow log, which compares as
// a time.
std::string Rfc3339(const std::string& micros);

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_VIEWS_H_
