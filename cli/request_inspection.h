// What the sidecar's inspection says of one request in a file.
#ifndef FIREBREAK_CLI_REQUEST_INSPECTION_H_
#define FIREBREAK_CLI_REQUEST_INSPECTION_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "http/canonical.h"
#include "inspect/engine.h"
#include "inspect/payload/request_fields.h"
#include "inspect/payload/structure.h"

namespace firebreak::cli {

// RequestInspector takes requests through what they would meet in a sidecar: canonicalisation, then
// their fields, then the engine.
class RequestInspector {
 public:
  explicit RequestInspector(inspect::EngineOptions options)
      : engine_(std::move(options)), inspection_(engine_) {}

  // Inspect looks at one raw HTTP/1.1 request. InvalidArgument: it is none. After ok, the other
  // calls tell of it.
  absl::Status Inspect(absl::string_view bytes);

  // Set when canonicalisation refused it, so that no inspection took place.
  const std::optional<http::Rejection>& rejection() const { return rejection_; }
  const inspect::Inspection& inspection() const { return inspection_; }
  bool blocked() const { return rejection_.has_value() || inspection_.blocks(); }

 private:
  // Structure limits are no attack; they are for the sidecar's configuration to act on.
  class NoStructure final : public inspect::StructureSink {
   public:
    void OnOddity(inspect::Oddity /*oddity*/, uint64_t /*limit*/, uint64_t /*value*/) override {}
  };

  const inspect::StructureLimits limits_;
  NoStructure structure_;
  inspect::Engine engine_;
  inspect::Inspection inspection_;
  std::optional<http::Rejection> rejection_;
};

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_REQUEST_INSPECTION_H_
