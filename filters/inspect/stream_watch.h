// StreamWatch looks into one connection's bytes.
#ifndef FIREBREAK_FILTERS_INSPECT_STREAM_WATCH_H_
#define FIREBREAK_FILTERS_INSPECT_STREAM_WATCH_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/ip.h"
#include "base/verdict.h"
#include "filters/inspect/inspection_plan.h"
#include "filters/inspect/learned_protocol.h"
#include "flows/record.h"
#include "inspect/stream/dns_framing.h"
#include "inspect/stream/dns_watch.h"
#include "inspect/stream/stream_inspector.h"

namespace firebreak::filters {

class StreamWatch {
 public:
  struct Setup {
    const ListenerPlan& plan;
    Orders orders;
    Direction direction = Direction::kInbound;
    IpAddress client;
    uint16_t server_port = 0;
    bool encrypted = false;                       // between the sidecars: nothing is in clear text
    std::optional<LearnedProtocol> learned = {};  // nullopt: nothing is learned here
  };

  // The watch over DNS is of all connections of a worker, and outlives this, as does the plan.
  StreamWatch(Setup setup, inspect::DnsWatch& dns);

  // micros: when the bytes came.
  void Feed(inspect::Side side, absl::string_view bytes, int64_t micros);
  // Finish: no more bytes; what needs all of the stream is known.
  void Finish();

  // Teach is for the end of a connection that was served: what is learned from it, if nothing was
  // found that is bad enough to act on. After Finish.
  void Teach();

  // What is bad enough to act on, in words; empty: nothing so far. It stays so.
  const std::string& grounds() const { return grounds_; }
  // What is to be done then.
  config::StreamAction action() const;
  // What the record says; null: nothing was found.
  std::shared_ptr<flows::InspectionInfo> Info() const;

 private:
  void FeedDns(inspect::Side side, absl::string_view bytes, int64_t micros);
  void Take(const inspect::Risk& risk);
  void TakeRisks();
  void TakeSecrets();
  void CompareWithLearned();
  // The side whose data leaves by this connection.
  inspect::Side LeavingSide() const;

  Setup setup_;
  inspect::DnsWatch& dns_;
  inspect::StreamInspector inspector_;
  std::array<inspect::DnsFraming, 2> framing_;
  size_t risks_taken_ = 0;
  bool secret_taken_ = false;
  std::optional<inspect::Protocol> compared_;
  std::vector<inspect::Risk> risks_;
  std::string grounds_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_STREAM_WATCH_H_
