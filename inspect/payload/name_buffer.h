// Names and paths of fields in bounded memory.
#ifndef FIREBREAK_INSPECT_PAYLOAD_NAME_BUFFER_H_
#define FIREBREAK_INSPECT_PAYLOAD_NAME_BUFFER_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "absl/strings/string_view.h"

#include "inspect/field.h"

namespace firebreak::inspect {

// NameHash: FNV-1a, fed piece by piece; the pieces do not show. It tells names from each other
// where a mistake costs nothing but a wrong remark about the very message that provoked it.
class NameHash {
 public:
  void Add(char byte) { value_ = (value_ ^ static_cast<uint8_t>(byte)) * 1099511628211U; }
  void Add(absl::string_view text) {
    for (const char c : text) Add(c);
  }
  uint32_t value() const { return static_cast<uint32_t>(value_ ^ (value_ >> 32)); }

 private:
  uint64_t value_ = 14695981039346656037U;
};

// NameBuffer keeps the first kMaxFieldName bytes of a name or path. Its size, which says where to
// cut it again, is never above that.
class NameBuffer {
 public:
  void Append(absl::string_view text) {
    const size_t taken = std::min(text.size(), text_.size() - size_);
    if (taken > 0) memcpy(text_.data() + size_, text.data(), taken);
    size_ += static_cast<uint16_t>(taken);
  }
  void Append(char byte) { Append(absl::string_view(&byte, 1)); }
  void CutTo(uint16_t size) { size_ = std::min(size, size_); }
  uint16_t size() const { return size_; }
  absl::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, kMaxFieldName> text_;
  uint16_t size_ = 0;
};

// NameSet remembers which names it has seen, up to kCapacity; whatever comes later is new to it.
class NameSet {
 public:
  static constexpr size_t kCapacity = 96;

  // Insert tells whether the name is there for the first time.
  bool Insert(uint32_t hash) {
    const uint32_t mark = hash == 0 ? 1 : hash;  // 0 is an empty slot
    size_t slot = mark % slots_.size();
    while (slots_[slot] != 0) {
      if (slots_[slot] == mark) return false;
      slot = (slot + 1) % slots_.size();
    }
    if (size_ < kCapacity) {
      slots_[slot] = mark;
      ++size_;
    }
    return true;
  }

 private:
  std::array<uint32_t, 128> slots_{};
  size_t size_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_NAME_BUFFER_H_
