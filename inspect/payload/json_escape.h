// JsonEscape undoes the backslashes in a JSON string, however it is cut.
#ifndef FIREBREAK_INSPECT_PAYLOAD_JSON_ESCAPE_H_
#define FIREBREAK_INSPECT_PAYLOAD_JSON_ESCAPE_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// PutUtf8 calls out with each byte of a code point up to U+10FFFF.
template <typename Out>  // void(char)
void PutUtf8(uint32_t code, Out&& out) {
  if (code < 0x80) {
    out(static_cast<char>(code));
    return;
  }
  if (code < 0x800) {
    out(static_cast<char>(0xC0 | (code >> 6)));
  } else {
    if (code < 0x10000) {
      out(static_cast<char>(0xE0 | (code >> 12)));
    } else {
      out(static_cast<char>(0xF0 | (code >> 18)));
      out(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
    }
    out(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
  }
  out(static_cast<char>(0x80 | (code & 0x3F)));
}

inline constexpr uint32_t kReplacementCharacter = 0xFFFD;

class JsonEscape {
 public:
  // active: a backslash has begun something, and the next byte belongs to Put.
  bool active() const { return state_ != State::kIdle; }
  // takes: whether Put will take this byte.
  bool takes(char byte) const {
    return state_ == State::kLetter || absl::ascii_isxdigit(static_cast<unsigned char>(byte));
  }
  void Begin() { state_ = State::kLetter; }

  // Put takes one byte of an escape. False: it is none. A byte that is no hex digit where one is
  // due is not taken, and ends the escape; any other is given out. Half of a surrogate pair without
  // the other becomes U+FFFD, as soon as that is known.
  template <typename Out>
  bool Put(char byte, Out&& out) {
    if (state_ == State::kLetter) return Letter(byte, out);
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(byte))) {
      state_ = State::kIdle;
      return false;
    }
    code_ = code_ * 16 + (byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10);
    if (++digits_ < 4) return true;
    state_ = State::kIdle;
    CodeUnit(out);
    return true;
  }
  // Settle is called before anything that is no escape: a first half that waits is alone.
  template <typename Out>
  void Settle(Out&& out) {
    if (high_ != 0) PutUtf8(kReplacementCharacter, out);
    high_ = 0;
  }

 private:
  enum class State : uint8_t { kIdle, kLetter, kDigits };

  template <typename Out>
  bool Letter(char byte, Out&& out) {
    if (byte == 'u') {
      state_ = State::kDigits;
      digits_ = 0;
      code_ = 0;
      return true;
    }
    state_ = State::kIdle;
    Settle(out);
    constexpr absl::string_view kLetters = "\"\\/bfnrt";
    constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const size_t at = kLetters.find(byte);
    out(at == absl::string_view::npos ? byte : kMeanings[at]);
    return at != absl::string_view::npos;
  }

  template <typename Out>
  void CodeUnit(Out&& out) {
    if (code_ >= 0xDC00 && code_ < 0xE000 && high_ != 0) {
      PutUtf8(0x10000 + ((high_ - 0xD800) << 10) + (code_ - 0xDC00), out);
      high_ = 0;
      return;
    }
    Settle(out);
    if (code_ >= 0xD800 && code_ < 0xDC00) {
      high_ = code_;
    } else {
      PutUtf8(code_ >= 0xDC00 && code_ < 0xE000 ? kReplacementCharacter : code_, out);
    }
  }

  State state_ = State::kIdle;
  uint8_t digits_ = 0;
  uint32_t code_ = 0;
  uint32_t high_ = 0;  // the first half of a surrogate pair, waiting for the second
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_JSON_ESCAPE_H_
