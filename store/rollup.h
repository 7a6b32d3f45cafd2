// What the catalog keeps of flows besides their rows: counted while rows are added, saved with
// them.
#ifndef FIREBREAK_STORE_ROLLUP_H_
#define FIREBREAK_STORE_ROLLUP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "flows/flow.h"
#include "store/edge_reports.h"
#include "store/edge_rows.h"
#include "store/reporter_budget.h"
#include "store/sqlite.h"

namespace firebreak::store {

// Parties are those of flows that are being saved, by name.
class Parties {
 public:
  // IdOf is the number of a name in the catalog, or that of kOthers where it may not be there.
  int64_t IdOf(absl::string_view name) const {
    const auto found = ids_.find(name);
    return found == ids_.end() ? others_ : found->second;
  }
  bool Has(absl::string_view name) const { return ids_.contains(name); }

 private:
  friend class Rollup;
  absl::flat_hash_map<std::string, int64_t> ids_;
  int64_t others_ = 0;  // where there is one
};

// Rollup gathers parties, edges by the minute and losses.
class Rollup {
 public:
  void Add(const flows::Flow& flow);                               // a line of a flow
  void AddLoss(const flows::Flow& flow);                           // a LOST line
  void AddReport(const flows::Flow& flow) { reports_.Add(flow); }  // a ROLLUP line
  // NameOthers has kOthers in the catalog, and in parties.
  static absl::Status NameOthers(Database& catalog, absl::Time now, Parties* parties);

  // Save adds to the catalog, within its transaction, what who reported it may add: the rest is
  // counted under kOthers, in the minute that it is now. It returns the parties.
  absl::StatusOr<Parties> Save(Database& catalog, ReporterBudget& budget, absl::Time now) const;
  void Clear();

  // Bytes are those that this has in memory, about.
  size_t bytes() const { return bytes_ + reports_.bytes(); }
  bool empty() const { return parties_.empty() && losses_.empty() && reports_.empty(); }

 private:
  struct EdgeKey {
    int64_t minute = 0;
    std::string source, destination, direction, verdict, reason;

    size_t bytes() const {
      return sizeof(*this) + source.size() + destination.size() + direction.size() +
             verdict.size() + reason.size();
    }
    friend bool operator==(const EdgeKey& a, const EdgeKey& b) {
      return a.minute == b.minute && a.source == b.source && a.destination == b.destination &&
             a.direction == b.direction && a.verdict == b.verdict && a.reason == b.reason;
    }
    template <typename H>
    friend H AbslHashValue(H h, const EdgeKey& key) {
      return H::combine(std::move(h), key.minute, key.source, key.destination, key.direction,
                        key.verdict, key.reason);
    }
  };
  struct Party {
    int64_t first_us = 0, last_us = 0;
    std::vector<uint32_t> reporters;  // who named it; one may be there more than once
  };
  struct Loss {
    int64_t time_us = 0;
    std::string reporter, run_id, cause, sink;
    uint64_t count = 0;

    size_t bytes() const {
      return sizeof(*this) + reporter.size() + run_id.size() + cause.size() + sink.size();
    }
  };
  using Edges = absl::flat_hash_map<EdgeKey, EdgeSums>;

  static const std::string& ReporterOf(const EdgeKey& key) {
    return key.direction == "INBOUND" ? key.destination : key.source;
  }
  static EdgeKey AmongOthers(const EdgeKey& key, const Parties& parties, int64_t minute);
  static EdgeRow RowOf(const EdgeKey& key, const EdgeSums& sums, const Parties& parties);
  uint32_t NumberOf(absl::string_view reporter);
  void NoteParty(absl::string_view party, uint32_t reporter, int64_t time_us);
  bool MayName(const std::string& name, const Party& party, ReporterBudget& budget) const;
  absl::StatusOr<Parties> SaveParties(Database& catalog, ReporterBudget& budget,
                                      absl::Time now) const;
  absl::Status SaveEdges(Database& catalog, ReporterBudget& budget, absl::Time now,
                         Parties* parties) const;
  absl::Status SaveLosses(Database& catalog, ReporterBudget& budget, absl::Time now) const;

  absl::flat_hash_map<std::string, Party> parties_;
  std::vector<std::string> reporters_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;  // of reporters_
  Edges edges_;
  std::vector<Loss> losses_;
  EdgeReports reports_;
  size_t bytes_ = 0;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_ROLLUP_H_
