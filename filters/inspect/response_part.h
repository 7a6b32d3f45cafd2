// ResponsePart looks for what an attack has brought about in a response, and inbound for data that
// should not leave.
#ifndef FIREBREAK_FILTERS_INSPECT_RESPONSE_PART_H_
#define FIREBREAK_FILTERS_INSPECT_RESPONSE_PART_H_

#include <bitset>
#include <optional>

#include "absl/strings/string_view.h"

#include "filters/inspect/message_part.h"
#include "http/message.h"
#include "inspect/disclosure/disclosure_scanner.h"

namespace firebreak::filters {

class ResponsePart final : public MessagePart {
 public:
  // The response is to `request`. The limits outlive it.
  ResponsePart(const Setup& setup, const inspect::StructureLimits& limits,
               const http::Request& request)
      : MessagePart(setup, limits) {
    inspection().ToPath(request.path);
  }

  // Interim is a response of status 1xx that comes before.
  void Interim(const http::Response& response);
  void Headers(const http::Response& response);
  // After End.
  void Trailers(const http::HeaderMap& trailers);
  std::optional<Refusal> refusal() const override;

 private:
  void OnText(absl::string_view text) override;
  void OnTextEnd() override {}
  // LookFor looks for signs of an attack in each header.
  void LookFor(const http::HeaderMap& headers);
  void Tell(inspect::Disclosure disclosure, inspect::Place place, absl::string_view name,
            absl::string_view excerpt);

  inspect::DisclosureScanner disclosures_;
  std::bitset<inspect::kDisclosures> told_;  // that count
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_RESPONSE_PART_H_
