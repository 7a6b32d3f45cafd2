#include "inspect/decode/best_fit.h"

#include <algorithm>
#include <array>

namespace firebreak::inspect {
namespace {

struct Fold {
  uint32_t code;
  char ascii;
};

// Sorted by code.
constexpr std::array<Fold, 50> kFolds = {{
    {0x00A0, ' '},        {0x00AB, '<'},        {0x00AD, kInvisible}, {0x00B4, '\''},
    {0x00BB, '>'},        {0x0130, 'i'},        {0x0131, 'i'},        {0x017F, 's'},
    {0x02B9, '\''},       {0x02BC, '\''},       {0x037E, ';'},        {0x2000, ' '},
    {0x2001, ' '},        {0x2002, ' '},        {0x2003, ' '},        {0x2009, ' '},
    {0x200B, kInvisible}, {0x200C, kInvisible}, {0x200D, kInvisible}, {0x2018, '\''},
    {0x2019, '\''},       {0x201A, '\''},       {0x201B, '\''},       {0x201C, '"'},
    {0x201D, '"'},        {0x201E, '"'},        {0x2024, '.'},        {0x2028, '\n'},
    {0x2029, '\n'},       {0x2032, '\''},       {0x2033, '"'},        {0x2035, '`'},
    {0x2039, '<'},        {0x203A, '>'},        {0x2044, '/'},        {0x2060, kInvisible},
    {0x212A, 'k'},        {0x2215, '/'},        {0x2216, '\\'},       {0x2329, '<'},
    {0x232A, '>'},        {0x29F5, '\\'},       {0x29F8, '/'},        {0x3000, ' '},
    {0x3002, '.'},        {0x3008, '<'},        {0x3009, '>'},        {0xFE64, '<'},
    {0xFE65, '>'},        {0xFEFF, kInvisible},
}};
static_assert(std::is_sorted(kFolds.begin(), kFolds.end(),
                             [](const Fold& a, const Fold& b) { return a.code < b.code; }));

// Full-width forms mirror ASCII from "!" to "~" (Unicode block FF00).
constexpr uint32_t kFullWidthFirst = 0xFF01;
constexpr uint32_t kFullWidthLast = 0xFF5E;
constexpr uint32_t kFullWidthOffset = 0xFEE0;

}  // namespace

std::optional<char> FoldToAscii(uint32_t code) {
  if (code < kFolds.front().code) return std::nullopt;
  if (code >= kFullWidthFirst && code <= kFullWidthLast) {
    return static_cast<char>(code - kFullWidthOffset);
  }
  const auto* const found =
      std::lower_bound(kFolds.begin(), kFolds.end(), code,
                       [](const Fold& fold, uint32_t wanted) { return fold.code < wanted; });
  if (found == kFolds.end() || found->code != code) return std::nullopt;
  return found->ascii;
}

}  // namespace firebreak::inspect
