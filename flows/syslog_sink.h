// Syslog (RFC 5424) over UDP (RFC 5426), TCP with counted octets (RFC 6587) or a Unix socket.
#ifndef FIREBREAK_FLOWS_SYSLOG_SINK_H_
#define FIREBREAK_FLOWS_SYSLOG_SINK_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "flows/datagram_socket.h"
#include "flows/sink.h"
#include "flows/stream_socket.h"

namespace firebreak::flows {

enum class SyslogTransport : uint8_t { kUdp, kTcp, kUnix };

// SyslogHeader is what a message says before its text.
struct SyslogHeader {
  int severity = 6;  // informational
  std::string time;  // RFC 3339; empty: not known
  std::string kind;  // the message id; empty: none
};

// FlowHeader is that of a flow as it stands in the log: warning for what was dropped or failed, and
// informational else.
SyslogHeader FlowHeader(absl::string_view line);

struct SyslogOptions {
  SyslogTransport transport = SyslogTransport::kUdp;
  std::string host;  // kUnix: a path
  uint16_t port = 514;
  int facility = 16;          // local0
  std::string hostname = {};  // as it stands in messages; empty: this machine's
  std::string program = "firebreak-proxy";
  SyslogHeader (*header_of)(absl::string_view line) = FlowHeader;
};

// SyslogSink sends each line as one message. The protocol knows no acknowledgement: over UDP a line
// counts as delivered once the kernel has it, and what TCP had under way when its connection broke
// may be lost or come twice.
class SyslogSink final : public FlowSink {
 public:
  SyslogSink(SyslogOptions options, const Clock& clock);

  Delivery Deliver(const Batch& batch) override;

 private:
  absl::Status Open();
  absl::Status Send(absl::string_view line);
  bool is_open() const;

  const SyslogOptions options_;
  const Clock& clock_;
  const std::string middle_;  // what stands between the time and the message id
  StreamSocket stream_;
  DatagramSocket datagrams_;
  size_t sent_ = 0;         // bytes of the batch at hand that were sent, whole lines
  uint64_t oversized_ = 0;  // lines of it that no datagram can hold
};

// SyslogMessage returns line as a message; middle is what stands between its time and its id.
std::string SyslogMessage(int facility, const SyslogHeader& header, absl::string_view middle,
                          absl::string_view line);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_SYSLOG_SINK_H_
