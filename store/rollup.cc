#include "store/rollup.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "base/saturate.h"
#include "base/status.h"
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

// Grow adds what each of so many flows has. What others wrote does not turn a sum over.
void Grow(uint64_t* sum, uint64_t number, uint64_t weight) {
  *sum = SaturatingAdd(*sum, SaturatingMultiply(number, weight));
}

}  // namespace

void Rollup::NoteParty(absl::string_view party, int64_t time_us) {
  const auto [at, fresh] = parties_.try_emplace(party, Span{time_us, time_us});
  if (fresh) {
    bytes_ += sizeof(*at) + party.size();
    return;
  }
  at->second.first_us = std::min(at->second.first_us, time_us);
  at->second.last_us = std::max(at->second.last_us, time_us);
}

void Rollup::Add(const flows::Flow& flow) {
  const int64_t time_us = absl::ToUnixMicros(flow.time);
  first_us_ = any_ ? std::min(first_us_, time_us) : time_us;
  last_us_ = any_ ? std::max(last_us_, time_us) : time_us;
  any_ = true;
  const absl::string_view source = flows::PartyName(flow.source);
  const absl::string_view destination = flows::PartyName(flow.destination);
  // Nobody knows whether a line of an event that is not known has to have two ends.
  const bool known = flows::IsKnown(flow);
  if (known || !flows::PartyOf(flow.source).empty()) NoteParty(source, time_us);
  const bool named = known || !flows::PartyOf(flow.destination).empty();
  if (named && !flows::LeftToItsRequests(flow)) NoteParty(destination, time_us);
  if (!flows::MakesEdge(flow)) return;
  const auto [at, fresh] = edges_.try_emplace(EdgeKey{.minute = time_us / kMinuteUs,
                                                      .source = std::string(source),
                                                      .destination = std::string(destination),
                                                      .direction = flow.direction,
                                                      .verdict = flow.verdict,
                                                      .reason = flow.reason});
  if (fresh) bytes_ += at->first.bytes() + sizeof(Edge);
  Edge& edge = at->second;
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

absl::Status Rollup::Save(Database& catalog, int64_t segment) {
  absl::flat_hash_map<std::string, int64_t> ids;
  FB_RETURN_IF_ERROR(SaveParties(catalog, segment, &ids));
  FB_RETURN_IF_ERROR(SaveEdges(catalog, ids));
  FB_RETURN_IF_ERROR(reports_.Save(catalog));
  return SaveLosses(catalog);
}

void Rollup::Clear() { *this = Rollup(); }

absl::Status Rollup::SaveParties(Database& catalog, int64_t segment,
                                 absl::flat_hash_map<std::string, int64_t>* ids) {
  FB_ASSIGN_OR_RETURN(
      Statement party,
      Statement::Prepare(catalog,
                         "INSERT INTO party (name, first_us, last_us) VALUES (?1, ?2, ?3) "
                         "ON CONFLICT (name) DO UPDATE SET first_us = min(first_us, ?2), "
                         "last_us = max(last_us, ?3) RETURNING id"));
  FB_ASSIGN_OR_RETURN(Statement in_segment,
                      Statement::Prepare(catalog, "INSERT INTO party_segment VALUES (?1, ?2)"));
  for (const auto& [name, span] : parties_) {
    party.Bind(1, absl::string_view(name)).Bind(2, span.first_us).Bind(3, span.last_us);
    FB_ASSIGN_OR_RETURN(const bool row, party.Step());
    if (!row) return absl::InternalError("store: a party without an id");
    const int64_t id = party.Number(0);
    FB_RETURN_IF_ERROR(party.Run());
    ids->emplace(name, id);
    FB_RETURN_IF_ERROR(in_segment.Bind(1, id).Bind(2, segment).Run());
  }
  return absl::OkStatus();
}

absl::Status Rollup::SaveEdges(Database& catalog,
                               const absl::flat_hash_map<std::string, int64_t>& ids) {
  FB_ASSIGN_OR_RETURN(
      Statement statement,
      Statement::Prepare(
          catalog,
          "INSERT INTO edge_minute VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) "
          // A sum that does not fit becomes a fraction, and the largest number is less.
          "ON CONFLICT DO UPDATE SET connections = min(?14, connections + ?7), "
          "requests = min(?14, requests + ?8), failed = min(?14, failed + ?9), "
          "bytes_sent = min(?14, bytes_sent + ?10), "
          "bytes_received = min(?14, bytes_received + ?11), "
          "duration_us = min(?14, duration_us + ?12), "
          "max_duration_us = max(max_duration_us, ?13)"));
  statement.Bind(14, std::numeric_limits<int64_t>::max());
  for (const auto& [key, edge] : edges_) {
    statement.Bind(1, key.minute)
        .Bind(2, ids.at(key.source))
        .Bind(3, ids.at(key.destination))
        .Bind(4, absl::string_view(key.direction))
        .Bind(5, absl::string_view(key.verdict))
        .Bind(6, absl::string_view(key.reason))
        .Bind(7, Signed(edge.connections))
        .Bind(8, Signed(edge.requests))
        .Bind(9, Signed(edge.failed))
        .Bind(10, Signed(edge.bytes_sent))
        .Bind(11, Signed(edge.bytes_received))
        .Bind(12, Signed(edge.duration_us))
        .Bind(13, Signed(edge.max_duration_us));
    FB_RETURN_IF_ERROR(statement.Run());
  }
  return absl::OkStatus();
}

absl::Status Rollup::SaveLosses(Database& catalog) {
  FB_ASSIGN_OR_RETURN(
      Statement statement,
      Statement::Prepare(catalog, "INSERT INTO loss VALUES (?1, ?2, ?3, ?4, ?5, ?6)"));
  for (const Loss& loss : losses_) {
    statement.Bind(1, loss.time_us)
        .Bind(2, absl::string_view(loss.reporter))
        .Bind(3, absl::string_view(loss.run_id))
        .Bind(4, Signed(loss.count))
        .Bind(5, absl::string_view(loss.cause))
        .Bind(6, absl::string_view(loss.sink));
    FB_RETURN_IF_ERROR(statement.Run());
  }
  return absl::OkStatus();
}

}  // namespace firebreak::store
