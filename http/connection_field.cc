#include "http/connection_field.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

#include "http/field.h"
#include "http/known_field.h"

namespace firebreak::http {
namespace {

// Options that name no field, or one that is taken out anyway once it has been read.
bool NeedsNoRemoval(absl::string_view option) {
  for (const absl::string_view known :
       {"close", "keep-alive", "upgrade", "te", "connection", "http2-settings"}) {
    if (absl::EqualsIgnoreCase(option, known)) return true;
  }
  return false;
}

bool ConnectionNames(const HeaderMap& headers, absl::string_view wanted) {
  for (size_t i = 0; i < headers.size(); ++i) {
    if (headers[i].name != "connection") continue;
    ListReader options(headers[i].value);
    absl::string_view option;
    while (options.Next(option)) {
      if (absl::EqualsIgnoreCase(option, wanted)) return true;
    }
  }
  return false;
}

}  // namespace

Fault RemoveConnectionOptions(HeaderMap& headers, bool& removed) {
  std::array<absl::string_view, kMaxConnectionOptions> names;
  size_t named = 0;
  size_t options_seen = 0;
  for (size_t i = 0; i < headers.size(); ++i) {
    if (headers[i].name != "connection") continue;
    ListReader options(headers[i].value);
    absl::string_view option;
    while (options.Next(option)) {
      if (!IsToken(option) || ++options_seen > names.size()) return Fault::kConnectionOption;
      if (NeedsNoRemoval(option)) continue;
      if (IsProtectedName(option)) return Fault::kConnectionNamesProtected;
      names[named++] = option;
    }
  }
  removed = named > 0 && headers.RemoveIf([&](const HeaderMap::Field& field) {
    return std::any_of(names.begin(), names.begin() + named, [&](absl::string_view name) {
      return absl::EqualsIgnoreCase(name, field.name);
    });
  }) > 0;
  return Fault::kNone;
}

Fault CheckUpgrade(const Request& request) {
  const std::optional<absl::string_view> protocol = request.headers.Get("upgrade");
  const bool in_order = request.version == Version::kHttp11 && request.method == "GET" &&
                        !request.chunked && request.content_length.value_or(0) == 0 &&
                        ConnectionNames(request.headers, "upgrade") &&
                        request.headers.Count("sec-websocket-key") == 1 &&
                        request.headers.Count("sec-websocket-version") == 1;
  if (!protocol.has_value() || !absl::EqualsIgnoreCase(*protocol, "websocket")) {
    return Fault::kUpgrade;
  }
  return in_order ? Fault::kNone : Fault::kUpgrade;
}

}  // namespace firebreak::http
