// Every limit by name, with a default that is safe. The table is what the config reader, the
// reference and the tests go by: a limit that is not in it does not exist.
#ifndef FIREBREAK_BASE_LIMITS_H_
#define FIREBREAK_BASE_LIMITS_H_

#include <chrono>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace firebreak {

// Limits of one sidecar. Times are milliseconds, sizes bytes; names end in their unit.
struct Limits {
  int64_t connect_timeout_ms = 5'000;
  int64_t handshake_timeout_ms = 10'000;
  int64_t detect_timeout_ms = 5'000;
  int64_t idle_timeout_ms = 3'600'000;
  int64_t half_close_timeout_ms = 300'000;
  int64_t drain_timeout_ms = 30'000;
  int64_t max_connections = 65'536;
  int64_t max_handshakes = 4'096;
  int64_t connection_buffer_bytes = 65'536;
  int64_t max_chain_certificates = 6;
  int64_t max_certificate_bytes = 16'384;
  int64_t max_client_hello_bytes = 65'536;
  int64_t protocol_detect_timeout_ms = 1'000;
  int64_t http_header_timeout_ms = 10'000;
  int64_t stream_idle_timeout_ms = 300'000;
  int64_t upstream_idle_timeout_ms = 60'000;
  int64_t max_header_bytes = 65'536;
  int64_t max_header_fields = 100;
  int64_t max_streams = 100;
  int64_t stream_window_bytes = 65'536;
  int64_t max_held_bytes = 67'108'864;
  int64_t max_grpc_message_bytes = 67'108'864;
  int64_t max_grpc_empty_messages = 10'000;
  int64_t max_grpc_timeout_ms = 86'400'000;
  int64_t tarpit_ms = 30'000;
  int64_t max_tarpits = 256;
};

// LimitField describes one limit: its name in the config file, where it lives, and its bounds.
struct LimitField {
  absl::string_view name;
  int64_t Limits::*field;
  int64_t min;
  int64_t max;
  absl::string_view help;
};

// AllLimits lists every field of Limits in the order of the reference.
absl::Span<const LimitField> AllLimits();

}  // namespace firebreak

#endif  // FIREBREAK_BASE_LIMITS_H_
