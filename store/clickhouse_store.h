// Flows in a ClickHouse server, for the questions that are put to the embedded store too.
#ifndef FIREBREAK_STORE_CLICKHOUSE_STORE_H_
#define FIREBREAK_STORE_CLICKHOUSE_STORE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "flows/flow.h"
#include "flows/http_client.h"
#include "store/query.h"

namespace firebreak::store {

// ClickHouseStore is a table of `firebreak flows schema`, which sidecars write to. It asks over
// HTTP in clear text: of a server that is not on this host, through a tunnel. For one thread.
class ClickHouseStore {
 public:
  // IsNamed: the text names such a store, rather than a folder.
  static bool IsNamed(absl::string_view store);

  // Open takes "clickhouse://[user@]host[:port][/database.table]", of port 8123 and
  // firebreak.flows; the password comes from the environment, FIREBREAK_CLICKHOUSE_PASSWORD. It
  // connects later.
  static absl::StatusOr<ClickHouseStore> Open(absl::string_view store, const Clock& clock);

  // ForEach gives every line that tells of a flow from since to until to take, once, in no order,
  // until take returns false. Memory is that of a line.
  absl::Status ForEach(absl::Time since, absl::Time until,
                       const std::function<bool(flows::Flow&)>& take);

  // LostRecords is how many records the LOST lines of the window say are missing here.
  absl::StatusOr<uint64_t> LostRecords(absl::Time since, absl::Time until);

  // Run asks what Query::Run asks, of the views of the same names. The server may do nothing but
  // read. What SQL can say is ClickHouse's.
  absl::StatusOr<QueryResult> Run(
      const std::string& sql, const QueryLimits& limits,
      const std::function<void(const std::vector<std::string>&)>& on_header,
      const Query::OnRow& on_row);

 private:
  ClickHouseStore(flows::HttpEndpoint endpoint, std::string table, std::string user,
                  const Clock& clock);
  absl::Status Ask(const std::string& settings, const std::string& sql, absl::Duration silence,
                   const flows::HttpResponseReader::OnBody& on_body);

  std::string address_;  // for errors
  std::string table_;
  flows::HttpClient::Fields fields_;
  std::unique_ptr<flows::HttpClient> client_;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_CLICKHOUSE_STORE_H_
