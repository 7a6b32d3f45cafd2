#include "store/edge_rows.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/saturate.h"
#include "base/status.h"

namespace firebreak::store {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

// Signed is a number as SQLite has them; what does not fit is the largest.
int64_t Signed(uint64_t value) {
  return static_cast<int64_t>(std::min(value, static_cast<uint64_t>(kMost)));
}

void Bind(const EdgeRow& row, Statement& statement) {
  statement.Bind(1, row.minute)
      .Bind(2, row.source)
      .Bind(3, row.destination)
      .Bind(4, row.direction)
      .Bind(5, row.verdict)
      .Bind(6, row.reason)
      .Bind(7, Signed(row.sums.connections))
      .Bind(8, Signed(row.sums.requests))
      .Bind(9, Signed(row.sums.failed))
      .Bind(10, Signed(row.sums.bytes_sent))
      .Bind(11, Signed(row.sums.bytes_received))
      .Bind(12, Signed(row.sums.duration_us))
      .Bind(13, Signed(row.sums.max_duration_us));
}

}  // namespace

void EdgeSums::Add(const EdgeSums& more) {
  connections = SaturatingAdd(connections, more.connections);
  requests = SaturatingAdd(requests, more.requests);
  failed = SaturatingAdd(failed, more.failed);
  bytes_sent = SaturatingAdd(bytes_sent, more.bytes_sent);
  bytes_received = SaturatingAdd(bytes_received, more.bytes_received);
  duration_us = SaturatingAdd(duration_us, more.duration_us);
  max_duration_us = std::max(max_duration_us, more.max_duration_us);
}

EdgeRows::EdgeRows(const Database& catalog, Statement grow, Statement insert)
    : catalog_(&catalog), grow_(std::move(grow)), insert_(std::move(insert)) {}

absl::StatusOr<EdgeRows> EdgeRows::Prepare(const Database& catalog) {
  FB_ASSIGN_OR_RETURN(
      Statement grow,
      Statement::Prepare(
          catalog,
          // A sum that does not fit becomes a fraction, and the largest number is less.
          "UPDATE edge_minute SET connections = min(?14, connections + ?7), "
          "requests = min(?14, requests + ?8), failed = min(?14, failed + ?9), "
          "bytes_sent = min(?14, bytes_sent + ?10), "
          "bytes_received = min(?14, bytes_received + ?11), "
          "duration_us = min(?14, duration_us + ?12), "
          "max_duration_us = max(max_duration_us, ?13) WHERE minute = ?1 AND source = ?2 AND "
          "destination = ?3 AND direction = ?4 AND verdict = ?5 AND reason = ?6"));
  FB_ASSIGN_OR_RETURN(
      Statement insert,
      Statement::Prepare(
          catalog,
          "INSERT INTO edge_minute (minute, source, destination, direction, verdict, reason, "
          "connections, requests, failed, bytes_sent, bytes_received, duration_us, "
          "max_duration_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"));
  grow.Bind(14, kMost);
  return EdgeRows(catalog, std::move(grow), std::move(insert));
}

absl::StatusOr<bool> EdgeRows::Grow(const EdgeRow& row) {
  Bind(row, grow_);
  FB_RETURN_IF_ERROR(grow_.Run());
  return catalog_->changes() > 0;
}

absl::Status EdgeRows::Insert(const EdgeRow& row) {
  Bind(row, insert_);
  return insert_.Run();
}

}  // namespace firebreak::store
