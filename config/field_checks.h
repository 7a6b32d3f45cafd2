// Checks of single fields of the proxy configuration. Each reports at the field's position.
#ifndef FIREBREAK_CONFIG_FIELD_CHECKS_H_
#define FIREBREAK_CONFIG_FIELD_CHECKS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/ip.h"
#include "config/diagnostics.h"
#include "config/source_map.h"

namespace firebreak::config {

// FieldChecks reads field values; `path` is the field's path as in SourceMap. What does not hold is
// reported and gives nullopt or "".
class FieldChecks {
 public:
  // config_path is the configuration file: relative paths start at its folder.
  FieldChecks(absl::string_view config_path, const SourceMap& map, Diagnostics* diagnostics);

  void Report(absl::string_view path, ErrorCode code, absl::string_view message,
              absl::string_view help = "") const;
  bool Contains(absl::string_view path) const { return map_.Contains(path); }

  // NotSupported reports the field when the file has it; help says what to do instead.
  void NotSupported(absl::string_view path, absl::string_view help = "remove it") const;

  // InRange reports a value that is not from least to most, and returns it all the same.
  template <typename Number>
  Number InRange(absl::string_view path, Number value, int64_t least,
                 int64_t most = std::numeric_limits<int64_t>::max()) const {
    if (value < least || value > most) ReportRange(path, value, least, most);
    return value;
  }

  // Required reports an empty value; true when there is one.
  bool Required(absl::string_view path, absl::string_view value) const;

  // RequiredName, RequiredAddress, RequiredPath: the field must be there and well formed.
  std::string RequiredName(absl::string_view path, const std::string& value) const;
  std::optional<SocketAddress> RequiredAddress(absl::string_view path,
                                               absl::string_view value) const;
  std::string RequiredPath(absl::string_view path, const std::string& value) const;

  // Address takes "IP:port"; an empty value is an error like any other.
  std::optional<SocketAddress> Address(absl::string_view path, absl::string_view value) const;
  // Resolve returns a path as seen from the configuration file's folder; "" stays "".
  std::string Resolve(const std::string& value) const;
  void Principal(absl::string_view path, absl::string_view value) const;
  // Principals checks each of a list, and returns the list.
  std::vector<std::string> Principals(absl::string_view path,
                                      std::vector<std::string> values) const;

 private:
  void ReportRange(absl::string_view path, int64_t value, int64_t least, int64_t most) const;

  std::string folder_;
  const SourceMap& map_;
  Diagnostics* diagnostics_;
};

// Clash: nobody can bind both addresses.
bool Clash(const SocketAddress& a, const SocketAddress& b);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_FIELD_CHECKS_H_
