// Flow records as Envoy's access log entries (envoy.data.accesslog.v3), in the messages of
// envoy.service.accesslog.v3.AccessLogService. Docs: docs/FLOWS.md says which field is which.
#ifndef FIREBREAK_FLOWS_ALS_H_
#define FIREBREAK_FLOWS_ALS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "flows/flow.h"

namespace firebreak::flows {

inline constexpr char kAlsPath[] = "/envoy.service.accesslog.v3.AccessLogService/StreamAccessLogs";

// AlsMessages collects entries of one sidecar into the StreamAccessLogsMessages of one call. What
// Envoy has no entry for, the lines that tell of the log itself, is passed over.
class AlsMessages {
 public:
  // A message is closed once it has so many bytes of entries: receivers take 4 MiB by default.
  static constexpr size_t kMessageBytes = size_t{256} << 10;

  // log_name tells receivers which log of the node this is.
  explicit AlsMessages(std::string log_name) : log_name_(std::move(log_name)) {}

  void Add(const Flow& flow);
  // Finish returns the messages in the order in which they are to be sent: the first of them alone
  // says who sends. None when nothing was added. HTTP and TCP entries are never in one message;
  // among its own kind each is in the order in which it was added.
  std::vector<std::string> Finish();

 private:
  // Entries are those of one kind that the messages so far do not have.
  struct Entries {
    uint64_t field;  // of StreamAccessLogsMessage
    std::string bytes = {};
  };

  void Close(Entries* entries);

  const std::string log_name_;
  std::string node_;  // that of the last flow, whose reporter all have in common
  Entries http_{.field = 2};
  Entries tcp_{.field = 3};
  std::vector<std::string> messages_;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_ALS_H_
