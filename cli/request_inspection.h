// What the sidecar's inspection says of one request in a file.
#ifndef FIREBREAK_CLI_REQUEST_INSPECTION_H_
#define FIREBREAK_CLI_REQUEST_INSPECTION_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "cli/raw_request.h"
#include "http/canonical.h"
#include "inspect/baseline/baseline.h"
#include "inspect/baseline/observation.h"
#include "inspect/engine.h"
#include "inspect/payload/request_fields.h"
#include "inspect/payload/structure.h"

namespace firebreak::cli {

// RequestInspector takes requests through what they would meet in a sidecar: canonicalisation, then
// their fields, the body's without its coding, then the engine.
class RequestInspector {
 public:
  explicit RequestInspector(inspect::EngineOptions options)
      : engine_(std::move(options)), inspection_(engine_) {}

  // Learn takes a request that is held to be benign into a learned baseline. As in a sidecar, what
  // canonicalisation refuses and what inspection finds anything in teaches nothing: then it is
  // false. The clock must outlive the inspector.
  absl::StatusOr<bool> Learn(absl::string_view bytes, const Clock& clock);

  // Inspect looks at one raw HTTP/1.1 request. InvalidArgument: it is none. After ok, the other
  // calls tell of it.
  absl::Status Inspect(absl::string_view bytes);

  // Set when canonicalisation refused it, so that no inspection took place.
  const std::optional<http::Rejection>& rejection() const { return rejection_; }
  const inspect::Inspection& inspection() const { return inspection_; }
  // What the learned baseline says; nothing when nothing was learned.
  const std::optional<inspect::Judgement>& judgement() const { return judgement_; }
  // As where mode is BLOCK: what hides something is refused too.
  bool blocked() const {
    return rejection_.has_value() || inspection_.blocks() || inspection_.hidden_by() != nullptr ||
           (judgement_.has_value() && judgement_->deviant());
  }

 private:
  // Both gives the fields of a request to the engine and to the baseline.
  class Both final : public inspect::FieldSink {
   public:
    Both(inspect::Inspection& inspection, inspect::Observation& observation)
        : inspection_(inspection), observation_(observation) {}
    void BeginField(inspect::Place place, absl::string_view name, bool is_name) override {
      inspection_.BeginField(place, name, is_name);
      observation_.BeginField(place, name, is_name);
    }
    void FieldBytes(absl::string_view bytes) override {
      inspection_.FieldBytes(bytes);
      observation_.FieldBytes(bytes);
    }
    void EndField() override {
      inspection_.EndField();
      observation_.EndField();
    }
    inspect::FieldSink* Beside() override { return inspection_.Beside(); }

   private:
    inspect::Inspection& inspection_;
    inspect::Observation& observation_;
  };

  // Take gives the fields of a raw request to the sink; false: canonicalisation refused it.
  absl::StatusOr<bool> Take(absl::string_view bytes, inspect::FieldSink& sink);
  void TakeBody(const RawRequest& raw, inspect::RequestFields& fields);

  const inspect::StructureLimits limits_;
  inspect::Engine engine_;
  inspect::Inspection inspection_;
  std::optional<http::Rejection> rejection_;
  std::optional<inspect::Baseline> baseline_;
  inspect::Observation observation_;
  std::optional<inspect::Judgement> judgement_;
};

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_REQUEST_INSPECTION_H_
