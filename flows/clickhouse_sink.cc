#include "flows/clickhouse_sink.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/escape.h"
#include "flows/clickhouse_table.h"
#include "flows/json_reader.h"

namespace firebreak::flows {
namespace {

constexpr size_t kShownBytes = 256;

// Errors of ClickHouse that speak of the rows: they will be the same the next time.
constexpr std::array<int, 9> kDataErrors = {
    6,    // CANNOT_PARSE_TEXT
    26,   // CANNOT_PARSE_QUOTED_STRING
    27,   // CANNOT_PARSE_INPUT_ASSERTION_FAILED
    33,   // CANNOT_READ_ALL_DATA
    38,   // CANNOT_PARSE_DATE
    41,   // CANNOT_PARSE_DATETIME
    53,   // TYPE_MISMATCH
    72,   // CANNOT_PARSE_NUMBER
    117,  // INCORRECT_DATA
};

// ErrorCode reads "Code: 27, e.displayText() = ..." or "Code: 27. DB::Exception: ..."; 0: neither.
int ErrorCode(absl::string_view body) {
  if (!absl::ConsumePrefix(&body, "Code: ")) return 0;
  int code = 0;
  const size_t end = body.find_first_not_of("0123456789");
  return absl::SimpleAtoi(body.substr(0, end), &code) ? code : 0;
}

}  // namespace

ClickHouseSink::ClickHouseSink(const ClickHouseOptions& options, const Clock& clock,
                               std::unique_ptr<ByteStream> stream)
    : client_(options.endpoint, clock, std::move(stream)) {
  fields_.emplace_back("Content-Encoding", "gzip");
  const std::string query = absl::StrCat("INSERT INTO ", options.table, " FORMAT JSONEachRow");
  const bool has_query = options.endpoint.target.find('?') != std::string::npos;
  // An older table may lack columns; the line itself is in any.
  target_ = absl::StrCat(options.endpoint.target, has_query ? "&" : "?",
                         "input_format_skip_unknown_fields=1&query=", PercentEncoded(query));
  if (options.user.empty()) return;
  fields_.emplace_back("X-ClickHouse-User", options.user);
  fields_.emplace_back("X-ClickHouse-Key", options.password);
}

Delivery ClickHouseSink::Deliver(const Batch& batch) {
  std::string rows;
  uint64_t unreadable = 0;
  for (const absl::string_view line : absl::StrSplit(batch.text, '\n', absl::SkipEmpty())) {
    const auto flow = ParseFlowLine(line);
    if (flow.ok()) {
      AppendClickHouseRow(*flow, line, &rows);
    } else {
      ++unreadable;
    }
  }
  const std::string body = Gzipped(rows);
  if (body.empty()) return Delivery::Later("no memory to compress");
  const auto response = client_.Post(target_, fields_, body);
  if (!response.ok()) return Delivery::Later(std::string(response.status().message()));
  Delivery delivery = ClickHouseVerdict(*response);
  if (unreadable > 0 && delivery.fate == Delivery::Fate::kTaken) {
    delivery.refused_lines = unreadable;
    delivery.detail = "lines that are no flows";
  }
  return delivery;
}

Delivery ClickHouseVerdict(const HttpResponse& response) {
  if (response.status == 200) return Delivery::Taken();
  const std::string said =
      absl::StrCat("HTTP ", response.status, ": ",
                   PrintableEscaped(absl::string_view(response.body).substr(0, kShownBytes)));
  const int code = ErrorCode(response.body);
  const bool data = std::find(kDataErrors.begin(), kDataErrors.end(), code) != kDataErrors.end();
  if (data || response.status == 413) return Delivery::Refused(said);
  Delivery later = Delivery::Later(said);
  later.wait = response.retry_after;
  return later;
}

}  // namespace firebreak::flows
