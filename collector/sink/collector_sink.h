// The Firebreak collector as a receiver of the flow log.
#ifndef FIREBREAK_COLLECTOR_SINK_COLLECTOR_SINK_H_
#define FIREBREAK_COLLECTOR_SINK_COLLECTOR_SINK_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/limits.h"
#include "collector/sink/identity_slot.h"
#include "collector/wire/messages.h"
#include "flows/sink.h"
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

// CollectorSink publishes each batch, all of a connection in one call, and waits until the
// collector has stored it. What the collector says of a batch itself is final: it cannot be read,
// or a line of it is not ours to report. All else is tried again later.
class CollectorSink final : public flows::FlowSink {
 public:
  static constexpr std::chrono::seconds kConnectTimeout{5};
  static constexpr std::chrono::seconds kReceiptTimeout{10};

  // identity outlives the sink; an SVID or trust that is set there holds for the next batch.
  CollectorSink(LinkTarget target, const IdentitySlot& identity, const Limits& limits,
                const Clock& clock);

  flows::Delivery Deliver(const flows::Batch& batch) override;
  void Stop() override { link_.reset(); }

 private:
  absl::Status TakeIdentity();
  absl::Status Connect();
  absl::StatusOr<Receipt> Publish(const flows::Batch& batch);

  const proxy::GrpcServer server_;
  const IdentitySlot& identity_;
  const Limits limits_;
  const Clock& clock_;
  proxy::Scratch scratch_;
  proxy::TlsEngine engine_;
  std::shared_ptr<const certs::IdentityMaterial> in_force_;  // what engine_ was given last
  proxy::SvidStream stream_;
  std::unique_ptr<proxy::GrpcLink> link_;  // declared after stream_, which it closes
  uint64_t number_ = 0;                    // of the last batch of its call
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_SINK_COLLECTOR_SINK_H_
