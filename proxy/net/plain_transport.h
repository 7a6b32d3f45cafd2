// PlainTransport is a TCP socket as it is: towards the workload, or on a listener without mTLS.
#ifndef FIREBREAK_PROXY_NET_PLAIN_TRANSPORT_H_
#define FIREBREAK_PROXY_NET_PLAIN_TRANSPORT_H_

#include "proxy/net/transport.h"

namespace firebreak::proxy {

class PlainTransport final : public Transport {
 public:
  using Transport::Transport;
  ReadResult Read(absl::Span<char> into) override { return Receive(into); }
  IoState Write(absl::string_view bytes) override;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_NET_PLAIN_TRANSPORT_H_
