// JsonExtractor takes a JSON text (RFC 8259) apart as it comes.
#ifndef FIREBREAK_INSPECT_PAYLOAD_JSON_EXTRACTOR_H_
#define FIREBREAK_INSPECT_PAYLOAD_JSON_EXTRACTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/payload/field_writer.h"
#include "inspect/payload/graphql_extractor.h"
#include "inspect/payload/json_escape.h"
#include "inspect/payload/name_buffer.h"
#include "inspect/payload/structure.h"

namespace firebreak::inspect {

// Keys are fields with `is_name` under the path of their object, values fields under their own:
// "$.items[].price". Strings come decoded; numbers, true, false and null as written. What is no
// JSON any more, and what is nested deeper than kMaxDepth, is handed on as one kBytes field: the
// error ends the taking apart, never the inspection.
//
//   kValue --{--> kKeyOrEnd --"--> (string) --> kColon --> kValue --> (string | literal) --> kAfter
//          --[--> kValueOrEnd                                                 kAfter --,--> kKey |
//          kValue
class JsonExtractor {
 public:
  // `lines`: several JSON texts one behind the other are in order. `graphql`: the string at
  // "$.query", or "$[].query" of a batch, is a GraphQL document.
  struct Options {
    bool lines = false;
    bool graphql = false;
  };

  JsonExtractor(Options options, const StructureLimits& limits, FieldSink& sink,
                StructureReport& report)
      : options_(options), limits_(limits), sink_(sink), writer_(sink), report_(report) {
    path_.Append('$');
  }

  void Feed(absl::string_view piece);
  void End();

 private:
  enum class State : uint8_t {
    kValue,
    kValueOrEnd,  // behind "["
    kKey,
    kKeyOrEnd,  // behind "{"
    kColon,
    kAfter,  // behind a value
    kKeyText,
    kStringText,
    kLiteral,
    kDone,
    kBroken,
  };
  struct Level {
    uint16_t path_size;  // of the path of the container itself
    uint8_t first_key;   // where its keys begin in keys_
    bool list;
  };
  static constexpr size_t kRememberedKeys = 96;

  // Each takes what it can from the front of the text; none takes nothing in a state it stays in.
  void Step(absl::string_view& text);
  void StepStructure(absl::string_view& text);
  void StepText(absl::string_view& text);
  void StepLiteral(absl::string_view& text);

  // False: the character does not belong here.
  bool Structure(char c);
  bool BeginValue(char c);
  bool Open(bool list);
  bool Close(bool list);
  void BeginKey();
  void EndKey();
  void BeginString();
  void EndString();
  void EndLiteral();
  void EndValue();
  void PutText(char byte);
  void WriteText(absl::string_view run);
  void Break();
  bool IsGraphqlQuery() const;

  const Options options_;
  const StructureLimits& limits_;
  FieldSink& sink_;
  FieldWriter writer_;
  StructureReport& report_;
  State state_ = State::kValue;
  JsonEscape escape_;
  NameBuffer path_;
  NameHash key_hash_;
  std::array<char, 24> literal_;
  uint64_t literal_size_ = 0;
  std::array<Level, kMaxDepth> levels_;
  uint8_t depth_ = 0;
  std::array<uint32_t, kRememberedKeys> keys_;  // of all open objects, outermost first
  uint8_t key_count_ = 0;
  uint64_t total_keys_ = 0;
  uint64_t total_values_ = 0;
  std::optional<GraphqlExtractor> query_;  // while the string is a GraphQL document
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_JSON_EXTRACTOR_H_
