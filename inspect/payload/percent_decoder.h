// PercentDecoder undoes "%2F" (RFC 3986 section 2.1), however the text is cut.
#ifndef FIREBREAK_INSPECT_PAYLOAD_PERCENT_DECODER_H_
#define FIREBREAK_INSPECT_PAYLOAD_PERCENT_DECODER_H_

#include <cstdint>

#include "absl/strings/ascii.h"

namespace firebreak::inspect {

// What is no escape ("%zz", "100%") is given out as it stands, and noticed. Put and Finish call
// `out` with each decoded byte.
class PercentDecoder {
 public:
  template <typename Out>  // void(char)
  void Put(char byte, Out&& out) {
    if (held_ == 0) {
      if (byte == '%') {
        held_ = 1;
      } else {
        out(byte);
      }
      return;
    }
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(byte))) {
      Finish(out);
      Put(byte, out);  // not held any more: goes one deep
      return;
    }
    if (held_ == 1) {
      first_ = byte;
      held_ = 2;
      return;
    }
    held_ = 0;
    out(static_cast<char>(Digit(first_) * 16 + Digit(byte)));
  }
  // Finish gives out what was held back, since nothing follows.
  template <typename Out>
  void Finish(Out&& out) {
    if (held_ == 0) return;
    const bool with_digit = held_ == 2;
    held_ = 0;
    bad_escape_ = true;
    out('%');
    if (with_digit) out(first_);
  }
  bool idle() const { return held_ == 0; }
  bool bad_escape() const { return bad_escape_; }

 private:
  static uint8_t Digit(char c) {
    if (c <= '9') return static_cast<uint8_t>(c - '0');
    return static_cast<uint8_t>((c | 0x20) - 'a' + 10);
  }

  uint8_t held_ = 0;  // bytes of an escape that has begun
  char first_ = 0;
  bool bad_escape_ = false;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_PERCENT_DECODER_H_
