// RequestPart looks for attacks in a request, applies rules of packs, compares it with what was
// learned, and outbound looks for data that should not leave.
#ifndef FIREBREAK_FILTERS_INSPECT_REQUEST_PART_H_
#define FIREBREAK_FILTERS_INSPECT_REQUEST_PART_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/string_view.h"

#include "filters/inspect/baseline_port.h"
#include "filters/inspect/field_fork.h"
#include "filters/inspect/message_part.h"
#include "http/message.h"
#include "inspect/pack/pack_inspection.h"
#include "inspect/payload/request_fields.h"
#include "inspect/payload/structure.h"

namespace firebreak::filters {

class RequestPart final : public MessagePart {
 public:
  // The limits outlive it.
  RequestPart(const Setup& setup, const inspect::StructureLimits& limits);

  // Observe makes the request one that is learned from or judged by what was learned, where it is
  // inspected at all: before Headers. The port outlives it.
  void Observe(BaselinePort& port, const inspect::Subject& subject);
  // Apply makes it one that rules of packs are applied to, where it is inspected at all: before
  // Headers. Null: there are none.
  void Apply(std::shared_ptr<const inspect::RulePacks> rules) { rules_ = std::move(rules); }
  void Headers(const http::Request& request);
  // After End.
  void Trailers(const http::HeaderMap& trailers);
  // EndObserving gives back what was observed. `usual`: nothing is known against the request, so
  // that it may be learned from if all of it came.
  void EndObserving(bool usual);
  std::optional<Refusal> refusal() const override;
  size_t held_bytes() const override;
  void AddTo(flows::InspectionInfo* info) const override;
  // Redact takes out of what the record says of the request in which something that should not
  // leave was found in the headers.
  void Redact(flows::HttpInfo* info) const;

 private:
  void BeginFields(const http::Request& request);
  // TellPacks makes findings of the inspection of what packs have found since the last call.
  void TellPacks();
  void OnText(absl::string_view text) override;
  void OnTextEnd() override;

  std::optional<inspect::RequestFields> fields_;  // where attacks are looked for
  FieldFork fork_;  // where others than the inspection take the fields too
  std::shared_ptr<const inspect::RulePacks> rules_;
  std::unique_ptr<inspect::PackInspection> packs_;  // null: no rule applies
  size_t told_ = 0;                                 // of what packs have found
  BaselinePort* port_ = nullptr;
  std::unique_ptr<inspect::Observation> observation_;  // null: it is not observed
  bool observed_ = false;                              // whole
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_REQUEST_PART_H_
