// The file that carries a quarantine to sidecars: YAML that a person can read, and in its last line
// a signature over every byte before it.
#ifndef FIREBREAK_QUARANTINE_SIGNED_LIST_H_
#define FIREBREAK_QUARANTINE_SIGNED_LIST_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "certs/signing_key.h"
#include "quarantine/quarantine.h"

namespace firebreak::quarantine {

inline constexpr size_t kMaxListBytes = size_t{1} << 20;
inline constexpr size_t kMaxEntries = 1'000;
inline constexpr size_t kMaxAllowed = 16;
inline constexpr size_t kMaxReasonBytes = 256;

struct List {
  uint64_t serial = 0;
  absl::Time issued_at;
  absl::Time expires_at;
  std::vector<Entry> entries;
};

// ReadList takes the whole text of a file, and returns it only if one of these keys signed it and
// all of it is understood. `file` names it in messages. Nothing of a text is parsed before its
// signature is found good. Whether the list is still valid, or older than another, is the caller's
// to ask.
absl::StatusOr<List> ReadList(absl::string_view file, absl::string_view text,
                              absl::Span<const certs::VerifyingKey> keys);

// ReadUnverified is ReadList for whoever only passes a text on: it looks for a signature, and not
// at whose it is. Anybody may have written what it returns.
absl::StatusOr<List> ReadUnverified(absl::string_view file, absl::string_view text);

// WriteList returns the text that ReadList takes; what ReadList would not take is InvalidArgument.
absl::StatusOr<std::string> WriteList(const List& list, const certs::SigningKey& key);

// ReadBody is ReadList without the signature, for the fuzzer.
absl::StatusOr<List> ReadBody(absl::string_view file, absl::string_view body);

}  // namespace firebreak::quarantine

#endif  // FIREBREAK_QUARANTINE_SIGNED_LIST_H_
