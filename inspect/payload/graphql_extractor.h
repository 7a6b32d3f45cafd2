// GraphqlExtractor takes a GraphQL document (GraphQL specification, October 2021, section 2) apart.
#ifndef FIREBREAK_INSPECT_PAYLOAD_GRAPHQL_EXTRACTOR_H_
#define FIREBREAK_INSPECT_PAYLOAD_GRAPHQL_EXTRACTOR_H_

#include <cstdint>

#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/payload/field_writer.h"
#include "inspect/payload/json_escape.h"
#include "inspect/payload/name_buffer.h"
#include "inspect/payload/structure.h"

namespace firebreak::inspect {

// What a client may choose freely in a document are its strings, numbers and comments: these are
// the fields, named after the last name before them (`user(id: "7")` is "id"; a comment is "#").
// Names and punctuation can hold nothing but letters, digits and "_"; they are counted, against
// queries that nest or repeat themselves without end. What does not begin as a document that is
// executed is one field without name, and so is the rest from the first character that is not
// GraphQL on.
class GraphqlExtractor {
 public:
  GraphqlExtractor(const StructureLimits& limits, FieldSink& sink, StructureReport& report)
      : limits_(limits), writer_(sink), report_(report) {}

  void Feed(absl::string_view piece);
  void End();

 private:
  enum class State : uint8_t {
    kBetween,
    kName,
    kNumber,
    kComment,
    kQuote,      // behind one quote that may be the first of three
    kTwoQuotes,  // behind two
    kString,
    kBlock,
    kBroken,
  };

  // Takes one byte; false when it is to be looked at again in the state it led to.
  bool Take(char c);
  bool Between(char c);
  // The rest is one field, with what was taken for something else before it.
  void Break(absl::string_view given_back);
  bool InString(char c);
  void InBlock(char c);
  void BeginValue(State state);
  void EndValue();

  const StructureLimits& limits_;
  FieldWriter writer_;
  StructureReport& report_;
  State state_ = State::kBetween;
  NameBuffer name_;
  JsonEscape escape_;
  uint8_t quotes_ = 0;          // in a block: how many stand at the end so far
  uint8_t literal_quotes_ = 0;  // in a block: how many more `\"""` makes ordinary
  bool backslash_ = false;
  bool begun_ = false;     // "{" or a word that begins a document was there
  bool variable_ = false;  // behind "$"
  uint64_t depth_ = 0;
  uint64_t names_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_GRAPHQL_EXTRACTOR_H_
