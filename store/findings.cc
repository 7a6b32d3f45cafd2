#include "store/findings.h"

#include <utility>

#include "base/status.h"

namespace firebreak::store {

void Findings::Add(const Finding& finding) {
  const int64_t minute = absl::ToUnixSeconds(finding.time) / 60;
  auto key = std::make_tuple(minute, finding.kind, finding.sender,
                             finding.claimed.substr(0, kMaxFindingText));
  if (sums_.size() >= kMaxApart && sums_.count(key) == 0) {
    key = {minute, finding.kind, "(others)", "(others)"};
  }
  Sum& sum = sums_[std::move(key)];
  if (sum.batches == 0) sum.detail = finding.detail.substr(0, kMaxFindingText);
  ++sum.batches;
  sum.lines += finding.lines;
}

absl::Status Findings::Save(Database& catalog) const {
  if (sums_.empty()) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(
      Statement save,
      Statement::Prepare(catalog,
                         "INSERT INTO finding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) "
                         "ON CONFLICT DO UPDATE SET batches = batches + excluded.batches, "
                         "lines = lines + excluded.lines"));
  for (const auto& [key, sum] : sums_) {
    const auto& [minute, kind, sender, claimed] = key;
    save.Bind(1, minute)
        .Bind(2, absl::string_view(kind))
        .Bind(3, absl::string_view(sender))
        .Bind(4, absl::string_view(claimed))
        .Bind(5, static_cast<int64_t>(sum.batches))
        .Bind(6, static_cast<int64_t>(sum.lines))
        .Bind(7, absl::string_view(sum.detail));
    FB_RETURN_IF_ERROR(save.Run());
  }
  return absl::OkStatus();
}

}  // namespace firebreak::store
