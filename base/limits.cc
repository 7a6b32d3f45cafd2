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
};
static_assert(sizeof(Limits) == std::size(kFields) * sizeof(int64_t),
              "a limit is not in the table");

}  // namespace

absl::Span<const LimitField> AllLimits() { return kFields; }

}  // namespace firebreak
