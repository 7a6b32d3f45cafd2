// FieldWriter gives out one field after another, byte by byte where decoding needs it.
#ifndef FIREBREAK_INSPECT_PAYLOAD_FIELD_WRITER_H_
#define FIREBREAK_INSPECT_PAYLOAD_FIELD_WRITER_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "inspect/field.h"

namespace firebreak::inspect {

// A few bytes are gathered, so that the sink is not called for each; a long run is passed on as it
// is.
class FieldWriter {
 public:
  explicit FieldWriter(FieldSink& sink) : sink_(sink) {}

  // Begin ends the field before, if one is open.
  void Begin(Place place, absl::string_view name, bool is_name = false) {
    End();
    sink_.BeginField(place, name.substr(0, kMaxFieldName), is_name);
    open_ = true;
    size_ = 0;
  }
  void Put(char byte) {
    if (gathered_ == buffer_.size()) Flush();
    buffer_[gathered_++] = byte;
    ++size_;
  }
  void Write(absl::string_view run) {
    size_ += run.size();
    if (run.size() > buffer_.size() - gathered_) Flush();
    if (run.size() > kGathered) {
      Flush();
      sink_.FieldBytes(run);
    } else {
      std::copy(run.begin(), run.end(), buffer_.begin() + gathered_);
      gathered_ += run.size();
    }
  }
  void End() {
    if (!open_) return;
    Flush();
    sink_.EndField();
    open_ = false;
  }
  // Whole gives out a field that is at hand.
  void Whole(Place place, absl::string_view name, absl::string_view bytes, bool is_name = false) {
    Begin(place, name, is_name);
    Write(bytes);
    End();
  }

  bool open() const { return open_; }
  uint64_t size() const { return size_; }  // bytes of the field so far

 private:
  void Flush() {
    if (gathered_ > 0) sink_.FieldBytes({buffer_.data(), gathered_});
    gathered_ = 0;
  }

  FieldSink& sink_;
  static constexpr size_t kGathered = 16;  // longer runs go on by themselves

  std::array<char, 64> buffer_;
  size_t gathered_ = 0;
  uint64_t size_ = 0;
  bool open_ = false;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_FIELD_WRITER_H_
