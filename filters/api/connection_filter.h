// ConnectionFilter is one step in the decision about a connection and its bytes.
#ifndef FIREBREAK_FILTERS_API_CONNECTION_FILTER_H_
#define FIREBREAK_FILTERS_API_CONNECTION_FILTER_H_

#include <cstddef>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"

#include "filters/api/connection.h"

namespace firebreak::filters {

// Step is a filter's answer. kClose ends the connection; the filter has said why with
// Connection::Refuse.
enum class Step { kContinue, kClose };

// Towards says which way bytes travel.
enum class Towards { kUpstream, kDownstream };

// A filter object serves every connection of one worker, on that worker's thread; what it keeps of
// one connection lives in Connection, or in its FilterState. The calls for a connection come in
// this order: OnConnect, OnProtocol if it was not known, OnEstablished (never for HTTP, whose
// requests have filters of their own: see http_filter.h), then any number of OnBytes, OnRecheck and
// OnPeriodic, and always exactly one OnEnd, whatever came before it (a failed handshake has OnEnd
// alone).
class ConnectionFilter {
 public:
  virtual ~ConnectionFilter() = default;

  // OnConnect: the downstream is known, nothing was sent to the upstream.
  virtual Step OnConnect(Connection& /*connection*/) { return Step::kContinue; }
  // OnProtocol: record.protocol, which OnConnect saw as kUnknown, is known now.
  virtual Step OnProtocol(Connection& /*connection*/) { return Step::kContinue; }
  // OnEstablished: the upstream is open and `peer` is who it proved to be; no byte has passed yet.
  virtual Step OnEstablished(Connection& /*connection*/) { return Step::kContinue; }
  // WantsBytes is asked once, when the chain is built: a filter that does not look at bytes costs
  // them nothing.
  virtual bool WantsBytes() const { return false; }
  // OnBytes sees clear text before it is passed on, in pieces of any size.
  virtual Step OnBytes(Connection& /*connection*/, Towards /*towards*/,
                       absl::string_view /*bytes*/) {
    return Step::kContinue;
  }
  // OnRecheck: the policy or trust changed under a live connection.
  virtual Step OnRecheck(Connection& /*connection*/) { return Step::kContinue; }
  // OnPeriodic: the connection lives on; called every flow_log.periodic_interval.
  virtual void OnPeriodic(Connection& /*connection*/) {}
  // OnEnd: the connection is over and its record complete.
  virtual void OnEnd(Connection& /*connection*/) {}

  // Where this filter's state is in Connection::states; set by the chain.
  void set_slot(size_t slot) { slot_ = slot; }

 protected:
  // The filter's own state of the connection; null when there is none.
  FilterState* StateOf(Connection& connection) const {
    return slot_ < connection.states.size() ? connection.states[slot_].get() : nullptr;
  }
  void SetState(Connection& connection, std::unique_ptr<FilterState> state) const {
    if (connection.states.size() <= slot_) connection.states.resize(slot_ + 1);
    connection.states[slot_] = std::move(state);
  }

 private:
  size_t slot_ = 0;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_API_CONNECTION_FILTER_H_
