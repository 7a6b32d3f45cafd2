// In the place of modsecurity_engine.cc where there is no libmodsecurity.
#include "bench/inspection_engine.h"

namespace firebreak::bench {

absl::StatusOr<std::unique_ptr<InspectionEngine>> MakeModSecurity(const ModSecurityOptions&) {
  return absl::UnimplementedError(
      "built without libmodsecurity (Debian: libmodsecurity-dev, modsecurity-crs)");
}

}  // namespace firebreak::bench
