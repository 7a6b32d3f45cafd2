// Public keys that the configuration names.
#ifndef FIREBREAK_PROXY_MAIN_CONFIGURED_KEYS_H_
#define FIREBREAK_PROXY_MAIN_CONFIGURED_KEYS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "certs/signing_key.h"
#include "config/diagnostics.h"
#include "config/source_map.h"

namespace firebreak::proxy {

// ReadKeys reads the keys of a list of the configuration, whose path is field. What is none is told
// of at its place there, and left out; made_by is the command that writes such keys.
std::vector<certs::VerifyingKey> ReadKeys(const std::vector<std::string>& keys,
                                          absl::string_view field, absl::string_view made_by,
                                          const config::SourceMap& source,
                                          config::Diagnostics* diagnostics);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_CONFIGURED_KEYS_H_
