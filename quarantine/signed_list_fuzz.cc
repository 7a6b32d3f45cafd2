#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "certs/signing_key.h"
#include "quarantine/quarantine.h"
#include "quarantine/signed_list.h"

using firebreak::certs::SigningKey;
using firebreak::certs::VerifyingKey;

// A text is the body of a list, which whoever has a key may make of anything; and a whole file, of
// which nothing passes without a signature. What is read is written and read again the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const SigningKey key = *SigningKey::Generate();
  static const VerifyingKey keys[] = {key.public_half()};
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  if (firebreak::quarantine::ReadList("fuzz", text, keys).ok()) std::abort();
  (void)firebreak::quarantine::ReadUnverified("fuzz", text).ok();
  const auto list = firebreak::quarantine::ReadBody("fuzz", text);
  if (!list.ok()) return 0;
  const firebreak::quarantine::Quarantine quarantine(list->entries);
  for (const auto& entry : list->entries) {
    const auto found = quarantine.Find(entry.identity, "", entry.until - absl::Seconds(1));
    if (found.mode < entry.mode) std::abort();
  }
  const auto written = firebreak::quarantine::WriteList(*list, key);
  if (!written.ok()) return 0;  // a time that has too many digits
  const auto again = firebreak::quarantine::ReadList("fuzz", *written, keys);
  if (!again.ok() || again->entries.size() != list->entries.size()) std::abort();
  return 0;
}
