// RequestPart looks for attacks in a request, and outbound for data that should not leave.
#ifndef FIREBREAK_FILTERS_INSPECT_REQUEST_PART_H_
#define FIREBREAK_FILTERS_INSPECT_REQUEST_PART_H_

#include <optional>

#include "absl/strings/string_view.h"

#include "filters/inspect/message_part.h"
#include "http/message.h"
#include "inspect/payload/request_fields.h"
#include "inspect/payload/structure.h"

namespace firebreak::filters {

class RequestPart final : public MessagePart {
 public:
  RequestPart(const Setup& setup, const inspect::StructureLimits& limits);

  void Headers(const http::Request& request);
  // After End.
  void Trailers(const http::HeaderMap& trailers);
  std::optional<Refusal> refusal() const override;

 private:
  void OnText(absl::string_view text) override;
  void OnTextEnd() override;

  std::optional<inspect::RequestFields> fields_;  // where attacks are looked for
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_REQUEST_PART_H_
