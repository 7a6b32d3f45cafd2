#include "inspect/payload/xml_reference.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace firebreak::inspect {
namespace {

struct Entity {
  absl::string_view name;
  char character;
};
constexpr Entity kEntities[] = {
    {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};

}  // namespace

std::optional<uint32_t> CodePointOf(absl::string_view reference) {
  for (const Entity& entity : kEntities) {
    if (reference == entity.name) return static_cast<uint8_t>(entity.character);
  }
  if (!absl::ConsumePrefix(&reference, "#")) return std::nullopt;
  const bool hex = absl::ConsumePrefix(&reference, "x");
  uint32_t code = 0;
  if (reference.empty() || reference.size() > 9) return std::nullopt;
  for (const char c : reference) {
    const auto byte = static_cast<unsigned char>(c);
    if (!(hex ? absl::ascii_isxdigit(byte) : absl::ascii_isdigit(byte))) return std::nullopt;
    const uint32_t digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    code = code * (hex ? 16 : 10) + digit;
    if (code > 0x10FFFF) return std::nullopt;
  }
  return code;
}

}  // namespace firebreak::inspect
