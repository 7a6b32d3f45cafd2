// FormExtractor takes "a=1&b=2" apart, in a query string or a body
// (application/x-www-form-urlencoded).
#ifndef FIREBREAK_INSPECT_PAYLOAD_FORM_EXTRACTOR_H_
#define FIREBREAK_INSPECT_PAYLOAD_FORM_EXTRACTOR_H_

#include <cstdint>

#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/payload/field_writer.h"
#include "inspect/payload/name_buffer.h"
#include "inspect/payload/percent_decoder.h"
#include "inspect/payload/structure.h"

namespace firebreak::inspect {

// Each parameter is two fields, its name and its value, percent and plus undone once. One without
// "=" has an empty value. Empty ones ("a=1&&b=2") are nothing.
class FormExtractor {
 public:
  FormExtractor(Place place, const StructureLimits& limits, FieldSink& sink,
                StructureReport& report)
      : place_(place), limits_(limits), writer_(sink), report_(report) {}

  void Feed(absl::string_view piece);
  void End();

  // TellAgain reports what was told of a form (StructureReport::told) that is not taken apart
  // again.
  static void TellAgain(uint64_t told, const StructureLimits& limits, StructureReport& report);

 private:
  enum class State : uint8_t { kBetween, kName, kValue };

  void BeginName();
  void EndName();
  void EndValue();
  void Put(char byte);
  void PutRun(absl::string_view run);

  const Place place_;
  const StructureLimits& limits_;
  FieldWriter writer_;
  StructureReport& report_;
  State state_ = State::kBetween;
  PercentDecoder decoder_;
  NameBuffer name_;
  NameHash hash_;
  NameSet seen_;
  uint64_t count_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_FORM_EXTRACTOR_H_
