// Protobuf as it lies on the wire, for messages that others define and that are written field by
// field.
#ifndef FIREBREAK_FLOWS_PROTOBUF_WRITER_H_
#define FIREBREAK_FLOWS_PROTOBUF_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "base/varint.h"

namespace firebreak::flows {

// WireType is how a field's value lies there.
enum class WireType : uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

inline void PutTag(uint64_t field, WireType type, std::string* out) {
  AppendVarint(field << 3 | static_cast<uint64_t>(type), out);
}

// PutNumber is for integers, enums and bool, also where the value is the default.
inline void PutNumber(uint64_t field, uint64_t value, std::string* out) {
  PutTag(field, WireType::kVarint, out);
  AppendVarint(value, out);
}

// PutBytes is for bytes, for texts, which must be UTF-8, and for messages.
inline void PutBytes(uint64_t field, absl::string_view bytes, std::string* out) {
  PutTag(field, WireType::kBytes, out);
  AppendVarint(bytes.size(), out);
  out->append(bytes.data(), bytes.size());
}

inline void PutFixed64(uint64_t field, uint64_t value, std::string* out) {
  PutTag(field, WireType::kFixed64, out);
  for (int i = 0; i < 8; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_PROTOBUF_WRITER_H_
