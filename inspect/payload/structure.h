// What is odd or oversized about how a message is built, and the limits that say so.
#ifndef FIREBREAK_INSPECT_PAYLOAD_STRUCTURE_H_
#define FIREBREAK_INSPECT_PAYLOAD_STRUCTURE_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// Oddity: one thing that a well-behaved client does not send. Those that end in a limit carry it.
enum class Oddity : uint8_t {
  // Query strings and forms.
  kParameterCount,      // more than max_parameters
  kParameterNameSize,   // a name above max_name_bytes
  kParameterValueSize,  // a value above max_value_bytes
  kDuplicateParameter,  // a name twice, but for "name[]"
  kBadEscape,           // "%" without two hex digits
  // JSON (RFC 8259).
  kJsonDepth,
  kJsonKeys,        // more than max_json_keys in the whole document
  kJsonElements,    // more than max_json_elements values in the whole document
  kJsonNameSize,    // a key above max_name_bytes
  kJsonStringSize,  // a string above max_value_bytes
  kDuplicateKey,    // one key twice in one object
  kJsonSyntax,
  kJsonNotFinite,  // NaN, Infinity
  kJsonTrailing,   // something behind the document
  kJsonTruncated,  // the body ended before the document
  kByteOrderMark,  // at the start of JSON, XML or a form
  // XML.
  kXmlDepth,
  kXmlNodes,       // more than max_xml_nodes elements
  kXmlAttributes,  // more than max_xml_attributes in one element
  kXmlDoctype,
  kXmlEntity,  // <!ENTITY, or a reference to an entity that XML itself does not define
  kXmlSyntax,
  kXmlTruncated,
  kTextEncoding,  // JSON or XML in UTF-16 or UTF-32: nothing is taken apart
  // Multipart (RFC 2046, RFC 7578).
  kPartCount,
  kPartHeaderSize,
  kMultipartBoundary,   // missing, empty, too long, given twice, or characters RFC 2046 does not
                        // allow
  kMultipartSyntax,     // a part without name, a header line without colon, bare line feeds
  kUnquotedName,        // name=x or filename=x without quotes, or a quote that never ends
  kExtendedName,        // name*= or filename*= (RFC 5987), which RFC 7578 forbids
  kDuplicatePartField,  // name or filename twice in one Content-Disposition, or that header twice
  kDuplicatePart,       // two parts of one name
  kPartEncoding,        // Content-Transfer-Encoding, which RFC 7578 deprecates
  kPartCoded,           // base64 or quoted-printable: handed on as it came
  kMultipartTruncated,  // no closing boundary
  // GraphQL.
  kGraphqlDepth,
  kGraphqlFields,  // more than max_graphql_fields names: aliases by the thousand
  kGraphqlSyntax,
  // gRPC and protobuf.
  kGrpcFrame,       // a flag byte above 1, or a message cut short
  kGrpcCompressed,  // a compressed message: handed on as bytes
  kProtobufWire,    // not a sequence of protobuf fields
  kProtobufDepth,
  kProtobufFields,  // more than max_protobuf_fields
  // Of the message as a whole.
  kContentType,  // the body is built as something else than its Content-Type says
  kCharset,      // in a character set that ASCII is no part of, or may be none: not looked into
  kBodySize,     // more than max_body_bytes
};
inline constexpr size_t kOddities = static_cast<size_t>(Oddity::kBodySize) + 1;

// As findings and metrics spell it: "json_depth".
absl::string_view OddityName(Oddity oddity);

// StructureLimits: what is still ordinary. Going over a limit is reported once a message, and
// inspection goes on; memory and time do not depend on these numbers, with one exception: kMaxDepth
// bounds how deep JSON, XML and protobuf are followed at all.
struct StructureLimits {
  uint64_t max_parameters = 255;
  uint64_t max_name_bytes = 256;
  uint64_t max_value_bytes = 65'536;
  uint64_t max_json_depth = 32;
  uint64_t max_json_keys = 10'000;
  uint64_t max_json_elements = 100'000;
  uint64_t max_xml_depth = 32;
  uint64_t max_xml_nodes = 10'000;
  uint64_t max_xml_attributes = 64;
  uint64_t max_parts = 128;
  uint64_t max_part_header_bytes = 1'024;
  uint64_t max_graphql_depth = 16;
  uint64_t max_graphql_fields = 500;
  uint64_t max_protobuf_depth = 16;
  uint64_t max_protobuf_fields = 100'000;
  uint64_t max_body_bytes = uint64_t{1} << 30;
};

// kMaxDepth: JSON, XML and protobuf nested deeper than this go on as one kBytes field.
inline constexpr size_t kMaxDepth = 64;

// StructureSink hears of oddities, each at most once a message, while the message is taken apart
// (between the pieces of a field, too). `limit` and `value` are 0 where the oddity has no measure;
// `value` is what was seen when the limit was passed, not the final count.
class StructureSink {
 public:
  virtual ~StructureSink() = default;
  virtual void OnOddity(Oddity oddity, uint64_t limit, uint64_t value) = 0;
};

// StructureReport forwards each oddity once. One a message.
class StructureReport {
 public:
  explicit StructureReport(StructureSink& sink) : sink_(sink) {}

  void Tell(Oddity oddity) { Tell(oddity, 0, 0); }
  void Above(Oddity oddity, uint64_t limit, uint64_t value) {
    if (value > limit) Tell(oddity, limit, value);
  }
  // A bit for each that was told.
  uint64_t told() const { return told_; }

 private:
  void Tell(Oddity oddity, uint64_t limit, uint64_t value) {
    const uint64_t bit = uint64_t{1} << static_cast<size_t>(oddity);
    if ((told_ & bit) != 0) return;
    told_ |= bit;
    sink_.OnOddity(oddity, limit, value);
  }

  static_assert(kOddities <= 64);
  StructureSink& sink_;
  uint64_t told_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_STRUCTURE_H_
