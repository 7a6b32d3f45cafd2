// Results of reading and writing, and the scratch memory of one worker.
#ifndef FIREBREAK_PROXY_NET_IO_H_
#define FIREBREAK_PROXY_NET_IO_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/types/span.h"

#include "base/buffer.h"

namespace firebreak::proxy {

// IoState is how a read or a write left a transport.
enum class IoState : uint8_t {
  kOk,         // more can be done at once
  kBlocked,    // nothing more until the next event
  kEof,        // the peer ended its stream in order
  kReset,      // RST or another error of the socket
  kTruncated,  // TLS: the socket ended without close_notify, so the stream may be cut short
  kTlsError,   // TLS: a record or alert that ends the session
};

// ReadResult may carry bytes together with any state: they come before what the state says.
struct ReadResult {
  size_t bytes = 0;
  IoState state = IoState::kBlocked;
};

// Scratch is memory that one worker's connections use in turn, each within one call: an idle
// connection owns none of it.
class Scratch {
 public:
  // What one read of a socket may bring. TLS decrypts into `plain`, which has room for all of that
  // and for a record that an earlier read had left incomplete.
  static constexpr size_t kReadBytes = 65'536;
  static constexpr size_t kPlainBytes = kReadBytes + 16'384;
  // Room for kPlainBytes sealed: 22 bytes of framing a record of 16 KiB, and some for alerts.
  static constexpr size_t kSealedBytes = kPlainBytes + 4'096;

  absl::Span<char> plain() { return {plain_.get(), kPlainBytes}; }
  absl::Span<char> wire_in() { return {wire_in_.get(), kReadBytes}; }
  absl::Span<char> wire_out() { return {wire_out_.get(), kSealedBytes}; }
  SlabPool& slabs() { return slabs_; }

 private:
  // new char[] without initialisation: pages that are never used are never resident.
  std::unique_ptr<char[]> plain_{new char[kPlainBytes]};
  std::unique_ptr<char[]> wire_in_{new char[kReadBytes]};
  std::unique_ptr<char[]> wire_out_{new char[kSealedBytes]};
  SlabPool slabs_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_NET_IO_H_
