#include "http/known_field.h"

#include "absl/strings/match.h"

namespace firebreak::http {
namespace {

// kFirstOfLength[n] is the first field whose name has n bytes or more.
constexpr std::array<uint8_t, kMaxKnownFieldBytes + 2> MakeFirstOfLength() {
  std::array<uint8_t, kMaxKnownFieldBytes + 2> first{};
  size_t field = 0;
  for (size_t length = 0; length < first.size(); ++length) {
    while (field < kKnownFields.size() && kKnownFields[field].name.size() < length) ++field;
    first[length] = static_cast<uint8_t>(field);
  }
  return first;
}
constexpr std::array<uint8_t, kMaxKnownFieldBytes + 2> kFirstOfLength = MakeFirstOfLength();

constexpr bool LengthsAscend() {
  for (size_t i = 1; i < kKnownFields.size(); ++i) {
    if (kKnownFields[i].name.size() < kKnownFields[i - 1].name.size()) return false;
  }
  return kKnownFields.back().name.size() == kMaxKnownFieldBytes;
}
static_assert(LengthsAscend());

}  // namespace

size_t FindKnownField(absl::string_view name) {
  if (name.size() > kMaxKnownFieldBytes) return kNoField;
  const size_t end = kFirstOfLength[name.size() + 1];
  for (size_t field = kFirstOfLength[name.size()]; field < end; ++field) {
    const absl::string_view known = kKnownFields[field].name;
    if (known.front() == name.front() && known == name) return field;
  }
  return kNoField;
}

bool IsProtectedName(absl::string_view name) {
  if (absl::StartsWithIgnoreCase(name, "x-forwarded-")) return true;
  if (absl::StartsWithIgnoreCase(name, "x-firebreak-")) return true;
  for (const KnownField& field : kKnownFields) {
    if ((field.traits & kProtected) != 0 && absl::EqualsIgnoreCase(field.name, name)) return true;
  }
  return false;
}

}  // namespace firebreak::http
