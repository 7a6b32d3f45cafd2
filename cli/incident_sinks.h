// Where incidents are sent: files, webhooks, syslog.
#ifndef FIREBREAK_CLI_INCIDENT_SINKS_H_
#define FIREBREAK_CLI_INCIDENT_SINKS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "flows/sink_queue.h"
#include "flows/syslog_sink.h"

namespace firebreak::cli {

// IncidentHeader is the head of a syslog message about an incident, from its OCSF line: critical
// (2), error (3) or warning (4), and the time at which it was raised.
flows::SyslogHeader IncidentHeader(absl::string_view line);

// IncidentSinks sends lines to every sink, each with a queue and a thread of its own: one that
// stays away holds up neither the others nor the detector.
class IncidentSinks {
 public:
  // Open takes paths of files, http://HOST[:PORT][/PATH], syslog://HOST[:PORT],
  // syslog+tcp://HOST[:PORT] and syslog+unix:PATH. InvalidArgument: something else, or a file that
  // cannot be written. The clock must outlive what is returned.
  static absl::StatusOr<IncidentSinks> Open(const std::vector<std::string>& targets,
                                            const Clock& clock);

  void Send(absl::string_view line);
  // Finish waits some seconds at most for what is under way, and returns a sentence for each sink
  // that did not get everything. Nothing can be sent afterwards.
  std::vector<std::string> Finish();

  bool empty() const { return queues_.empty(); }

 private:
  IncidentSinks() = default;

  std::vector<std::unique_ptr<flows::SinkQueue>> queues_;
  uint64_t sent_ = 0;
};

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INCIDENT_SINKS_H_
