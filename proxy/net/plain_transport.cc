#include "proxy/net/plain_transport.h"

namespace firebreak::proxy {

IoState PlainTransport::Write(absl::string_view bytes) {
  if (bytes.empty()) return write_blocked() ? IoState::kBlocked : IoState::kOk;
  return SendOrHold(bytes);
}

}  // namespace firebreak::proxy
