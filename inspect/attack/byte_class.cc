#include "inspect/attack/byte_class.h"

#include <cstddef>

namespace firebreak::inspect {
namespace {

constexpr uint32_t ClassOf(unsigned byte) {
  if (byte >= 0x80) return kWideClass;
  if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z')) return kAlphaClass;
  if (byte >= '0' && byte <= '9') return kDigitClass;
  constexpr struct {
    char byte;
    ByteClass of;
  } kSigns[] = {
      {' ', kSpaceClass},     {'\t', kSpaceClass},       {'\r', kLineEndClass},
      {'\n', kLineEndClass},  {'\'', kSingleQuoteClass}, {'"', kDoubleQuoteClass},
      {'`', kBacktickClass},  {'<', kLessClass},         {'(', kOpenClass},
      {')', kCloseClass},     {';', kSemicolonClass},    {'|', kPipeClass},
      {'&', kAmpersandClass}, {'%', kPercentClass},      {'\\', kBackslashClass},
      {'/', kSlashClass},     {'.', kDotClass},          {'$', kDollarClass},
      {'{', kBraceClass},     {':', kColonClass},        {'=', kEqualsClass},
      {'#', kHashClass},      {'*', kStarClass},         {'[', kBracketClass},
      {'-', kDashClass},      {'_', kUnderscoreClass},   {'+', kPlusClass},
  };
  for (const auto& sign : kSigns) {
    if (static_cast<unsigned char>(sign.byte) == byte) return sign.of;
  }
  return byte < 0x20 || byte == 0x7F ? kControlClass : kOtherClass;
}

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) table[byte] = ClassOf(byte);
  return table;
}
}  // namespace

constexpr std::array<uint32_t, 256> kByteClasses = MakeTable();

uint32_t ClassesOf(absl::string_view text) {
  // Four sums that do not wait for each other.
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t c = 0;
  uint32_t d = 0;
  size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    a |= ByteClassOf(text[i]);
    b |= ByteClassOf(text[i + 1]);
    c |= ByteClassOf(text[i + 2]);
    d |= ByteClassOf(text[i + 3]);
  }
  for (; i < text.size(); ++i) a |= ByteClassOf(text[i]);
  return a | b | c | d;
}

}  // namespace firebreak::inspect
