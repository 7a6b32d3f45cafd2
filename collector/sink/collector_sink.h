// The Firebreak collector as a receiver of the flow log.
#ifndef FIREBREAK_COLLECTOR_SINK_COLLECTOR_SINK_H_
#define FIREBREAK_COLLECTOR_SINK_COLLECTOR_SINK_H_

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/limits.h"
#include "collector/sink/collector_dialer.h"
#include "collector/sink/identity_slot.h"
#include "collector/wire/messages.h"
#include "flows/sink.h"
#include "proxy/grpc/grpc_link.h"

namespace firebreak::collector {

// CollectorSink publishes each batch, all of a connection in one call, and waits until the
// collector has stored it. What the collector says of a batch itself is final: it cannot be read,
// or a line of it is not ours to report. All else is tried again later.
class CollectorSink final : public flows::FlowSink {
 public:
  static constexpr std::chrono::seconds kReceiptTimeout{10};

  // identity outlives the sink; an SVID or trust that is set there holds for the next batch.
  CollectorSink(LinkTarget target, const IdentitySlot& identity, const Limits& limits,
                const Clock& clock);

  flows::Delivery Deliver(const flows::Batch& batch) override;
  void Stop() override { link_.reset(); }

 private:
  absl::Status Connect();
  absl::StatusOr<Receipt> Publish(const flows::Batch& batch);

  const Clock& clock_;
  CollectorDialer dialer_;
  std::unique_ptr<proxy::GrpcLink> link_;  // declared after dialer_, whose stream it closes
  uint64_t number_ = 0;                    // of the last batch of its call
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_SINK_COLLECTOR_SINK_H_
