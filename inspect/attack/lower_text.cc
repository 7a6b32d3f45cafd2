#include "inspect/attack/lower_text.h"

#include "inspect/attack/byte_class.h"

namespace firebreak::inspect {
namespace {

constexpr std::array<char, 256> MakeLower() {
  std::array<char, 256> lower{};
  for (unsigned byte = 0; byte < 256; ++byte) lower[byte] = LowerOf(static_cast<char>(byte));
  return lower;
}
constexpr std::array<char, 256> kLower = MakeLower();

}  // namespace

void LowerText::Set(absl::string_view text) {
  if (++mark_ == 0) {
    marks_.fill(0);
    mark_ = 1;
  }
  lower_.resize(text.size());
  const uint8_t mark = mark_;
  uint32_t classes = 0;
  uint8_t before = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = kLower[static_cast<uint8_t>(text[i])];
    lower_[i] = c;
    classes |= ByteClassOf(c);
    const auto high = static_cast<size_t>(before) << 5U;
    marks_[(high ^ static_cast<uint8_t>(c)) & (kPairs - 1)] =
        mark;  // the first has a pair too many, which costs nothing
    before = static_cast<uint8_t>(c);
  }
  classes_ = classes;
}

}  // namespace firebreak::inspect
