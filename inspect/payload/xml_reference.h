// XmlReference undoes "&lt;" and "&#x3C;" (XML 1.0 section 4.1), however they are cut.
#ifndef FIREBREAK_INSPECT_PAYLOAD_XML_REFERENCE_H_
#define FIREBREAK_INSPECT_PAYLOAD_XML_REFERENCE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

#include "inspect/payload/json_escape.h"

namespace firebreak::inspect {

// CodePointOf reads what stands between "&" and ";": one of the five entities that XML defines, or
// a character reference; nullopt for anything else.
std::optional<uint32_t> CodePointOf(absl::string_view reference);

class XmlReference {
 public:
  bool active() const { return size_ > 0; }
  void Begin() {
    text_[0] = '&';
    size_ = 1;
  }
  // Put takes one byte behind "&" and calls out once it is known what that was. False: what stands
  // there is an entity of its own, or no reference; it was given out as it stands.
  template <typename Out>  // void(char)
  bool Put(char byte, Out&& out) {
    if (byte == '0' && IsZero()) return true;  // any number of them may lead
    text_[size_++] = byte;
    if (byte != ';' && size_ < text_.size()) return true;
    const absl::string_view text(text_.data(), size_);
    size_ = 0;
    const auto code = byte == ';' ? CodePointOf(text.substr(1, text.size() - 2)) : std::nullopt;
    if (code.has_value()) {
      PutUtf8(*code, out);
      return true;
    }
    for (const char c : text) out(c);
    return false;
  }
  // Finish gives out what was held back; nothing follows.
  template <typename Out>
  void Finish(Out&& out) {
    for (size_t i = 0; i < size_; ++i) out(text_[i]);
    size_ = 0;
  }
  // ends: whether this byte is none of a reference, and so must not be given to Put.
  static bool Ends(char byte) { return byte == '<' || byte == '&' || byte == '"' || byte == '\''; }

 private:
  bool IsZero() const {
    const absl::string_view text(text_.data(), size_);
    return text == "&#0" || text == "&#x0";
  }

  std::array<char, 16> text_;
  size_t size_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_XML_REFERENCE_H_
