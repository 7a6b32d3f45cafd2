#include "proxy/main/configured_keys.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace firebreak::proxy {

std::vector<certs::VerifyingKey> ReadKeys(const std::vector<std::string>& keys,
                                          absl::string_view field, absl::string_view made_by,
                                          const config::SourceMap& source,
                                          config::Diagnostics* diagnostics) {
  std::vector<certs::VerifyingKey> read;
  for (size_t i = 0; i < keys.size(); ++i) {
    const std::string at = absl::StrCat(field, "[", i, "]");
    auto key = certs::VerifyingKey::Parse(keys[i]);
    if (key.ok()) {
      read.push_back(*std::move(key));
      continue;
    }
    source.Report(at, config::ErrorCode::kInvalidValue,
                  absl::StrCat(at, ": ", key.status().message()),
                  absl::StrCat("the line that `", made_by, "` has written"), diagnostics);
  }
  return read;
}

}  // namespace firebreak::proxy
