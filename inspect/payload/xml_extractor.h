// XmlExtractor takes an XML document (XML 1.0) apart as it comes. It expands no entity and fetches
// nothing.
#ifndef FIREBREAK_INSPECT_PAYLOAD_XML_EXTRACTOR_H_
#define FIREBREAK_INSPECT_PAYLOAD_XML_EXTRACTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/payload/field_writer.h"
#include "inspect/payload/name_buffer.h"
#include "inspect/payload/structure.h"
#include "inspect/payload/xml_reference.h"

namespace firebreak::inspect {

// Fields: names of elements and attributes with `is_name` under the path of their parent, text and
// CDATA under "/order/item", attributes under "/order/item/@id", comments under "#comment"
// unless they stand amid text, processing instructions under "?", the document type, its internal
// subset included, as "!DOCTYPE".
// Text that is white space only is nothing. A character reference and the five entities of XML are
// undone, all others left as they are and reported. What is no XML any more, and what is nested
// deeper than kMaxDepth, is handed on as one kBytes field.
class XmlExtractor {
 public:
  XmlExtractor(const StructureLimits& limits, FieldSink& sink, StructureReport& report)
      : limits_(limits), writer_(sink), report_(report) {}

  void Feed(absl::string_view piece);
  void End();

 private:
  enum class State : uint8_t {
    kText,
    kTagOpen,  // behind "<"
    kName,
    kInTag,
    kAttributeName,
    kBeforeEquals,
    kBeforeValue,
    kValue,
    kEmptyTag,  // behind "/" in a tag
    kEndTag,
    kBang,  // behind "<!", while it is open what follows
    kComment,
    kCdata,
    kDoctype,
    kInstruction,
    kBroken,
  };
  struct Level {
    uint32_t name;
    uint16_t path_size;  // of the parent
  };

  // True: the byte is taken. False: look again in the new state.
  bool Take(char c);
  bool InText(char c);
  bool TagOpen(char c);
  bool InName(char c);
  bool InTag(char c);
  bool AttributeName(char c);
  bool InValue(char c);
  bool InEndTag(char c);
  bool Bang(char c);
  void UntilMark(char c, absl::string_view mark);
  void InDoctype(char c);

  // `joint`: between the path of the parent and the name.
  void BeginName(State state, absl::string_view joint);
  void PutName(char c);
  void CloseElement();
  void BeginRaw(State state, absl::string_view name);
  void PutText(char c);
  // Both give up on XML, and return false.
  bool Refuse();
  bool Break();

  const StructureLimits& limits_;
  FieldWriter writer_;
  StructureReport& report_;
  State state_ = State::kText;
  NameBuffer path_;
  NameHash name_;
  uint16_t parent_path_ = 0;  // size of path_ without the name that was begun last
  std::array<Level, kMaxDepth> levels_;
  uint8_t depth_ = 0;
  XmlReference reference_;
  char quote_ = 0;
  uint64_t last_bytes_ = 0;  // the eight before, for the marks that end what is raw
  uint8_t held_ = 0;         // bytes of such a mark that were held back
  bool raw_shown_ = false;   // a comment or the like is a field, or part of one
  bool in_subset_ = false;   // between "[" and "]" of a document type
  bool in_comment_ = false;  // in a document type
  std::array<char, 8> bang_;
  uint8_t bang_size_ = 0;
  uint64_t nodes_ = 0;
  uint64_t attributes_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_XML_EXTRACTOR_H_
