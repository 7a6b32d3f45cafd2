#include "inspect/pack/pack_trial.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "http/canonical.h"
#include "inspect/pack/pack_inspection.h"
#include "inspect/payload/request_fields.h"

namespace firebreak::inspect {
namespace {

class NoStructure final : public StructureSink {
 public:
  void OnOddity(Oddity /*oddity*/, uint64_t /*limit*/, uint64_t /*value*/) override {}
};

}  // namespace

absl::StatusOr<bool> TrialMatches(const PackRule& rule, http::Request request,
                                  const std::string& body) {
  const auto rejection = http::Canonicalise({}, request);
  if (rejection.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the request is refused before inspection: ", rejection->code));
  }
  auto pack = std::make_shared<RulePack>();
  pack->rules.push_back(rule);
  const RulePacks packs = {std::move(pack)};
  PackInspection inspection(packs, request.method, request.path);
  const StructureLimits limits;
  NoStructure structure;
  RequestFields fields(limits, inspection, structure);
  fields.Headers(request);
  fields.Body(body);
  fields.End();
  return !inspection.findings().empty();
}

}  // namespace firebreak::inspect
