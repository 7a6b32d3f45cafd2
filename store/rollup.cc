#include "store/rollup.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"

#include "base/saturate.h"
#include "base/status.h"
#include "base/verdict.h"
#include "flows/event_names.h"
#include "flows/flow_facts.h"

namespace firebreak::store {
namespace {

constexpr int64_t kMinuteUs = 60'000'000;

// Signed is a number as SQLite has them; what does not fit is the largest.
int64_t Signed(uint64_t value) {
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  return static_cast<int64_t>(std::min(value, kMost));
}

// SinksOf returns the sinks that fill a store.
absl::StatusOr<absl::flat_hash_set<std::string>> SinksOf(const Database& catalog) {
  FB_ASSIGN_OR_RETURN(Statement sinks, Statement::Prepare(catalog, "SELECT sink FROM filled_by"));
  absl::flat_hash_set<std::string> names;
  for (;;) {
    FB_ASSIGN_OR_RETURN(const bool row, sinks.Step());
    if (!row) return names;
    names.emplace(sinks.Text(0));
  }
}

// Grow adds what each of so many flows has. What others wrote does not turn a sum over.
void Grow(uint64_t* sum, uint64_t number, uint64_t weight) {
  *sum = SaturatingAdd(*sum, SaturatingMultiply(number, weight));
}

}  // namespace

uint32_t Rollup::NumberOf(absl::string_view reporter) {
  const auto [at, fresh] = numbers_.try_emplace(reporter, static_cast<uint32_t>(reporters_.size()));
  if (fresh) {
    reporters_.emplace_back(reporter);
    bytes_ += 2 * (sizeof(std::string) + reporter.size()) + sizeof(uint32_t);
  }
  return at->second;
}

void Rollup::NoteParty(absl::string_view party, uint32_t reporter, int64_t time_us) {
  const auto [at, fresh] = parties_.try_emplace(party, Party{time_us, time_us, {}});
  Party& known = at->second;
  if (fresh) bytes_ += sizeof(*at) + party.size();
  known.first_us = std::min(known.first_us, time_us);
  known.last_us = std::max(known.last_us, time_us);
  if (!known.reporters.empty() && known.reporters.back() == reporter) return;
  known.reporters.push_back(reporter);
  bytes_ += sizeof(reporter);
}

void Rollup::Add(const flows::Flow& flow) {
  const int64_t time_us = absl::ToUnixMicros(flow.time);
  const uint32_t reporter = NumberOf(flow.reporter.principal);
  const absl::string_view source = flows::PartyName(flow.source);
  const absl::string_view destination = flows::PartyName(flow.destination);
  // Nobody knows whether a line of an event that is not known has to have two ends.
  const bool known = flows::IsKnown(flow);
  if (known || !flows::PartyOf(flow.source).empty()) NoteParty(source, reporter, time_us);
  const bool named = known || !flows::PartyOf(flow.destination).empty();
  if (named && !flows::LeftToItsRequests(flow)) NoteParty(destination, reporter, time_us);
  if (!flows::MakesEdge(flow)) return;
  const auto [at, fresh] = edges_.try_emplace(EdgeKey{.minute = time_us / kMinuteUs,
                                                      .source = std::string(source),
                                                      .destination = std::string(destination),
                                                      .direction = flow.direction,
                                                      .verdict = flow.verdict,
                                                      .reason = flow.reason});
  if (fresh) bytes_ += at->first.bytes() + sizeof(EdgeSums);
  EdgeSums& edge = at->second;
  const uint64_t weight = std::max<uint64_t>(flow.weight, 1);
  Grow(flow.event == flows::kRequestEvent ? &edge.requests : &edge.connections, 1, weight);
  if (flows::Failed(flow)) Grow(&edge.failed, 1, weight);
  if (flows::CarriesRequests(flow)) return;
  Grow(&edge.bytes_sent, flows::SentBytes(flow), weight);
  Grow(&edge.bytes_received, flows::ReceivedBytes(flow), weight);
  Grow(&edge.duration_us, flow.duration_us, weight);
  edge.max_duration_us = std::max(edge.max_duration_us, flow.duration_us);
}

void Rollup::AddLoss(const flows::Flow& flow) {
  losses_.push_back({.time_us = absl::ToUnixMicros(flow.time),
                     .reporter = flow.reporter.principal,
                     .run_id = flow.run_id,
                     .cause = flow.lost.cause,
                     .sink = flow.lost.sink,
                     .count = flow.lost.count});
  bytes_ += losses_.back().bytes();
}

absl::StatusOr<Parties> Rollup::Save(Database& catalog, ReporterBudget& budget,
                                     absl::Time now) const {
  FB_ASSIGN_OR_RETURN(Parties parties, SaveParties(catalog, budget, now));
  FB_RETURN_IF_ERROR(SaveEdges(catalog, budget, now, &parties));
  FB_RETURN_IF_ERROR(reports_.Save(catalog, budget));
  FB_RETURN_IF_ERROR(SaveLosses(catalog, budget, now));
  return parties;
}

void Rollup::Clear() { *this = Rollup(); }

// MayName: somebody who named it pays for it. Who has nothing left keeps nobody else from it.
bool Rollup::MayName(const std::string& name, const Party& party, ReporterBudget& budget) const {
  const uint64_t bytes = kRowBytes + 2 * name.size();  // in the table and in its index
  for (const uint32_t reporter : party.reporters) {
    if (budget.SpendFor(reporters_[reporter], name, bytes)) return true;
  }
  budget.CountRefused(reporters_[party.reporters.front()]);
  return false;
}

absl::Status Rollup::NameOthers(Database& catalog, absl::Time now, Parties* parties) {
  if (parties->others_ != 0) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(
      Statement name,
      Statement::Prepare(catalog,
                         "INSERT INTO party (name, first_us, last_us) VALUES (?1, ?2, ?2) "
                         "ON CONFLICT (name) DO UPDATE SET last_us = max(last_us, ?2) "
                         "RETURNING id"));
  name.Bind(1, absl::string_view(kOthers)).Bind(2, absl::ToUnixMicros(now));
  FB_ASSIGN_OR_RETURN(const bool row, name.Step());
  if (!row) return absl::InternalError("store: a party without an id");
  parties->others_ = name.Number(0);
  return name.Run();
}

absl::StatusOr<Parties> Rollup::SaveParties(Database& catalog, ReporterBudget& budget,
                                            absl::Time now) const {
  FB_ASSIGN_OR_RETURN(
      Statement seen,
      Statement::Prepare(catalog,
                         "UPDATE party SET first_us = min(first_us, ?2), last_us = max(last_us, "
                         "?3) WHERE name = ?1 RETURNING id"));
  FB_ASSIGN_OR_RETURN(
      Statement fresh,
      Statement::Prepare(catalog,
                         "INSERT INTO party (name, first_us, last_us) VALUES (?1, ?2, ?3) "
                         "RETURNING id"));
  // SQLite counts from 1; 0: there is no such row.
  const auto id_by = [](Statement& statement, absl::string_view name,
                        const Party& party) -> absl::StatusOr<int64_t> {
    statement.Bind(1, name).Bind(2, party.first_us).Bind(3, party.last_us);
    FB_ASSIGN_OR_RETURN(const bool row, statement.Step());
    const int64_t id = row ? statement.Number(0) : 0;
    if (row) FB_RETURN_IF_ERROR(statement.Run());
    return id;
  };
  Parties parties;
  for (const auto& [name, party] : parties_) {
    FB_ASSIGN_OR_RETURN(int64_t id, id_by(seen, name, party));
    if (id == 0 && MayName(name, party, budget)) {
      FB_ASSIGN_OR_RETURN(id, id_by(fresh, name, party));
    }
    if (id != 0) {
      parties.ids_.emplace(name, id);
    } else {
      FB_RETURN_IF_ERROR(NameOthers(catalog, now, &parties));
    }
  }
  return parties;
}

// AmongOthers is the sum that an edge goes into which may have none of its own. What its reporter
// says of the other end, of the minute and of the reason is left out, so that there are few.
Rollup::EdgeKey Rollup::AmongOthers(const EdgeKey& key, const Parties& parties, int64_t minute) {
  const bool inbound = key.direction == "INBOUND";
  const std::string& own = inbound ? key.destination : key.source;
  EdgeKey others{.minute = minute,
                 .source = kOthers,
                 .destination = kOthers,
                 .direction = key.direction,
                 .verdict = ParseVerdict(key.verdict).has_value() ? key.verdict : std::string(),
                 .reason = ""};
  if (parties.Has(own)) (inbound ? others.destination : others.source) = own;
  return others;
}

EdgeRow Rollup::RowOf(const EdgeKey& key, const EdgeSums& sums, const Parties& parties) {
  return {.minute = key.minute,
          .source = parties.IdOf(key.source),
          .destination = parties.IdOf(key.destination),
          .direction = key.direction,
          .verdict = key.verdict,
          .reason = key.reason,
          .sums = sums};
}

absl::Status Rollup::SaveEdges(Database& catalog, ReporterBudget& budget, absl::Time now,
                               Parties* parties) const {
  FB_ASSIGN_OR_RETURN(EdgeRows rows, EdgeRows::Prepare(catalog));
  Edges others;
  for (const auto& [key, sums] : edges_) {
    const std::string& reporter = ReporterOf(key);
    if (parties->Has(key.source) && parties->Has(key.destination)) {
      const EdgeRow row = RowOf(key, sums, *parties);
      FB_ASSIGN_OR_RETURN(const bool grown, rows.Grow(row));
      if (grown) continue;
      const std::string& peer = key.direction == "INBOUND" ? key.source : key.destination;
      const uint64_t bytes = kRowBytes + kSumsOfEdge * kNumberBytes + key.direction.size() +
                             key.verdict.size() + key.reason.size();
      if (budget.SpendFor(reporter, peer, bytes)) {
        FB_RETURN_IF_ERROR(rows.Insert(row));
        continue;
      }
    }
    budget.CountRefused(reporter);
    others[AmongOthers(key, *parties, absl::ToUnixSeconds(now) / 60)].Add(sums);
  }
  if (others.empty()) return absl::OkStatus();
  FB_RETURN_IF_ERROR(NameOthers(catalog, now, parties));
  // These are of now, whatever time the lines are of that name their ends.
  FB_ASSIGN_OR_RETURN(
      Statement seen,
      Statement::Prepare(catalog, "UPDATE party SET last_us = max(last_us, ?1) WHERE id = ?2"));
  seen.Bind(1, absl::ToUnixMicros(now));
  for (const auto& [key, sums] : others) {
    const EdgeRow row = RowOf(key, sums, *parties);
    for (const int64_t end : {row.source, row.destination}) {
      FB_RETURN_IF_ERROR(seen.Bind(2, end).Run());
    }
    FB_ASSIGN_OR_RETURN(const bool grown, rows.Grow(row));
    if (!grown) FB_RETURN_IF_ERROR(rows.Insert(row));
  }
  return absl::OkStatus();
}

absl::Status Rollup::SaveLosses(Database& catalog, ReporterBudget& budget, absl::Time now) const {
  FB_ASSIGN_OR_RETURN(
      Statement insert,
      Statement::Prepare(catalog,
                         "INSERT INTO loss (time_us, reporter, run_id, count, cause, sink) VALUES "
                         "(?1, ?2, ?3, ?4, ?5, ?6)"));
  const auto save = [&insert](const Loss& loss) {
    insert.Bind(1, loss.time_us)
        .Bind(2, absl::string_view(loss.reporter))
        .Bind(3, absl::string_view(loss.run_id))
        .Bind(4, Signed(loss.count))
        .Bind(5, absl::string_view(loss.cause))
        .Bind(6, absl::string_view(loss.sink));
    return insert.Run();
  };
  // How much was lost is kept whatever it costs, by what LostRecords tells apart.
  FB_ASSIGN_OR_RETURN(const auto sinks, SinksOf(catalog));
  std::map<std::pair<std::string, bool>, Loss> others;
  for (const Loss& loss : losses_) {
    if (budget.Spend(loss.reporter, kRowBytes + kNumberBytes + loss.bytes() - sizeof(loss))) {
      FB_RETURN_IF_ERROR(save(loss));
      continue;
    }
    budget.CountRefused(loss.reporter);
    const bool here = loss.sink.empty() || sinks.contains(loss.sink);
    Loss& sum = others[{loss.reporter, here}];
    sum.count = SaturatingAdd(sum.count, loss.count);
    sum.reporter = loss.reporter;
    sum.sink = here ? "" : kOthers;
  }
  for (auto& [key, loss] : others) {
    loss.time_us = absl::ToUnixMicros(now);
    loss.cause = kOthers;
    FB_RETURN_IF_ERROR(save(loss));
  }
  return absl::OkStatus();
}

}  // namespace firebreak::store
