#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "certs/spiffe_id.h"

// What parses is what was given, and is taken apart without a byte lost.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto id = firebreak::certs::SpiffeId::Parse(text);
  if (!id.ok()) return 0;
  const auto again = firebreak::certs::SpiffeId::ParsePrincipal(id->principal());
  const bool whole = id->uri() == text && !id->trust_domain().empty() && again.ok() &&
                     *again == *id &&
                     id->trust_domain().size() + id->path().size() == id->principal().size();
  const bool both = id->k8s_namespace().empty() == id->service_account().empty();
  if (!whole || !both) std::abort();
  return 0;
}
