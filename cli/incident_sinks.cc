#include "cli/incident_sinks.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "base/status.h"
#include "base/time_text.h"
#include "config/flow_log_config.h"
#include "flows/file_sink.h"
#include "flows/webhook_sink.h"

namespace firebreak::cli {
namespace {

constexpr size_t kQueueBytes = size_t{4} << 20;
constexpr uint16_t kHttpPort = 80;
constexpr uint16_t kSyslogPort = 514;
constexpr int kAuthFacility = 4;  // security messages
// What Finish waits between tries: 0.1 s, and twice as long each time.
constexpr int kTries = 6;
constexpr absl::Duration kFirstWait = absl::Milliseconds(100);

absl::Status BadTarget(absl::string_view target, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("--sink ", target, ": ", why));
}

// ValueOf finds a member of the line's own; the texts of others are escaped and come later.
absl::string_view ValueOf(absl::string_view line, absl::string_view name) {
  const size_t at = line.find(name);
  return at == absl::string_view::npos ? "" : line.substr(at + name.size());
}

absl::StatusOr<std::unique_ptr<flows::FlowSink>> SyslogOf(const std::string& target,
                                                          const Clock& clock) {
  flows::SyslogOptions options;
  options.facility = kAuthFacility;
  options.program = "firebreak";
  options.header_of = IncidentHeader;
  absl::string_view path = target;
  if (absl::ConsumePrefix(&path, "syslog+unix:")) {
    options.transport = flows::SyslogTransport::kUnix;
    options.host = std::string(path);
    if (path.empty()) return BadTarget(target, "the path of a socket is missing");
    return std::make_unique<flows::SyslogSink>(options, clock);
  }
  const bool tcp = absl::StartsWith(target, "syslog+tcp://");
  const auto url = config::ParseFlowUrl(target, tcp ? "syslog+tcp://" : "syslog://", kSyslogPort);
  if (!url.has_value() || url->target != "/") return BadTarget(target, "not HOST[:PORT]");
  options.transport = tcp ? flows::SyslogTransport::kTcp : flows::SyslogTransport::kUdp;
  options.host = url->host;
  options.port = url->port;
  return std::make_unique<flows::SyslogSink>(options, clock);
}

absl::StatusOr<std::unique_ptr<flows::FlowSink>> SinkOf(const std::string& target,
                                                        const Clock& clock) {
  const bool is_syslog = absl::StartsWith(target, "syslog://") ||
                         absl::StartsWith(target, "syslog+tcp://") ||
                         absl::StartsWith(target, "syslog+unix:");
  if (is_syslog) return SyslogOf(target, clock);
  if (absl::StartsWith(target, "https://")) {
    return BadTarget(target, "TLS is not spoken here; http:// through a sidecar of its own is");
  }
  if (absl::StartsWith(target, "http://")) {
    const auto url = config::ParseFlowUrl(target, "http://", kHttpPort);
    if (!url.has_value()) return BadTarget(target, "not http://HOST[:PORT][/PATH]");
    return std::make_unique<flows::WebhookSink>(
        flows::HttpEndpoint{.host = url->host, .port = url->port, .target = url->target}, clock);
  }
  if (absl::StrContains(target, "://")) {
    return BadTarget(target, "none of FILE, http://, syslog://, syslog+tcp:// and syslog+unix:");
  }
  auto file = flows::FileSink::Open({.path = target, .sync = flows::FileSync::kBatch}, clock);
  if (!file.ok()) return BadTarget(target, file.status().message());
  return *std::move(file);
}

}  // namespace

flows::SyslogHeader IncidentHeader(absl::string_view line) {
  const absl::string_view severity = ValueOf(line, R"("severity":")");
  flows::SyslogHeader header{.severity = 4, .time = "", .kind = "INCIDENT"};
  if (absl::StartsWith(severity, "Critical")) header.severity = 2;
  if (absl::StartsWith(severity, "High")) header.severity = 3;
  absl::string_view digits = ValueOf(line, R"("time":)");
  digits = digits.substr(0, digits.find_first_not_of("0123456789"));
  int64_t millis = 0;
  if (absl::SimpleAtoi(digits, &millis)) {
    header.time = UtcText(absl::FromUnixMillis(millis), 3);
  }
  return header;
}

absl::StatusOr<IncidentSinks> IncidentSinks::Open(const std::vector<std::string>& targets,
                                                  const Clock& clock) {
  IncidentSinks sinks;
  for (const std::string& target : targets) {
    FB_ASSIGN_OR_RETURN(auto sink, SinkOf(target, clock));
    sinks.queues_.push_back(std::make_unique<flows::SinkQueue>(target, std::move(sink), kQueueBytes,
                                                               clock, "incidents"));
  }
  for (const auto& queue : sinks.queues_) queue->Start();
  return sinks;
}

void IncidentSinks::Send(absl::string_view line) {
  ++sent_;
  const auto batch = std::make_shared<flows::Batch>(flows::Batch{.text = absl::StrCat(line, "\n"),
                                                                 .lines = 1,
                                                                 .first_sequence = sent_,
                                                                 .last_sequence = sent_});
  for (const auto& queue : queues_) queue->Offer(batch);
}

std::vector<std::string> IncidentSinks::Finish() {
  std::vector<std::string> missed;
  for (const auto& queue : queues_) {
    bool delivered = false;
    for (int i = 0; i < kTries && !delivered; ++i)
      delivered = queue->FlushFor(kFirstWait * (1 << i));
    queue->Stop();
    const uint64_t lost = sent_ - queue->stats().lines_written;
    if (lost == 0) continue;
    missed.push_back(absl::StrCat(queue->name(), " did not get ", lost, " of ", sent_,
                                  sent_ == 1 ? " incident" : " incidents"));
  }
  queues_.clear();
  return missed;
}

}  // namespace firebreak::cli
