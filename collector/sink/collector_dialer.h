// CollectorDialer calls a collector, under the identity in force.
#ifndef FIREBREAK_COLLECTOR_SINK_COLLECTOR_DIALER_H_
#define FIREBREAK_COLLECTOR_SINK_COLLECTOR_DIALER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "base/limits.h"
#include "collector/sink/identity_slot.h"
#include "proxy/grpc/grpc_link.h"
#include "proxy/tls/svid_stream.h"
#include "proxy/tls/tls_engine.h"

namespace firebreak::collector {

// LinkTarget is where a collector is, and who it must prove to be.
struct LinkTarget {
  std::string host;  // IP address, without brackets, or name
  uint16_t port = 0;
  proxy::ExpectedIdentities expected = {};  // never empty
};

// It has one link at a time: the last is destroyed before Dial. For one thread.
class CollectorDialer {
 public:
  static constexpr std::chrono::seconds kConnectTimeout{5};

  // identity outlives the dialer, and the dialer its links.
  CollectorDialer(LinkTarget target, const IdentitySlot& identity, const Limits& limits,
                  const Clock& clock);

  // Dial connects, and begins a call of this path; Begin begins one on a link that has none.
  absl::StatusOr<std::unique_ptr<proxy::GrpcLink>> Dial(absl::string_view path,
                                                        size_t max_answer_bytes);
  static absl::Status Begin(proxy::GrpcLink& link, absl::string_view path, size_t max_answer_bytes);
  // IsStale: the last link was made under another SVID or other trust than is in force now.
  bool IsStale() const { return identity_.Get() != in_force_; }

 private:
  absl::Status TakeIdentity();

  const proxy::GrpcServer server_;
  const IdentitySlot& identity_;
  const Limits limits_;
  const Clock& clock_;
  proxy::Scratch scratch_;
  proxy::TlsEngine engine_;
  std::shared_ptr<const certs::IdentityMaterial> in_force_;  // what engine_ was given last
  proxy::SvidStream stream_;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_SINK_COLLECTOR_DIALER_H_
