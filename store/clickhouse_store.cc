#include "store/clickhouse_store.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/escape.h"
#include "base/status.h"
#include "flows/clickhouse_views.h"
#include "flows/json_reader.h"
#include "store/clickhouse_answer.h"

namespace firebreak::store {
namespace {

constexpr absl::string_view kScheme = "clickhouse://";
constexpr size_t kShownBytes = 512;
// A server sorts what is larger on its disk.
constexpr char kSortOnDisk[] = "&max_bytes_before_external_sort=1073741824";
constexpr absl::Duration kSilence =
    absl::Minutes(5);  // of a server that looks for lines, and sorts them

// What take_ and on_row say when no more is wanted.
absl::Status Enough() { return absl::CancelledError("enough"); }

bool IsTable(absl::string_view text) {
  return std::count(text.begin(), text.end(), '.') == 1 && text.front() != '.' &&
         text.back() != '.' && std::all_of(text.begin(), text.end(), [](char c) {
           return c == '_' || c == '.' || absl::ascii_isalnum(static_cast<unsigned char>(c));
         });
}

// TakeHost takes "host", "host:port" or "[v6]:port" apart.
bool TakeHost(absl::string_view text, flows::HttpEndpoint* endpoint) {
  absl::string_view port;
  if (absl::ConsumePrefix(&text, "[")) {
    const size_t end = text.find(']');
    if (end == absl::string_view::npos) return false;
    port = text.substr(end + 1);
    text = text.substr(0, end);
  } else if (const size_t colon = text.find(':'); colon != absl::string_view::npos) {
    port = text.substr(colon);
    text = text.substr(0, colon);
  }
  endpoint->host = std::string(text);
  endpoint->port = 8123;
  if (text.empty() || port.empty()) return !text.empty();
  uint32_t number = 0;
  if (!absl::ConsumePrefix(&port, ":") || !absl::SimpleAtoi(port, &number)) return false;
  endpoint->port = static_cast<uint16_t>(number);
  return number > 0 && number <= 65'535;
}

// Bound is SQL for a moment in microseconds since 1970, within what the table can have.
std::string Bound(absl::Time time) {
  const absl::Time least = absl::UnixEpoch();
  const absl::Time most = absl::FromUnixSeconds(4'294'967'295);
  return absl::StrCat(absl::ToUnixMicros(std::clamp(time, least, most)));
}

}  // namespace

bool ClickHouseStore::IsNamed(absl::string_view store) { return absl::StartsWith(store, kScheme); }

absl::StatusOr<ClickHouseStore> ClickHouseStore::Open(absl::string_view store, const Clock& clock) {
  const auto wrong = [&store] {
    return absl::InvalidArgumentError(
        absl::StrCat(store, ": write clickhouse://[user@]host[:port][/database.table]"));
  };
  absl::string_view rest = absl::StripPrefix(store, kScheme);
  std::string user;
  if (const size_t at = rest.find('@'); at != absl::string_view::npos) {
    user = std::string(rest.substr(0, at));
    rest.remove_prefix(at + 1);
    if (user.empty()) return wrong();
    if (absl::StrContains(user, ':')) {
      return absl::InvalidArgumentError(
          "a password in an address is seen by everybody who sees processes: give it in "
          "FIREBREAK_CLICKHOUSE_PASSWORD");
    }
  }
  std::string table = "firebreak.flows";
  if (const size_t slash = rest.find('/'); slash != absl::string_view::npos) {
    const absl::string_view named = rest.substr(slash + 1);
    rest = rest.substr(0, slash);
    if (!named.empty()) table = std::string(named);
  }
  flows::HttpEndpoint endpoint;
  if (!TakeHost(rest, &endpoint) || !IsTable(table)) return wrong();
  return ClickHouseStore(std::move(endpoint), std::move(table), std::move(user), clock);
}

ClickHouseStore::ClickHouseStore(flows::HttpEndpoint endpoint, std::string table, std::string user,
                                 const Clock& clock)
    : address_(absl::StrCat(endpoint.host, ":", endpoint.port)),
      table_(std::move(table)),
      client_(std::make_unique<flows::HttpClient>(std::move(endpoint), clock)) {
  if (user.empty()) return;
  const char* const password = std::getenv("FIREBREAK_CLICKHOUSE_PASSWORD");
  fields_.emplace_back("X-ClickHouse-User", std::move(user));
  fields_.emplace_back("X-ClickHouse-Key", password == nullptr ? "" : password);
}

// Ask gives the answer's bytes to on_body. readonly=2: nothing is written, settings may be given.
absl::Status ClickHouseStore::Ask(const std::string& settings, const std::string& sql,
                                  absl::Duration silence,
                                  const flows::HttpResponseReader::OnBody& on_body) {
  const std::string target =
      absl::StrCat("/?readonly=2&database=", flows::ClickHouseViewsOf(table_), settings);
  const auto response = client_->Post(
      target, fields_, sql,
      {.on_body = on_body, .max_silence = std::chrono::seconds(absl::ToInt64Seconds(silence) + 1)});
  if (!response.ok()) {
    // What on_body said keeps its code; an address helps whoever cannot reach the server.
    const absl::Status& status = response.status();
    if (absl::IsCancelled(status)) return status;
    return absl::Status(status.code(), absl::StrCat(address_, ": ", status.message()));
  }
  if (response->status == 200) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      address_, ": ", PrintableEscaped(absl::string_view(response->body).substr(0, kShownBytes))));
}

