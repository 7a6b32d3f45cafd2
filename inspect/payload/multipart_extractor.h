// MultipartExtractor takes multipart/form-data (RFC 7578) and its relatives (RFC 2046) apart.
#ifndef FIREBREAK_INSPECT_PAYLOAD_MULTIPART_EXTRACTOR_H_
#define FIREBREAK_INSPECT_PAYLOAD_MULTIPART_EXTRACTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/payload/field_writer.h"
#include "inspect/payload/name_buffer.h"
#include "inspect/payload/structure.h"

namespace firebreak::inspect {

// Fields of a part: its name with `is_name`; "NAME.filename" if it has one; its other headers as
// "NAME.content-type" (those that come before the name as ".content-type"); its content as NAME.
// Servers differ in how they read what RFC 7578 does not allow, and attackers hide in between: the
// laxest reading is taken, and the oddity reported. What stands before the first delimiter and
// behind the last, where nobody should look, is a kBytes field each.
class MultipartExtractor {
 public:
  // `boundary`: as ParseContentType gives it; empty if there is none, when all is one kBytes field.
  MultipartExtractor(absl::string_view boundary, const StructureLimits& limits, FieldSink& sink,
                     StructureReport& report);

  void Feed(absl::string_view piece);
  void End();

 private:
  enum class State : uint8_t {
    kContent,    // the preamble, too
    kDelimiter,  // behind a delimiter: "--", or white space and the end of the line
    kHeader,
    kLongHeader,  // a header line that line_ cannot hold
    kEpilogue,
  };
  // A header line up to this size is read; a longer one is handed on unread.
  static constexpr size_t kLineBytes = 512;

  void Content(absl::string_view& text);
  void ContentByte(char c);
  void GiveBack();
  void Delimiter(char c);
  void BeginPart();
  void Header(char c);
  void HeaderLine(absl::string_view line);
  void ReadDisposition(absl::string_view value);
  void BeginContent();
  void PutContent(char c);

  const StructureLimits& limits_;
  FieldWriter writer_;
  StructureReport& report_;
  const std::string delimiter_;  // "\n--" and the boundary
  State state_ = State::kContent;
  size_t matched_ = 1;        // bytes of delimiter_; the start of the body is like a line's
  bool return_held_ = false;  // a "\r" before what is matched
  bool virtual_line_ = true;  // what is matched began at the start of the body, not at a "\n"
  bool in_part_ = false;      // false: before the first delimiter
  uint8_t dashes_ = 0;        // behind the delimiter
  uint64_t padding_ = 0;      // white space behind the delimiter
  bool delimiter_return_ = false;
  std::array<char, kLineBytes> line_;
  size_t line_size_ = 0;
  uint64_t header_bytes_ = 0;
  bool named_ = false;  // the part's Content-Disposition was read
  NameBuffer name_;
  NameSet seen_;
  uint64_t parts_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_MULTIPART_EXTRACTOR_H_
