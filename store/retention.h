// What a store keeps for how long, and what goes first.
#ifndef FIREBREAK_STORE_RETENTION_H_
#define FIREBREAK_STORE_RETENTION_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "store/sqlite.h"

namespace firebreak::store {

// Retention bounds what is kept; zero means no bound.
struct Retention {
  uint64_t max_bytes = 0;                         // of segments and catalog
  absl::Duration max_age = absl::ZeroDuration();  // of rows
  // Of edges by the minute, sums of sidecars, losses, findings, and of who was seen last.
  absl::Duration max_edge_age = absl::ZeroDuration();
  absl::Duration max_run_age = absl::ZeroDuration();  // of what is known of a run since it grew
};

// The catalog has this part of max_bytes at most, but for what it has to have; segments have the
// rest, and whatever the catalog leaves of its own.
inline constexpr uint64_t kCatalogParts = 4;
// Where there is no room, the reporter goes first whose own segments have more than this part of
// max_bytes, and of several the largest; then whatever is oldest.
inline constexpr uint64_t kFairParts = 8;

// CatalogBudget is what one reporter may add to a catalog in a day.
uint64_t CatalogBudget(const Retention& retention);

struct Outgrown {
  std::vector<int64_t> segments;  // their numbers
  uint64_t rows = 0;
  uint64_t bytes = 0;
};
// FindOutgrown names the segments that have to go.
absl::StatusOr<Outgrown> FindOutgrown(const Database& catalog, const Retention& retention,
                                      absl::Time now);

// These delete from the catalog, within a transaction. ForgetSums deletes what is of before a time.
absl::Status ForgetSegments(Database& catalog, const std::vector<int64_t>& ids);
absl::Status ForgetSums(Database& catalog, absl::Time before);
// TrimCatalog deletes the oldest day there is, sums and segments alike since these hold names, and
// the next, until the catalog is as small as it has to be; never what is of the last hour, and not
// for the sake of what is known of runs, which stays. Segments are added to outgrown.
absl::Status TrimCatalog(Database& catalog, const Retention& retention, absl::Time now,
                         Outgrown* outgrown);

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_RETENTION_H_
