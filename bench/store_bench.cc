// What a store of flows costs, beside one table of SQLite with the same flows: rows a second and
// bytes a row, and how long questions take.
//   store_bench FOLDER ROWS [store|sqlite|lines|rows|scan]
//   store_bench FOLDER ask [store|sqlite] < QUESTIONS
// `lines` writes flow lines to standard output instead, for `firebreak flows import`; `rows` those
// of a table of ClickHouse; `scan` reads a store in the order of time, so many rows of it. `ask`
// takes one SELECT a line, and answers each with a line of seconds and one of JSON for each row.
// bench/store_queries.py compares the three.
#include <sys/resource.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "base/clock.h"
#include "base/escape.h"
#include "flows/clickhouse_table.h"
#include "flows/flow_json.h"
#include "store/columns.h"
#include "store/flow_store.h"
#include "store/query.h"
#include "store/stored_flows.h"

namespace firebreak::store {
namespace {

constexpr int kServices = 200;
constexpr int kPods = 5;  // of each service
constexpr int kRoutes = 20;
constexpr int64_t kRowsASecond = 2'000;  // of simulated time: 10^7 rows are 83 minutes

double Since(MonoTime start) {
  return std::chrono::duration<double>(Clock::Real().MonoNow() - start).count();
}

// Traffic makes flows of a mesh: each service calls five others, more of some than of others, over
// connections that are kept; one request in a hundred is refused, paths hold ids, and every request
// has a trace. Both sidecars report, so a call is two rows.
class Traffic {
 public:
  flows::Flow Next() {
    if (other_side_) {
      other_side_ = false;
      return OtherSide();
    }
    other_side_ = true;
    const auto source = static_cast<int>(random_() % kServices);
    const auto callee = static_cast<int>(std::min(random_() % 5, random_() % 5));
    const int destination = (source * 7 + callee * 13 + 1) % kServices;
    const auto pod = static_cast<int>(random_() % kPods);
    const auto route = static_cast<int>(random_() % kRoutes);
    const bool refused = random_() % 100 == 0;
    flow_ = flows::Flow();
    flow_.time = absl::FromUnixMicros(1'795'000'000'000'000 + row_ * 1'000'000 / kRowsASecond +
                                      static_cast<int64_t>(random_() % 500));
    ++row_;
    flow_.run_id = absl::StrFormat("%016x", 1'000 + source * kPods + pod);
    flow_.sequence = ++sequences_[static_cast<size_t>(source) * kPods + static_cast<size_t>(pod)];
    flow_.flow_id = absl::StrFormat("%016x%016x", 0x9e3779b97f4a7c15U * (1 + pod + source * kPods),
                                    flow_.sequence / 20);
    flow_.event = "REQUEST";
    flow_.direction = "OUTBOUND";
    flow_.verdict = refused ? "DROPPED" : "FORWARDED";
    if (refused) flow_.reason = "NO_RULE";
    flow_.protocol = "HTTP2";
    SetEnds(source, destination, pod);
    flow_.tls.version = "TLSv1.3";
    flow_.tls.cipher = "TLS_AES_128_GCM_SHA256";
    flow_.tls.group = "X25519";
    flow_.tls.svid_serial = absl::StrFormat("%032x", 77'777 + destination);
    flow_.http.method = route % 3 == 0 ? "POST" : "GET";
    flow_.http.authority = absl::StrCat("svc-", destination, ".mesh:8080");
    flow_.http.path = absl::StrCat("/v1/resource-", route, "/", random_() % 1'000'000);
    flow_.http.path_template = absl::StrCat("/v1/resource-", route, "/{id}");
    flow_.http.status = refused ? 403 : random_() % 200 == 0 ? 503 : 200;
    flow_.http.request_bytes = random_() % 2 == 0 ? 0 : random_() % 2'000;
    flow_.http.response_bytes = random_() % 20'000;
    flow_.http.user_agent = "mesh-client/2.4";
    flow_.policy.name = absl::StrCat("svc-", destination);
    flow_.policy.namespace_name = "mesh";
    flow_.policy.rule = "callers";
    flow_.policy.mode = "ENFORCE";
    flow_.policy.revision = "8010ffb3ad1930ce";
    flow_.decision_id =
        absl::StrFormat("%016x%016x", 0x2545f4914f6cdd1dU + uint64_t(source), flow_.sequence);
    flow_.duration_us = 500 + random_() % 3'000 * (1 + random_() % 20);
    flow_.trace_id = absl::StrFormat("%016x%016x", random_(), random_());
    return flow_;
  }

 private:
  void SetEnds(int source, int destination, int pod) {
    const auto set = [&](int service, flows::FlowEndpoint* end) {
      end->principal = absl::StrCat("bench.example/ns/mesh/sa/svc-", service);
      end->namespace_name = "mesh";
      end->workload = absl::StrCat("svc-", service);
      end->ip = absl::StrCat("10.", service / 100, ".", service % 100, ".", pod + 1);
    };
    set(source, &flow_.source);
    set(destination, &flow_.destination);
    destination_ = static_cast<size_t>(destination);
    flow_.source.port = static_cast<uint16_t>(32'768 + flow_.sequence / 20 % 28'000);
    flow_.destination.port = 8080;
    flow_.reporter = {absl::StrCat("svc-", source, "-", pod), "mesh", flow_.source.workload,
                      flow_.source.principal};
  }

  flows::Flow OtherSide() {
    flows::Flow flow = flow_;
    flow.direction = "INBOUND";
    flow.reporter = {absl::StrCat(flow.destination.workload, "-0"), "mesh",
                     flow.destination.workload, flow.destination.principal};
    flow.run_id = absl::StrCat("feed", flow.destination.workload);
    flow.sequence = ++fed_[destination_];
    flow.flow_id[0] = 'f';
    flow.decision_id[0] = 'f';
    flow.time += absl::Microseconds(300);
    flow.duration_us -= flow.duration_us / 10;
    ++row_;
    return flow;
  }

  std::mt19937_64 random_{1};
  int64_t row_ = 0;
  bool other_side_ = false;
  flows::Flow flow_;
  size_t destination_ = 0;
  std::vector<uint64_t> fed_ = std::vector<uint64_t>(kServices);
  std::vector<uint64_t> sequences_ = std::vector<uint64_t>(size_t{kServices} * kPods);
};

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << status << "\n";
  std::exit(1);
}

// PrintRow writes a row as JSON texts, in which an absent value and an empty one are the same.
void PrintRow(const std::vector<std::string>& cells) {
  std::string line = "[";
  for (const std::string& cell : cells) {
    if (line.size() > 1) line += ", ";
    AppendJsonString(cell, &line);
  }
  std::cout << line << "]\n";
}

std::string CellText(const Value& value) {
  if (const auto* number = std::get_if<int64_t>(&value)) return absl::StrCat(*number);
  if (const auto* fraction = std::get_if<double>(&value)) return absl::StrCat(*fraction);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return "";
}

using Rows = std::vector<std::vector<std::string>>;

// AskAll answers the questions of standard input, each with a connection of its own.
void AskAll(const std::function<Rows(const std::string& sql)>& ask) {
  for (std::string sql; std::getline(std::cin, sql);) {
    const MonoTime start = Clock::Real().MonoNow();
    const Rows rows = ask(sql);
    std::cout << absl::StrFormat("%.6f\n", Since(start));
    for (const auto& row : rows) PrintRow(row);
    std::cout << std::endl;
  }
}

Rows AskStore(const std::string& folder, const std::string& sql) {
  Rows rows;
  auto query = Query::Open(folder, Clock::Real());
  Check(query.status());
  const auto result = (*query)->Run(
      sql, {.max_rows = 0, .max_time = absl::Minutes(30)}, [](const std::vector<std::string>&) {},
      [&rows](absl::Span<const Value> row) {
        std::vector<std::string>& cells = rows.emplace_back();
        for (const Value& value : row) cells.push_back(CellText(value));
      });
  Check(result.status());
  return rows;
}

std::string FlatTable(const std::string& folder) { return absl::StrCat(folder, "/flat.db"); }

Rows AskSqlite(const std::string& folder, const std::string& sql) {
  Rows rows;
  auto database = Database::Open(FlatTable(folder), Database::Mode::kReadOnly);
  Check(database.status());
  auto statement = Statement::Prepare(*database, sql);
  Check(statement.status());
  const int columns = statement->columns();
  while (true) {
    const auto more = statement->Step();
    Check(more.status());
    if (!*more) return rows;
    std::vector<std::string>& cells = rows.emplace_back();
    for (int i = 0; i < columns; ++i) cells.push_back(statement->Text(i));
  }
}

void RunStore(const std::string& folder, int64_t rows) {
  auto store = FlowStore::Open(folder, Clock::Real());
  Check(store.status());
  Traffic traffic;
  double busy = 0;
  for (int64_t i = 0; i < rows; ++i) {
    flows::Flow flow = traffic.Next();
    const MonoTime start = Clock::Real().MonoNow();
    Check(store->Add(flow).status());
    busy += Since(start);
  }
  const MonoTime start = Clock::Real().MonoNow();
  Check(store->Flush());
  busy += Since(start);
  std::cout << absl::StrFormat("%d rows, %.0f a second, %.1f bytes a row\n", store->rows(),
                               static_cast<double>(rows) / busy,
                               static_cast<double>(store->bytes()) / static_cast<double>(rows));
}

// One table with the columns of a store, an index for each principal and one for time.
void RunSqlite(const std::string& folder, int64_t rows) {
  const std::string path = FlatTable(folder);
  auto database = Database::Open(path, Database::Mode::kReadWrite);
  Check(database.status());
  std::string columns;
  std::string parameters;
  for (size_t i = 0; i < Columns().size(); ++i) {
    absl::StrAppend(&columns, i == 0 ? "" : ", ", Columns()[i].name);
    absl::StrAppend(&parameters, i == 0 ? "?" : ", ?", i + 1);
  }
  Check(database->Run(absl::StrCat("PRAGMA journal_mode = WAL; CREATE TABLE flows (", columns,
                                   ", time_us INTEGER);",
                                   "CREATE INDEX a ON flows (source_principal, time_us);",
                                   "CREATE INDEX b ON flows (destination_principal, time_us);",
                                   "CREATE INDEX c ON flows (time_us); BEGIN")));
  auto insert = Statement::Prepare(*database, absl::StrCat("INSERT INTO flows VALUES (", parameters,
                                                           ", ?", Columns().size() + 1, ")"));
  Check(insert.status());
  Traffic traffic;
  double busy = 0;
  std::string scratch;
  for (int64_t i = 0; i < rows; ++i) {
    flows::Flow flow = traffic.Next();
    const MonoTime start = Clock::Real().MonoNow();
    for (size_t c = 0; c < Columns().size(); ++c) {
      const int parameter = static_cast<int>(c) + 1;
      if (Columns()[c].type == ColumnType::kText) {
        insert->Bind(parameter, Columns()[c].Text(flow, &scratch));
      } else {
        insert->Bind(parameter, static_cast<int64_t>(Columns()[c].Number(flow)));
      }
    }
    insert->Bind(static_cast<int>(Columns().size()) + 1, absl::ToUnixMicros(flow.time));
    Check(insert->Run());
    if (i % 65'536 == 65'535) Check(database->Run("COMMIT; BEGIN"));
    busy += Since(start);
  }
  Check(database->Run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)"));
  struct stat info {};
  stat(path.c_str(), &info);
  std::cout << absl::StrFormat("%d rows, %.0f a second, %.1f bytes a row\n", rows,
                               static_cast<double>(rows) / busy,
                               static_cast<double>(info.st_size) / static_cast<double>(rows));
}

void WriteLines(int64_t rows) {
  Traffic traffic;
  std::string line;
  for (int64_t i = 0; i < rows; ++i) {
    line.clear();
    flows::AppendFlowJson(traffic.Next(), &line);
    std::cout << line << "\n";
  }
}

void WriteRows(int64_t rows) {
  Traffic traffic;
  std::string row;
  for (int64_t i = 0; i < rows; ++i) {
    row.clear();
    flows::AppendClickHouseRow(traffic.Next(), /*line=*/"", &row);
    std::cout << row;
  }
}

void Scan(const std::string& folder, int64_t rows) {
  const MonoTime start = Clock::Real().MonoNow();
  int64_t given = 0;
  Check(ForEachStored(folder, absl::InfinitePast(), absl::InfiniteFuture(),
                      [&](flows::Flow& /*flow*/) { return ++given < rows; }));
  const double busy = Since(start);
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  std::cout << absl::StrFormat("%d rows, %.0f a second, %d MiB at most\n", given,
                               static_cast<double>(given) / busy, usage.ru_maxrss >> 10);
}

void Run(const std::string& folder, int64_t rows, const std::string& what) {
  if (what == "scan") return Scan(folder, rows);
  if (what == "lines") return WriteLines(rows);
  if (what == "rows") return WriteRows(rows);
  what == "sqlite" ? RunSqlite(folder, rows) : RunStore(folder, rows);
}

}  // namespace
}  // namespace firebreak::store

int main(int argc, char** argv) {
  using namespace firebreak::store;  // lint: allow namespace (main of a program of this namespace)
  int64_t rows = 0;
  const bool asks = argc > 2 && std::string(argv[2]) == "ask";
  if (argc < 3 || (!asks && !absl::SimpleAtoi(argv[2], &rows))) {
    std::cerr << "usage: store_bench FOLDER ROWS [store|sqlite|lines|rows|scan]\n"
                 "       store_bench FOLDER ask [store|sqlite] < QUESTIONS\n";
    return 2;
  }
  const std::string folder = argv[1];
  const std::string what = argc > 3 ? argv[3] : "store";
  if (!asks) {
    Run(folder, rows, what);
  } else {
    AskAll([&](const std::string& sql) {
      return what == "sqlite" ? AskSqlite(folder, sql) : AskStore(folder, sql);
    });
  }
  return 0;
}
