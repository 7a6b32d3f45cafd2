#include "store/reporter_budget.h"

#include "base/ip.h"
#include "base/status.h"

namespace firebreak::store {
namespace {

constexpr uint64_t kAddressParts = 2;  // what names addresses has one of these
constexpr uint64_t kKeptParts = 16;    // who has spent less than one of these is not saved

}  // namespace

absl::Status ReporterBudget::Load(const Database& catalog) {
  if (bytes_a_day_ == 0) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(
      Statement rows,
      Statement::Prepare(catalog,
                         "SELECT day, reporter, bytes, for_addresses FROM spent WHERE day = "
                         "(SELECT max(day) FROM spent)"));
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return absl::OkStatus();
    day_ = rows.Number(0);
    spent_[rows.Text(1)] = {.bytes = static_cast<uint64_t>(rows.Number(2)),
                            .for_addresses = static_cast<uint64_t>(rows.Number(3))};
  }
}

absl::Status ReporterBudget::Save(Database& catalog) {
  if (bytes_a_day_ == 0) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(Statement forget,
                      Statement::Prepare(catalog, "DELETE FROM spent WHERE day <> ?1"));
  FB_RETURN_IF_ERROR(forget.Bind(1, day_).Run());
  FB_ASSIGN_OR_RETURN(Statement save,
                      Statement::Prepare(catalog,
                                         "INSERT OR REPLACE INTO spent (day, reporter, bytes, "
                                         "for_addresses) VALUES (?1, ?2, ?3, ?4)"));
  for (auto& [reporter, spent] : spent_) {
    if (!spent.changed || spent.bytes < bytes_a_day_ / kKeptParts) continue;
    save.Bind(1, day_)
        .Bind(2, absl::string_view(reporter))
        .Bind(3, static_cast<int64_t>(spent.bytes))
        .Bind(4, static_cast<int64_t>(spent.for_addresses));
    FB_RETURN_IF_ERROR(save.Run());
    spent.changed = false;
  }
  return absl::OkStatus();
}

void ReporterBudget::Begin(absl::Time now) {
  constexpr int64_t kSecondsOfDay = 86'400;
  const int64_t day = absl::ToUnixSeconds(now) / kSecondsOfDay;
  if (day != day_) {
    spent_.clear();
    used_up_.clear();
  }
  day_ = day;
  refused_.clear();
}

void ReporterBudget::CountRefused(absl::string_view reporter) {
  ++refused_[reporter];
  used_up_.emplace(reporter);
}

bool ReporterBudget::SpendFor(absl::string_view reporter, absl::string_view name, uint64_t bytes) {
  return Pay(reporter, bytes, bytes_a_day_ > 0 && IpAddress::Parse(name).ok());
}

bool ReporterBudget::Pay(absl::string_view reporter, uint64_t bytes, bool addresses) {
  if (bytes_a_day_ == 0) return true;
  Spent& spent = spent_[reporter];
  if (spent.bytes + bytes > bytes_a_day_) return false;
  if (addresses && spent.for_addresses + bytes > bytes_a_day_ / kAddressParts) return false;
  spent.bytes += bytes;
  if (addresses) spent.for_addresses += bytes;
  spent.changed = true;
  return true;
}

}  // namespace firebreak::store
