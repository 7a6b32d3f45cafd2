// BytesExtractor gives a body out as it is, in one field.
#ifndef FIREBREAK_INSPECT_PAYLOAD_BYTES_EXTRACTOR_H_
#define FIREBREAK_INSPECT_PAYLOAD_BYTES_EXTRACTOR_H_

#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/payload/field_writer.h"

namespace firebreak::inspect {

class BytesExtractor {
 public:
  explicit BytesExtractor(FieldSink& sink) : writer_(sink) {}

  void Feed(absl::string_view piece) {
    if (!writer_.open()) writer_.Begin(Place::kBytes, "");
    writer_.Write(piece);
  }
  void End() { writer_.End(); }

 private:
  FieldWriter writer_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_BYTES_EXTRACTOR_H_
