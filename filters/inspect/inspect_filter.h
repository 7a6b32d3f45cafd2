// InspectFilter looks into the requests that policy lets through.
#ifndef FIREBREAK_FILTERS_INSPECT_INSPECT_FILTER_H_
#define FIREBREAK_FILTERS_INSPECT_INSPECT_FILTER_H_

#include <array>
#include <memory>
#include <vector>

#include "config/proxy_config.h"
#include "filters/api/http_filter.h"
#include "inspect/engine.h"
#include "inspect/payload/structure.h"

namespace firebreak::filters {

// What was found is in the record of the request, whatever became of it. With mode BLOCK a request
// is refused as soon as its score reaches the threshold: before any of it was sent on if its
// headers did, or in the midst of its body. What cannot be looked into, since its coding is not
// known or broken, is refused as well.
class InspectFilter final : public HttpFilter {
 public:
  // One entry for each listener, in their order.
  explicit InspectFilter(std::vector<config::InspectionConfig> listeners);
  ~InspectFilter() override;

  // Null for a listener without inspection.
  std::unique_ptr<FilterState> NewState(HttpExchange& exchange) override;
  Step OnRequest(HttpExchange& exchange) override;
  bool WantsBodies() const override { return true; }
  Step OnBody(HttpExchange& exchange, Towards towards, absl::string_view bytes) override;
  Step OnBodyEnd(HttpExchange& exchange, Towards towards) override;
  void OnEnd(HttpExchange& exchange) override;

 private:
  class State;

  State* StateFor(HttpExchange& exchange, Towards towards) const;
  Step Judge(HttpExchange& exchange, State& state) const;

  const std::vector<config::InspectionConfig> listeners_;
  const inspect::StructureLimits limits_;
  // By paranoia, from level 1 on; null where no listener asks for it.
  std::array<std::unique_ptr<inspect::Engine>, inspect::kMaxParanoia> engines_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_INSPECT_FILTER_H_
