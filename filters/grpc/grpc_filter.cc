#include "filters/grpc/grpc_filter.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "filters/grpc/message_framing.h"
#include "filters/grpc/timeout.h"
#include "http/canonical.h"

namespace firebreak::filters {
namespace {

constexpr absl::string_view kTimeout = "grpc-timeout";
constexpr int kBadRequest = 400;
constexpr int kContentTooLarge = 413;
constexpr int kBadGateway = 502;

MessageFraming FramingOf(const Limits& limits, const http::HeaderMap& headers) {
  // Several lines say nothing certain, so nothing.
  const absl::string_view encoding = headers.Get("grpc-encoding").value_or("");
  return MessageFraming(
      {.max_message_bytes = limits.max_grpc_message_bytes,
       .max_empty_messages = limits.max_grpc_empty_messages,
       .compression_declared = !encoding.empty() && !absl::EqualsIgnoreCase(encoding, "identity")});
}

// Code of a fault, for the flow record; a limit is called by its name.
absl::string_view FaultCode(FramingFault fault) {
  switch (fault) {
    case FramingFault::kNone:
      return "";
    case FramingFault::kFlag:
      return "grpc_message_flag";
    case FramingFault::kCompression:
      return "grpc_compression_undeclared";
    case FramingFault::kMessageSize:
      return "max_grpc_message_bytes";
    case FramingFault::kEmptyMessages:
      return "max_grpc_empty_messages";
    case FramingFault::kTruncated:
      return "grpc_message_truncated";
  }
  return "";
}

Step Judge(FramingFault fault, Towards towards, HttpExchange& exchange) {
  if (fault == FramingFault::kNone) return Step::kContinue;
  const bool limit = fault == FramingFault::kMessageSize || fault == FramingFault::kEmptyMessages;
  const int blame_client = limit ? kContentTooLarge : kBadRequest;
  exchange.Refuse(Verdict::kDropped, limit ? Reason::kLimit : Reason::kMalformed,
                  towards == Towards::kUpstream ? blame_client : kBadGateway, FaultCode(fault));
  return Step::kClose;
}

}  // namespace

struct GrpcFilter::State final : FilterState {
  std::optional<MessageFraming> request;
  std::optional<MessageFraming> response;

  std::optional<MessageFraming>& Of(Towards towards) {
    return towards == Towards::kUpstream ? request : response;
  }
};

std::unique_ptr<FilterState> GrpcFilter::NewState(HttpExchange& exchange) {
  if (!exchange.request.grpc) return nullptr;
  auto state = std::make_unique<State>();
  state->request = FramingOf(limits_, exchange.request.headers);
  return state;
}

Step GrpcFilter::OnRequest(HttpExchange& exchange) {
  http::HeaderMap& headers = exchange.request.headers;
  if (!exchange.request.grpc || !headers.Has(kTimeout)) return Step::kContinue;
  const auto timeout = GrpcTimeout::Parse(headers.Get(kTimeout).value_or(""));
  if (!timeout.has_value()) {
    exchange.Refuse(Verdict::kDropped, Reason::kMalformed, kBadRequest, "grpc_timeout");
    return Step::kClose;
  }
  if (timeout->LongerThan(limits_.max_grpc_timeout_ms)) {
    headers.Set(kTimeout, absl::StrCat(limits_.max_grpc_timeout_ms, "m"));
  }
  return Step::kContinue;
}

Step GrpcFilter::OnResponse(HttpExchange& exchange) {
  auto* const state = static_cast<State*>(StateOf(exchange));
  const http::HeaderMap& headers = exchange.response.headers;
  if (state != nullptr && http::IsGrpc(headers.Get("content-type").value_or(""))) {
    state->response = FramingOf(limits_, headers);
  }
  return Step::kContinue;
}

Step GrpcFilter::OnBody(HttpExchange& exchange, Towards towards, absl::string_view bytes) {
  auto* const state = static_cast<State*>(StateOf(exchange));
  if (state == nullptr || !state->Of(towards).has_value()) return Step::kContinue;
  return Judge(state->Of(towards)->Feed(bytes), towards, exchange);
}

Step GrpcFilter::OnBodyEnd(HttpExchange& exchange, Towards towards) {
  auto* const state = static_cast<State*>(StateOf(exchange));
  if (state == nullptr || !state->Of(towards).has_value()) return Step::kContinue;
  return Judge(state->Of(towards)->End(), towards, exchange);
}

}  // namespace firebreak::filters