absl::Status ClickHouseStore::ForEach(absl::Time since, absl::Time until,
                                      const std::function<bool(flows::Flow&)>& take) {
  RowBinaryLines lines([&](absl::string_view line) {
    // Every line of the table was read before it went there. An error in the middle of an answer
    // comes as text.
    auto flow = flows::ParseFlowLine(line);
    if (!flow.ok()) {
      return absl::DataLossError(absl::StrCat(address_, ": ended in an error or a damaged line: ",
                                              PrintableEscaped(line.substr(0, kShownBytes))));
    }
    return take(*flow) ? absl::OkStatus() : Enough();
  });
  const std::string sql =
      absl::StrCat("SELECT line FROM ", table_,
                   " WHERE event NOT IN ('HEAD', 'LOST', 'ROLLUP') AND time_us BETWEEN ",
                   Bound(since), " AND ", Bound(until), " AND time BETWEEN toDateTime(intDiv(",
                   Bound(since), ", 1000000)) AND toDateTime(intDiv(", Bound(until),
                   ", 1000000)) ORDER BY time_us, reporter_principal, run_id, sequence LIMIT 1 BY "
                   "reporter_principal, run_id, sequence FORMAT RowBinary");
  const absl::Status asked = Ask(kSortOnDisk, sql, kSilence,
                                 [&lines](absl::string_view piece) { return lines.Feed(piece); });
  if (absl::IsCancelled(asked)) return absl::OkStatus();
  FB_RETURN_IF_ERROR(asked);
  return lines.End();
}

absl::StatusOr<uint64_t> ClickHouseStore::LostRecords(absl::Time since, absl::Time until) {
  // What never became lines, and what the sink that fills the table lost.
  const std::string sql = absl::StrCat(
      "SELECT sum(lost_count) FROM (SELECT lost_count FROM ", table_,
      " WHERE event = 'LOST' AND lost_sink IN ('', 'clickhouse') AND time_us BETWEEN ",
      Bound(since), " AND ", Bound(until), " LIMIT 1 BY reporter_principal, run_id, sequence)");
  int64_t lost = 0;
  FB_RETURN_IF_ERROR(Run(
                         sql, QueryLimits(), [](const std::vector<std::string>& /*names*/) {},
                         [&lost](absl::Span<const Value> row) {
                           const auto* const sum = std::get_if<int64_t>(&row[0]);
                           lost = sum == nullptr ? 0 : *sum;
                         })
                         .status());
  return static_cast<uint64_t>(lost);
}

absl::StatusOr<QueryResult> ClickHouseStore::Run(
    const std::string& sql, const QueryLimits& limits,
    const std::function<void(const std::vector<std::string>&)>& on_header,
    const Query::OnRow& on_row) {
  // Whoever waits for ever waits for a day: neither clock counts further than some centuries.
  const absl::Duration most_time = std::min(limits.max_time, absl::Hours(24));
  QueryResult result;
  TypedRows rows(on_header, [&](absl::Span<const Value> row) {
    if (limits.max_rows > 0 && result.rows == limits.max_rows) {
      result.cut = true;
      return Enough();
    }
    on_row(row);
    ++result.rows;
    return absl::OkStatus();
  });
  // The answer waits for its end, so that an error has a status of its own.
  std::string settings =
      absl::StrCat("&wait_end_of_query=1&default_format=TabSeparatedWithNamesAndTypes",
                   "&max_execution_time=", std::max<int64_t>(1, absl::ToInt64Seconds(most_time)));
  if (limits.max_rows > 0) {
    absl::StrAppend(&settings, "&result_overflow_mode=break&max_result_rows=", limits.max_rows + 1);
  }
  const absl::Status asked = Ask(settings, sql, most_time + absl::Seconds(5),
                                 [&rows](absl::string_view piece) { return rows.Feed(piece); });
  if (absl::IsCancelled(asked)) return result;
  FB_RETURN_IF_ERROR(asked);
  FB_RETURN_IF_ERROR(rows.End());
  return result;
}

}  // namespace firebreak::store
