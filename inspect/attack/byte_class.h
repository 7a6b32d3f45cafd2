// Byte classes: the cheap look at a text that says which attacks it has the bytes for.
#ifndef FIREBREAK_INSPECT_ATTACK_BYTE_CLASS_H_
#define FIREBREAK_INSPECT_ATTACK_BYTE_CLASS_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// Bits of what ClassesOf returns.
enum ByteClass : uint32_t {
  kAlphaClass = 1U << 0,
  kDigitClass = 1U << 1,
  kSpaceClass = 1U << 2,    // SP and HT
  kLineEndClass = 1U << 3,  // CR and LF
  kSingleQuoteClass = 1U << 4,
  kDoubleQuoteClass = 1U << 5,
  kBacktickClass = 1U << 6,
  kLessClass = 1U << 7,
  kOpenClass = 1U << 8,   // (
  kCloseClass = 1U << 9,  // )
  kSemicolonClass = 1U << 10,
  kPipeClass = 1U << 11,
  kAmpersandClass = 1U << 12,
  kPercentClass = 1U << 13,
  kBackslashClass = 1U << 14,
  kSlashClass = 1U << 15,
  kDotClass = 1U << 16,
  kDollarClass = 1U << 17,
  kBraceClass = 1U << 18,  // {
  kColonClass = 1U << 19,
  kEqualsClass = 1U << 20,  // =
  kHashClass = 1U << 21,
  kStarClass = 1U << 22,
  kBracketClass = 1U << 23,  // [
  kDashClass = 1U << 24,
  kWideClass = 1U << 25,     // from 0x80 on
  kControlClass = 1U << 26,  // C0 and DEL, but for SP, HT, CR and LF
  kUnderscoreClass = 1U << 27,
  kPlusClass = 1U << 28,
  kGreaterClass = 1U << 29,
  kWildClass = 1U << 30,   // ? and ^
  kOtherClass = 1U << 31,  // the rest of ASCII: ! , @ ] } ~
};

// Of one byte, for the table.
constexpr uint32_t MakeByteClass(unsigned byte) {
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
      {'>', kGreaterClass},   {'?', kWildClass},         {'^', kWildClass},
  };
  for (const auto& sign : kSigns) {
    if (static_cast<unsigned char>(sign.byte) == byte) return sign.of;
  }
  return byte < 0x20 || byte == 0x7F ? kControlClass : kOtherClass;
}

constexpr std::array<uint32_t, 256> MakeByteClasses() {
  std::array<uint32_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) table[byte] = MakeByteClass(byte);
  return table;
}

// ByteClasses: the class of each byte.
inline constexpr std::array<uint32_t, 256> kByteClasses = MakeByteClasses();

constexpr uint32_t ByteClassOf(char c) { return kByteClasses[static_cast<uint8_t>(c)]; }

// ClassesOf returns the classes of all bytes of text, one table look-up a byte.
uint32_t ClassesOf(absl::string_view text);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_BYTE_CLASS_H_
