#include "filters/inspect/declared_protocol.h"

#include "inspect/protocol/protocol.h"
#include "inspect/stream/protocol_risk.h"

namespace firebreak::filters {
namespace {

using inspect::Protocol;

// ProtocolOf is what a codec knows, which is certain.
Protocol ProtocolOf(const HttpExchange& exchange) {
  if (exchange.request.upgrade == http::Upgrade::kWebsocket) return Protocol::kWebSocket;
  switch (exchange.record.protocol) {
    case flows::Protocol::kHttp1:
      return Protocol::kHttp1;
    case flows::Protocol::kHttp2:
      return Protocol::kHttp2;
    case flows::Protocol::kGrpc:
      return Protocol::kGrpc;
    case flows::Protocol::kWebsocket:
      return Protocol::kWebSocket;
    case flows::Protocol::kUnknown:
    case flows::Protocol::kTcp:
    case flows::Protocol::kTls:
      break;
  }
  return Protocol::kUnknown;
}

}  // namespace

std::optional<inspect::Risk> NotAsDeclared(const HttpExchange& exchange) {
  if (exchange.record.rule == nullptr) return std::nullopt;
  const auto declared = inspect::ParseProtocol(exchange.record.rule->inspection.protocol);
  if (!declared.has_value()) return std::nullopt;
  const Protocol seen = ProtocolOf(exchange);
  // Whether a request is of Docker's API or another one, nobody has said.
  const bool may_be = *declared == Protocol::kDockerApi || *declared == Protocol::kHttpConnect;
  if (may_be && inspect::IsWithin(*declared, seen)) return std::nullopt;
  return inspect::CompareDeclared(*declared, {seen, inspect::Confidence::kCertain});
}

}  // namespace firebreak::filters
