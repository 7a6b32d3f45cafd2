// ClickHouse over HTTP: rows in JSONEachRow, gzip.
#ifndef FIREBREAK_FLOWS_CLICKHOUSE_SINK_H_
#define FIREBREAK_FLOWS_CLICKHOUSE_SINK_H_

#include <memory>
#include <string>

#include "flows/http_client.h"
#include "flows/sink.h"

namespace firebreak::flows {

struct ClickHouseOptions {
  HttpEndpoint endpoint;
  std::string table;          // "database.table": letters, digits and underscores
  std::string user = {};      // empty: the server's default
  std::string password = {};  // with a user only
};

// ClickHouseSink inserts each batch with one statement, which the server takes whole or not at all.
// What it says of the data is final; anything else, a table that is not there included, is tried
// again later.
class ClickHouseSink final : public FlowSink {
 public:
  // stream as HttpClient has it.
  ClickHouseSink(const ClickHouseOptions& options, const Clock& clock,
                 std::unique_ptr<ByteStream> stream = nullptr);

  Delivery Deliver(const Batch& batch) override;

 private:
  std::string target_;
  HttpClient::Fields fields_;
  HttpClient client_;
};

// ClickHouseVerdict says what an answer means.
Delivery ClickHouseVerdict(const HttpResponse& response);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_CLICKHOUSE_SINK_H_
