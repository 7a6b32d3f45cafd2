// The configuration of `firebreak collector` as plain values, checked whole.
#ifndef FIREBREAK_CONFIG_COLLECTOR_CONFIG_H_
#define FIREBREAK_CONFIG_COLLECTOR_CONFIG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/ip.h"
#include "config/diagnostics.h"
#include "config/identity_config.h"

namespace firebreak::config {

// CollectorConfig: paths are resolved against the folder of the file.
struct CollectorConfig {
  std::string trust_domain;
  IdentityFilesConfig identity;
  SocketAddress listen;
  std::string store_path;
  int64_t max_bytes = 0;    // 0: no bound
  int64_t max_seconds = 0;  // 0: no bound
  int64_t flush_ms = 10'000;
  std::vector<std::string> reporters;  // see WrongWithReporter; empty: the whole trust domain
  int max_connections = 20'000;
  std::optional<SocketAddress> metrics;
  std::string quarantine_list;  // empty: none is given out

  // Parse reads and checks text; nullopt after reporting every error found. path names it in
  // messages. No file that it names is opened.
  static std::optional<CollectorConfig> Parse(const std::string& path, absl::string_view text,
                                              Diagnostics* diagnostics);
};

// WrongWithReporter says what is wrong with a name of who may report, or "" when nothing is: a
// principal, or the beginning of one, with its trust domain, that ends in "*".
absl::string_view WrongWithReporter(absl::string_view reporter);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_COLLECTOR_CONFIG_H_
