#include "base/limits.h"

#include <iterator>

namespace firebreak {
namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kMaxInt = 2'147'483'647;

constexpr LimitField kFields[] = {
    {"connect_timeout_ms", &Limits::connect_timeout_ms, 1, kDayMs,
     "time to open a connection to an upstream"},
    {"handshake_timeout_ms", &Limits::handshake_timeout_ms, 1, kDayMs,
     "time for a TLS handshake, from the first byte awaited to the last"},
    {"detect_timeout_ms", &Limits::detect_timeout_ms, 1, kDayMs,
     "time for the first byte where the protocol has to be detected"},
    {"idle_timeout_ms", &Limits::idle_timeout_ms, 1, 30 * kDayMs,
     "time a connection may pass no byte in either direction"},
    {"half_close_timeout_ms", &Limits::half_close_timeout_ms, 1, 30 * kDayMs,
     "time a connection may pass no byte after one side has closed"},
    {"drain_timeout_ms", &Limits::drain_timeout_ms, 0, kDayMs,
     "time live connections get to finish after SIGTERM"},
    {"max_connections", &Limits::max_connections, 1, kMaxInt,
     "connections accepted at once by one sidecar; also bounded by half the file descriptors"},
    {"max_handshakes", &Limits::max_handshakes, 1, kMaxInt,
     "connections in TLS handshake at once by one sidecar"},
    {"connection_buffer_bytes", &Limits::connection_buffer_bytes, 4'096, 81'920,
     "bytes read at once, and so held for a slow receiver, each way, while the sender is paused"},
    {"max_chain_certificates", &Limits::max_chain_certificates, 1, 32,
     "certificates a peer may present"},
    {"max_certificate_bytes", &Limits::max_certificate_bytes, 1'024, 65'536,
     "size of one certificate of a peer"},
    {"max_client_hello_bytes", &Limits::max_client_hello_bytes, 1'024, 262'144,
     "size of the handshake messages of a peer"},
    {"protocol_detect_timeout_ms", &Limits::protocol_detect_timeout_ms, 1, kDayMs,
     "time for the first bytes of a listener with protocol AUTO; then it is taken as TCP"},
    {"http_header_timeout_ms", &Limits::http_header_timeout_ms, 1, kDayMs,
     "time for the headers of a request, from their first byte to their last"},
    {"stream_idle_timeout_ms", &Limits::stream_idle_timeout_ms, 1, 30 * kDayMs,
     "time a request or its response may move no byte in either direction"},
    {"upstream_idle_timeout_ms", &Limits::upstream_idle_timeout_ms, 1, kDayMs,
     "time an HTTP connection to an upstream is kept without a request"},
    {"max_header_bytes", &Limits::max_header_bytes, 1'024, 1'048'576,
     "size of a message's headers, names and values and 32 bytes for each"},
    {"max_header_fields", &Limits::max_header_fields, 8, 10'000, "header lines of a message"},
    {"max_streams", &Limits::max_streams, 1, 10'000,
     "requests at once on one HTTP/2 connection of a client"},
    {"stream_window_bytes", &Limits::stream_window_bytes, 16'384, 16'777'216,
     "body bytes an HTTP/2 stream may send ahead of who reads them"},
    {"max_held_bytes", &Limits::max_held_bytes, 4'194'304, 1'099'511'627'776,
     "request headers, unread HTTP/2 bodies and body decoders, held at once; half for one source"},
    {"max_grpc_message_bytes", &Limits::max_grpc_message_bytes, 1'024, kMaxInt,
     "declared length of a gRPC message; libraries take 4 MiB unless told otherwise"},
    {"max_grpc_empty_messages", &Limits::max_grpc_empty_messages, 1, kMaxInt,
     "gRPC messages without a byte, one after the other"},
    {"max_grpc_timeout_ms", &Limits::max_grpc_timeout_ms, 1, kDayMs,
     "time of a grpc-timeout; a longer one is passed on as this"},
    {"tarpit_ms", &Limits::tarpit_ms, 1, kDayMs,
     "time a connection is held by inspection with action TARPIT"},
    {"max_tarpits", &Limits::max_tarpits, 0, 65'536,
     "connections held so at once; one more is reset"},
};
static_assert(sizeof(Limits) == std::size(kFields) * sizeof(int64_t),
              "a limit is not in the table");

}  // namespace

absl::Span<const LimitField> AllLimits() { return kFields; }

}  // namespace firebreak
