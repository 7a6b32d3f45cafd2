#include "store/findings.h"

#include <utility>

#include "base/status.h"

namespace firebreak::store {

void Findings::Add(const Finding& finding) {
  const int64_t minute = absl::ToUnixSeconds(finding.time) / 60;
  auto key = std::make_tuple(minute, finding.kind, finding.sender,
                             finding.claimed.substr(0, kMaxFindingText));
  if (sums_.size() >= kMaxApart && sums_.count(key) == 0) {
    key = {minute, finding.kind, finding.sender, kOthers};
  }
  Sum& sum = sums_[std::move(key)];
  if (sum.batches == 0) sum.detail = finding.detail.substr(0, kMaxFindingText);
  ++sum.batches;
  sum.lines += finding.lines;
}

absl::Status Findings::Save(Database& catalog, ReporterBudget& budget) const {
  if (sums_.empty()) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(
      Statement grow,
      Statement::Prepare(catalog,
                         "UPDATE finding SET batches = batches + ?5, lines = lines + ?6 "
                         "WHERE minute = ?1 AND kind = ?2 AND sender = ?3 AND claimed = ?4"));
  FB_ASSIGN_OR_RETURN(
      Statement insert,
      Statement::Prepare(catalog,
                         "INSERT INTO finding (minute, kind, sender, claimed, batches, lines, "
                         "detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"));
  const auto bind = [](const Key& key, absl::string_view claimed, const Sum& sum,
                       Statement& statement) {
    statement.Bind(1, std::get<0>(key))
        .Bind(2, absl::string_view(std::get<1>(key)))
        .Bind(3, absl::string_view(std::get<2>(key)))
        .Bind(4, claimed)
        .Bind(5, static_cast<int64_t>(sum.batches))
        .Bind(6, static_cast<int64_t>(sum.lines));
  };
  const auto grown = [&](const Key& key, absl::string_view claimed,
                         const Sum& sum) -> absl::StatusOr<bool> {
    bind(key, claimed, sum, grow);
    FB_RETURN_IF_ERROR(grow.Run());
    return catalog.changes() > 0;
  };
  for (const auto& [key, sum] : sums_) {
    absl::string_view claimed = std::get<3>(key);
    FB_ASSIGN_OR_RETURN(bool done, grown(key, claimed, sum));
    if (done) continue;
    const uint64_t bytes =
        kRowBytes + 2 * kNumberBytes + std::get<2>(key).size() + claimed.size() + sum.detail.size();
    if (!budget.Spend(std::get<2>(key), bytes)) {
      claimed = kOthers;
      FB_ASSIGN_OR_RETURN(done, grown(key, claimed, sum));
    }
    if (done) continue;
    bind(key, claimed, sum, insert);
    FB_RETURN_IF_ERROR(insert.Bind(7, absl::string_view(sum.detail)).Run());
  }
  return absl::OkStatus();
}

}  // namespace firebreak::store
