// RequestPart looks for attacks in a request, compares it with what was learned, and outbound looks
// for data that should not leave.
#ifndef FIREBREAK_FILTERS_INSPECT_REQUEST_PART_H_
#define FIREBREAK_FILTERS_INSPECT_REQUEST_PART_H_

#include <cstddef>
#include <memory>
#include <optional>

#include "absl/strings/string_view.h"

#include "filters/inspect/baseline_port.h"
#include "filters/inspect/message_part.h"
#include "http/message.h"
#include "inspect/field.h"
#include "inspect/payload/request_fields.h"
#include "inspect/payload/structure.h"

namespace firebreak::filters {

class RequestPart final : public MessagePart, private inspect::FieldSink {
 public:
  // The limits outlive it.
  RequestPart(const Setup& setup, const inspect::StructureLimits& limits);

  // Observe makes the request one that is learned from or judged by what was learned, where it is
  // inspected at all: before Headers. The port outlives it.
  void Observe(BaselinePort& port, const inspect::Subject& subject);
  void Headers(const http::Request& request);
  // After End.
  void Trailers(const http::HeaderMap& trailers);
  // EndObserving gives back what was observed. `usual`: nothing is known against the request, so
  // that it may be learned from if all of it came.
  void EndObserving(bool usual);
  std::optional<Refusal> refusal() const override;
  size_t held_bytes() const override;

 private:
  // Fields are handed to the inspection, and to the observation before the request has ended.
  void BeginField(inspect::Place place, absl::string_view name, bool is_name) override;
  void FieldBytes(absl::string_view bytes) override;
  void EndField() override;
  FieldSink* Beside() override { return inspection().Beside(); }
  void OnText(absl::string_view text) override;
  void OnTextEnd() override;

  const inspect::StructureLimits& limits_;
  std::optional<inspect::RequestFields> fields_;  // where attacks are looked for
  BaselinePort* port_ = nullptr;
  std::unique_ptr<inspect::Observation> observation_;  // null: it is not observed
  bool observed_ = false;                              // whole
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_REQUEST_PART_H_
