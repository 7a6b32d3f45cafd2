// Utf8Reader follows text from 0x80 on byte by byte, as it comes out of escapes.
#ifndef FIREBREAK_HTTP_UTF8_H_
#define FIREBREAK_HTTP_UTF8_H_

#include <cstdint>

namespace firebreak::http {

// Well-formed is what RFC 3629 section 4 allows: no overlong form, no surrogate, nothing above
// U+10FFFF; the C1 controls (U+0080 to U+009F) are refused as well.
class Utf8Reader {
 public:
  // Take is false when byte cannot stand here.
  bool Take(uint8_t byte) {
    if (missing_ == 0) return Begin(byte);
    if (byte < low_ || byte > high_) return false;
    low_ = 0x80;
    high_ = 0xbf;
    --missing_;
    return true;
  }

  // complete is whether ASCII, or the end, may follow.
  bool complete() const { return missing_ == 0; }

 private:
  bool Begin(uint8_t byte) {
    if (byte < 0xc2 || byte > 0xf4) return false;
    missing_ = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    low_ = byte == 0xc2 || byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    high_ = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    return true;
  }

  uint8_t missing_ = 0;  // bytes that are to follow
  uint8_t low_ = 0x80;   // bounds of the next one
  uint8_t high_ = 0xbf;
};

}  // namespace firebreak::http

#endif  // FIREBREAK_HTTP_UTF8_H_
