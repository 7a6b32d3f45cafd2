// Messages out of DNS over TCP.
#ifndef FIREBREAK_INSPECT_STREAM_DNS_FRAMING_H_
#define FIREBREAK_INSPECT_STREAM_DNS_FRAMING_H_

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// DnsFraming cuts one direction into messages (RFC 1035 section 4.2.2). Of each it keeps what a
// header and a question can take, and no more.
class DnsFraming {
 public:
  static constexpr size_t kKept = 12 + 256 + 4;

  // message: the beginning of one, at most kKept bytes; valid during the call.
  void Feed(absl::string_view bytes, absl::FunctionRef<void(absl::string_view message)> sink);

 private:
  std::string kept_;      // the length, then the message
  size_t remaining_ = 2;  // of the length, or of the message
  bool in_message_ = false;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_STREAM_DNS_FRAMING_H_
