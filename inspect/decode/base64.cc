#include "inspect/decode/base64.h"

#include <array>
#include <cstdint>

namespace firebreak::inspect {
namespace {

constexpr uint8_t kNone = 0xFF;

constexpr std::array<uint8_t, 256> MakeValues() {
  std::array<uint8_t, 256> values{};
  values.fill(kNone);
  for (uint8_t i = 0; i < 26; ++i) {
    values[static_cast<size_t>('A' + i)] = i;
    values[static_cast<size_t>('a' + i)] = static_cast<uint8_t>(26 + i);
  }
  for (uint8_t i = 0; i < 10; ++i) values['0' + i] = static_cast<uint8_t>(52 + i);
  values['+'] = values['-'] = 62;
  values['/'] = values['_'] = 63;
  return values;
}
constexpr std::array<uint8_t, 256> kValues = MakeValues();

uint8_t ValueOf(char c) { return kValues[static_cast<uint8_t>(c)]; }

bool Printable(uint8_t byte) {
  return (byte >= 0x20 && byte < 0x7F) || byte == '\t' || byte == '\n' || byte == '\r';
}

// AppendDecoded appends what a run stands for; false, and out as it was, when it is no text. One
// byte in kBytesPerOddOne may be odd, for text in other languages.
bool AppendDecoded(absl::string_view run, std::string& out) {
  constexpr size_t kBytesPerOddOne = 16;
  const size_t before = out.size();
  uint32_t bits = 0;
  unsigned held = 0;
  size_t odd = 0;
  for (const char c : run) {
    bits = bits << 6 | ValueOf(c);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    const auto byte = static_cast<uint8_t>(bits >> held);
    if (!Printable(byte) && ++odd > (out.size() - before) / kBytesPerOddOne) {
      out.resize(before);
      return false;
    }
    out.push_back(static_cast<char>(byte));
  }
  return true;
}

// ReadScattered reads the text as decoders do that pass over what is no base64: all of it is one
// run.
bool ReadScattered(absl::string_view text, std::string& out) {
  constexpr size_t kPeek = 8;  // text nearly never begins like base64 of text
  std::array<char, kPeek> start;
  size_t size = 0;
  for (size_t i = 0; i < text.size() && size < kPeek; ++i) {
    if (ValueOf(text[i]) != kNone) start[size++] = text[i];
  }
  if (size < kPeek || !AppendDecoded({start.data(), size}, out)) return false;
  out.clear();
  std::string run;
  for (const char c : text) {
    if (ValueOf(c) != kNone) run.push_back(c);
  }
  return run.size() >= kMinBase64 && AppendDecoded(run, out);
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// AppendHexadecimal appends what the digits from `begin` on stand for, one byte a character or, as
// databases have it, two, and returns where they end; what is no text is not appended.
size_t AppendHexadecimal(absl::string_view text, size_t begin, std::string& out) {
  const size_t before = out.size();
  size_t i = begin;
  bool is_text = true;
  for (; i + 1 < text.size() && HexValue(text[i]) >= 0 && HexValue(text[i + 1]) >= 0; i += 2) {
    const auto byte = static_cast<uint8_t>(HexValue(text[i]) * 16 + HexValue(text[i + 1]));
    is_text = is_text && (byte == 0 || Printable(byte));
    if (byte != 0 && is_text) out.push_back(static_cast<char>(byte));
  }
  if (!is_text || i - begin < kMinBase64) out.resize(before);
  if (out.size() > before) out.push_back('\n');
  return i;
}

// 0x73656c656374: how SQL spells a string without quotes.
void ReadHexadecimal(absl::string_view text, std::string& out) {
  for (size_t at = text.find("0x"); at != absl::string_view::npos;) {
    at = text.find("0x", AppendHexadecimal(text, at + 2, out));
  }
}

}  // namespace

bool ReadHiddenText(absl::string_view text, std::string& out) {
  out.clear();
  for (size_t i = 0; i + kMinBase64 <= text.size();) {
    // A run that is long enough has no other byte up to there; looking for one from behind passes
    // over most of the bytes between.
    size_t plain = i + kMinBase64;
    while (plain > i && ValueOf(text[plain - 1]) != kNone) --plain;
    if (plain > i) {
      i = plain;
      continue;
    }
    const size_t begin = i;
    i += kMinBase64;
    while (i < text.size() && ValueOf(text[i]) != kNone) ++i;
    if (AppendDecoded(text.substr(begin, i - begin), out)) out.push_back('\n');
  }
  ReadHexadecimal(text, out);
  return !out.empty() || ReadScattered(text, out);
}

}  // namespace firebreak::inspect
