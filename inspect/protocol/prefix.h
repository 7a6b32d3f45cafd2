// Prefix is what a matcher sees: the first bytes of one direction of a stream, or of a datagram.
#ifndef FIREBREAK_INSPECT_PROTOCOL_PREFIX_H_
#define FIREBREAK_INSPECT_PROTOCOL_PREFIX_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// No matcher looks further into a direction.
inline constexpr size_t kProtocolWindow = 256;

// Fit is what a matcher says of a prefix. Every answer but kNeedMore is final: it holds for every
// longer prefix too. That is what makes the answer the same however the bytes are cut.
enum class Fit : uint8_t {
  kNo,
  kNeedMore,
  kFits,  // written as the protocol is, but so might others be
  kYes,   // nothing else is written like this
};

// Reads beyond the end give 0 and nothing, never other memory; Has says whether they meant it.
class Prefix {
 public:
  explicit Prefix(absl::string_view bytes)
      : bytes_(bytes.substr(0, kProtocolWindow)), total_(bytes.size()) {}
  // The beginning of a datagram of total bytes.
  Prefix(absl::string_view bytes, size_t total)
      : bytes_(bytes.substr(0, kProtocolWindow)), total_(total) {}

  absl::string_view bytes() const { return bytes_; }
  size_t size() const { return bytes_.size(); }
  size_t total() const { return total_; }
  bool Has(size_t n) const { return bytes_.size() >= n; }
  bool full() const { return bytes_.size() >= kProtocolWindow; }

  uint8_t At(size_t i) const { return i < bytes_.size() ? static_cast<uint8_t>(bytes_[i]) : 0; }
  uint16_t Be16(size_t i) const { return static_cast<uint16_t>(At(i) << 8 | At(i + 1)); }
  uint16_t Le16(size_t i) const { return static_cast<uint16_t>(At(i + 1) << 8 | At(i)); }
  uint32_t Be24(size_t i) const { return static_cast<uint32_t>(At(i)) << 16 | Be16(i + 1); }
  uint32_t Le24(size_t i) const { return static_cast<uint32_t>(At(i + 2)) << 16 | Le16(i); }
  uint32_t Be32(size_t i) const { return static_cast<uint32_t>(Be16(i)) << 16 | Be16(i + 2); }
  uint32_t Le32(size_t i) const { return static_cast<uint32_t>(Le16(i + 2)) << 16 | Le16(i); }
  absl::string_view From(size_t at, size_t n = absl::string_view::npos) const {
    return at < bytes_.size() ? bytes_.substr(at, n) : absl::string_view();
  }
  bool AllZero(size_t at, size_t n) const {
    for (size_t i = at; i < at + n; ++i) {
      if (At(i) != 0) return false;
    }
    return true;
  }

  // Begins compares what is there, so that the first wrong byte is enough for a no.
  Fit Begins(absl::string_view literal, size_t at = 0) const {
    const absl::string_view there = From(at, literal.size());
    if (there != literal.substr(0, there.size())) return Fit::kNo;
    return there.size() == literal.size() ? Fit::kYes : Fit::kNeedMore;
  }
  Fit BeginsAny(std::initializer_list<absl::string_view> literals) const {
    Fit best = Fit::kNo;
    for (const absl::string_view literal : literals) best = std::max(best, Begins(literal));
    return best;
  }

 private:
  absl::string_view bytes_;
  size_t total_;
};

// Line is a line of text, without its CR LF.
struct Line {
  Fit fit = Fit::kNo;  // kYes: complete, or as long as the window; kNo: not text
  absl::string_view text;
  size_t next = 0;  // where the line behind it starts
};
Line LineAt(const Prefix& prefix, size_t at = 0);

// TakeWord takes the first word off text.
absl::string_view TakeWord(absl::string_view* text);
bool IsPrintable(absl::string_view text);
bool IsNumber(absl::string_view text);

// BerItem is the head of an ASN.1 BER value of a definite length.
struct BerItem {
  Fit fit = Fit::kNo;
  uint8_t tag = 0;
  size_t value = 0;  // where the value starts
  size_t length = 0;
  size_t end() const { return value + length; }
};
BerItem BerAt(const Prefix& prefix, size_t at);
// The same for a value whose tag is known; no when it is another one, or longer than most.
BerItem BerAt(const Prefix& prefix, size_t at, uint8_t tag, size_t most);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PROTOCOL_PREFIX_H_
