#include "flows/syslog_sink.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "flows/dial.h"
#include "flows/event_names.h"

namespace firebreak::flows {
namespace {

constexpr std::chrono::seconds kTimeout(5);
constexpr int kWarning = 4;
constexpr int kInformational = 6;

std::string Hostname() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "-";
  return name.data();
}

// ValueOf finds a word of the writer's own, as in "event":"CLOSE". The first one in the line is
// it: of what a peer may have chosen the quotes are escaped, so that none of it looks like a name.
absl::string_view ValueOf(absl::string_view line, absl::string_view name) {
  const size_t at = line.find(name);
  if (at == absl::string_view::npos) return "";
  const absl::string_view rest = line.substr(at + name.size());
  return rest.substr(0, rest.find('"'));
}

}  // namespace

SyslogHeader FlowHeader(absl::string_view line) {
  const absl::string_view verdict = ValueOf(line, R"("verdict":")");
  const absl::string_view event = ValueOf(line, R"("event":")");
  const bool warn = verdict == "DROPPED" || verdict == "ERROR" || event == kLostEvent;
  return {.severity = warn ? kWarning : kInformational,
          .time = std::string(ValueOf(line, R"("time":")")),
          .kind = std::string(event)};
}

std::string SyslogMessage(int facility, const SyslogHeader& header, absl::string_view middle,
                          absl::string_view line) {
  // Nil where the line does not say: RFC 5424 section 6.2.3 and 6.2.7.
  const auto or_nil = [](const std::string& text) { return text.empty() ? "-" : text.c_str(); };
  return absl::StrCat("<", facility * 8 + header.severity, ">1 ", or_nil(header.time), " ", middle,
                      " ", or_nil(header.kind), " - ", line);
}

SyslogSink::SyslogSink(SyslogOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      middle_(absl::StrCat(options_.hostname.empty() ? Hostname() : options_.hostname, " ",
                           options_.program, " ", getpid())),
      stream_(clock) {}

bool SyslogSink::is_open() const {
  if (options_.transport != SyslogTransport::kTcp) return datagrams_.is_open();
  return stream_.is_open() && !stream_.IsStale();
}

absl::Status SyslogSink::Open() {
  switch (options_.transport) {
    case SyslogTransport::kTcp:
      return stream_.Connect(options_.host, options_.port, clock_.MonoNow() + kTimeout);
    case SyslogTransport::kUdp: {
      FB_ASSIGN_OR_RETURN(const auto addresses, Resolve(options_.host, options_.port, SOCK_DGRAM));
      return datagrams_.Open(addresses);
    }
    case SyslogTransport::kUnix:
      return datagrams_.OpenUnix(options_.host);
  }
  return absl::InternalError("no transport");
}

Delivery SyslogSink::Deliver(const Batch& batch) {
  if (!is_open()) {
    const absl::Status opened = Open();
    if (!opened.ok()) return Delivery::Later(std::string(opened.message()));
  }
  while (sent_ < batch.text.size()) {
    const size_t end = batch.text.find('\n', sent_);
    const absl::Status sent = Send(absl::string_view(batch.text).substr(sent_, end - sent_));
    if (!sent.ok()) return Delivery::Later(std::string(sent.message()));
    sent_ = end + 1;
  }
  sent_ = 0;
  Delivery taken = Delivery::Taken();
  taken.refused_lines = std::exchange(oversized_, 0);
  if (taken.refused_lines > 0) taken.detail = "lines that are too long for a datagram";
  return taken;
}

absl::Status SyslogSink::Send(absl::string_view line) {
  const std::string message =
      SyslogMessage(options_.facility, options_.header_of(line), middle_, line);
  if (options_.transport == SyslogTransport::kTcp) {
    return stream_.Write(absl::StrCat(message.size(), " ", message), clock_.MonoNow() + kTimeout);
  }
  absl::Status sent = datagrams_.Send(message);
  if (!absl::IsOutOfRange(sent)) return sent;
  ++oversized_;
  return absl::OkStatus();
}

}  // namespace firebreak::flows
