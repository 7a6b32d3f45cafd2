// One call as the signals see it: a request, or a connection that is none of HTTP.
#ifndef FIREBREAK_DETECT_CALL_H_
#define FIREBREAK_DETECT_CALL_H_

#include <cstdint>
#include <string>

#include "detect/names.h"

namespace firebreak::detect {

inline constexpr int64_t kSecondUs = 1'000'000;
inline constexpr int64_t kMinuteUs = 60 * kSecondUs;
inline constexpr int64_t kHourUs = 60 * kMinuteUs;
inline constexpr int64_t kDayUs = 24 * kHourUs;

// FlowId is the 128 bits that name a connection in the flow log. All zero: the record had none.
struct FlowId {
  uint64_t high = 0;
  uint64_t low = 0;

  friend bool operator==(FlowId a, FlowId b) { return a.high == b.high && a.low == b.low; }
  template <typename H>
  friend H AbslHashValue(H h, FlowId id) {
    return H::combine(std::move(h), id.high, id.low);
  }
  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.high, self.low);
  }
  // Hex is the id as the log writes it.
  std::string Hex() const;
};

enum class CallKind : uint8_t {
  kRequest,     // one request, over
  kConnection,  // one connection that carried no requests, over
  kProgress,    // a connection that lives on
  kLost,        // records of the reporter are missing here
  kLast = kLost,
};

enum class Outcome : uint8_t {
  kCarried,
  kDenied,  // by policy, on either side
  kFailed,  // no such port or route, no handshake, refused by the application
  kLast = kFailed,
};

// SourceRole is what the record is good for on the side of the caller. A call that both sidecars
// report is counted once, from the caller's own record.
enum class SourceRole : uint8_t {
  kJudge,    // the caller's own record, or of a caller that writes none
  kWitness,  // the callee's record of a caller that writes its own: only what is new counts
  kNone,     // the caller is nobody of the mesh, or the connection was judged before
  kLast = kNone,
};

struct Call {
  int64_t start_us = 0;     // since 1970, by the reporter's clock
  int64_t end_us = 0;       // the record's time; for kProgress and kLost that of the line
  NameId source = kNoName;  // identity; without one: workload, or address
  NameId destination = kNoName;
  NameId source_pod = kNoName;  // the instance; kNoName: not known
  NameId destination_pod = kNoName;
  NameId source_address = kNoName;  // as the callee saw it; kNoName: by the caller's own record
  NameId route = kNoName;           // "GET /v1/charges/{id}", "TCP", ...
  uint16_t port = 0;
  CallKind kind = CallKind::kRequest;
  Outcome outcome = Outcome::kCarried;
  SourceRole role = SourceRole::kNone;
  bool destination_outside = false;  // of the mesh: an address is all that is known of it
  bool received = false;             // covers what the callee does meanwhile
  bool told = false;        // so it does by the caller's word: the callee has one of its own
  bool linked = false;      // the caller's sidecar names the request that caused it
  bool gave_up = false;     // the caller did not wait for the answer
  bool payload = false;     // inspection found something in it
  int32_t inflight = -1;    // requests open at the caller when it started; -1: not told
  uint64_t bytes_sent = 0;  // from source to destination
  uint64_t bytes_received = 0;
  uint64_t svid = 0;   // hash of the caller's SVID serial, by the callee's record; 0: none
  uint64_t trace = 0;  // hash of the trace id; 0: none
  FlowId flow;

  template <typename Self, typename State>
  static void Fields(Self& self, State& state) {
    state(self.start_us, self.end_us);
    state.Names(self.source, self.destination, self.source_pod, self.destination_pod,
                self.source_address, self.route);
    state(self.port, self.kind, self.outcome, self.role, self.destination_outside, self.received,
          self.told, self.linked, self.gave_up, self.payload, self.inflight, self.bytes_sent,
          self.bytes_received, self.svid, self.trace, self.flow);
  }
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_CALL_H_
