// One direction of a TCP connection in order.
#ifndef FIREBREAK_INSPECT_CAPTURE_TCP_ASSEMBLY_H_
#define FIREBREAK_INSPECT_CAPTURE_TCP_ASSEMBLY_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// TcpAssembly hands on each byte once, in order. What was first is what counts: a retransmission
// never replaces bytes. What comes early waits, up to kMaxHeld bytes and kMaxSegments pieces; then
// the gap is given up, and counted.
class TcpAssembly {
 public:
  using Sink = absl::FunctionRef<void(absl::string_view)>;
  static constexpr size_t kMaxHeld = size_t{256} * 1024;
  static constexpr size_t kMaxSegments = 128;

  // A SYN takes a number of its own, before the payload.
  void Add(uint32_t sequence, bool syn, absl::string_view payload, Sink sink);
  // Nothing more comes: hands on what waits, over all gaps.
  void Finish(Sink sink);

  uint64_t gaps() const { return gaps_; }

 private:
  void Deliver(int64_t offset, absl::string_view payload, Sink sink);
  void DeliverHeld(Sink sink);
  void SkipGap(Sink sink);

  bool started_ = false;
  uint32_t last_sequence_ = 0;
  int64_t last_offset_ = 0;  // of last_sequence_, in a count that does not wrap
  int64_t next_ = 0;
  size_t held_bytes_ = 0;
  uint64_t gaps_ = 0;
  std::map<int64_t, std::string> held_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_CAPTURE_TCP_ASSEMBLY_H_
