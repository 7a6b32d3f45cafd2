#include "inspect/structure_rule.h"

#include <array>

namespace firebreak::inspect {
namespace {

constexpr Category kHidden = Category::kEncoding;
constexpr Category kOdd = Category::kStructure;

struct OddityRule {
  Oddity oddity;
  RuleInfo rule;
};

constexpr std::array<OddityRule, kOddities> kRules = {{
    {Oddity::kParameterCount,
     {"FBI-STR-001", kOdd, kWarning, 1, "More parameters than forms have."}},
    {Oddity::kParameterNameSize,
     {"FBI-STR-002", kOdd, kNotice, 2, "The name of a parameter is very long."}},
    {Oddity::kParameterValueSize,
     {"FBI-STR-003", kOdd, kNotice, 2, "The value of a parameter is very long."}},
    {Oddity::kDuplicateParameter,
     {"FBI-STR-004", kOdd, kNotice, 3,
      "A parameter twice: some servers read the first, others the last."}},
    {Oddity::kBadEscape,
     {"FBI-STR-005", kOdd, kNotice, 3, "A percent sign without two hexadecimal digits."}},
    {Oddity::kJsonDepth, {"FBI-STR-006", kOdd, kWarning, 1, "JSON is nested very deep."}},
    {Oddity::kJsonKeys, {"FBI-STR-007", kOdd, kWarning, 1, "JSON has very many keys."}},
    {Oddity::kJsonElements, {"FBI-STR-008", kOdd, kWarning, 1, "JSON has very many values."}},
    {Oddity::kJsonNameSize, {"FBI-STR-009", kOdd, kNotice, 2, "A key in JSON is very long."}},
    {Oddity::kJsonStringSize, {"FBI-STR-010", kOdd, kNotice, 2, "A string in JSON is very long."}},
    {Oddity::kDuplicateKey,
     {"FBI-STR-011", kOdd, kWarning, 1,
      "A key twice in one object: some programs read the first, others the last."}},
    {Oddity::kJsonSyntax,
     {"FBI-STR-012", kOdd, kNotice, 1, "What begins as JSON does not go on as JSON."}},
    {Oddity::kJsonNotFinite,
     {"FBI-STR-013", kOdd, kNotice, 2, "A number that JSON does not have."}},
    {Oddity::kJsonTrailing,
     {"FBI-STR-014", kOdd, kWarning, 1, "Something stands behind the end of a JSON document."}},
    {Oddity::kJsonTruncated, {"FBI-STR-015", kOdd, kNotice, 1, "A JSON document without an end."}},
    {Oddity::kByteOrderMark, {"FBI-STR-016", kOdd, kNotice, 2, "A byte order mark before a text."}},
    {Oddity::kXmlDepth, {"FBI-STR-017", kOdd, kWarning, 1, "XML is nested very deep."}},
    {Oddity::kXmlNodes, {"FBI-STR-018", kOdd, kWarning, 1, "XML has very many elements."}},
    {Oddity::kXmlAttributes,
     {"FBI-STR-019", kOdd, kWarning, 1, "An element has very many attributes."}},
    {Oddity::kXmlDoctype, {"FBI-STR-020", kOdd, kNotice, 2, "XML with a document type."}},
    {Oddity::kXmlEntity, {"FBI-STR-021", kOdd, kNotice, 2, "XML that names an entity of its own."}},
    {Oddity::kXmlSyntax,
     {"FBI-STR-022", kOdd, kNotice, 1, "What begins as XML does not go on as XML."}},
    {Oddity::kXmlTruncated, {"FBI-STR-023", kOdd, kNotice, 1, "An XML document without an end."}},
    {Oddity::kTextEncoding,
     {"FBI-ENC-005", kHidden, kCritical, 1, "JSON or XML in UTF-16 or UTF-32, which is not read."}},
    {Oddity::kPartCount, {"FBI-STR-024", kOdd, kWarning, 1, "A form with very many parts."}},
    {Oddity::kPartHeaderSize,
     {"FBI-STR-025", kOdd, kWarning, 1, "The headers of a part are very long."}},
    {Oddity::kMultipartBoundary,
     {"FBI-STR-026", kOdd, kWarning, 1, "A boundary that programs read differently, or none."}},
    {Oddity::kMultipartSyntax,
     {"FBI-STR-027", kOdd, kWarning, 1, "A part whose headers programs read differently."}},
    {Oddity::kUnquotedName,
     {"FBI-STR-028", kOdd, kNotice, 2, "The name of a part without quotes, or with one alone."}},
    {Oddity::kExtendedName,
     {"FBI-STR-029", kOdd, kNotice, 2,
      "The name of a part in the extended form, which forms do not use."}},
    {Oddity::kDuplicatePartField,
     {"FBI-STR-030", kOdd, kWarning, 1,
      "A part with two names: some programs read the first, others the last."}},
    {Oddity::kDuplicatePart, {"FBI-STR-031", kOdd, kNotice, 3, "Two parts of one name."}},
    {Oddity::kPartEncoding,
     {"FBI-STR-032", kOdd, kNotice, 3,
      "A part with a transfer encoding, which few programs undo."}},
    {Oddity::kPartCoded,
     {"FBI-ENC-009", kHidden, kCritical, 1,
      "A part in base64 or quoted-printable, which is not undone."}},
    {Oddity::kMultipartTruncated,
     {"FBI-STR-033", kOdd, kWarning, 1, "A form of parts without an end."}},
    {Oddity::kGraphqlDepth,
     {"FBI-STR-034", kOdd, kWarning, 1, "A GraphQL query is nested very deep."}},
    {Oddity::kGraphqlFields,
     {"FBI-STR-035", kOdd, kWarning, 1, "A GraphQL query names very many fields."}},
    {Oddity::kGraphqlSyntax, {"FBI-STR-036", kOdd, kNotice, 2, "What should be GraphQL is not."}},
    {Oddity::kGrpcFrame,
     {"FBI-STR-037", kOdd, kWarning, 1, "gRPC messages that are none, or cut short."}},
    {Oddity::kGrpcCompressed,
     {"FBI-ENC-004", kHidden, kCritical, 1, "A compressed gRPC message, which is not read."}},
    {Oddity::kProtobufWire, {"FBI-STR-038", kOdd, kWarning, 1, "What should be protobuf is not."}},
    {Oddity::kProtobufDepth,
     {"FBI-STR-039", kOdd, kWarning, 1, "A protobuf message is nested very deep."}},
    {Oddity::kProtobufFields,
     {"FBI-STR-040", kOdd, kWarning, 1, "A protobuf message has very many fields."}},
    {Oddity::kContentType,
     {"FBI-STR-041", kOdd, kWarning, 2,
      "The body is built as something else than its content type says."}},
    {Oddity::kCharset,
     {"FBI-ENC-008", kHidden, kCritical, 1,
      "A character set that has no ASCII in it, or is not known, which is not read."}},
    {Oddity::kBodySize, {"FBI-STR-042", kOdd, kWarning, 1, "A very large body."}},
}};

constexpr bool IsInOrder() {
  size_t next = 0;
  for (const OddityRule& row : kRules) {
    if (static_cast<size_t>(row.oddity) != next++) return false;
  }
  return next == kOddities;
}
static_assert(IsInOrder(), "each oddity, in its place");

}  // namespace

const RuleInfo& StructureRule(Oddity oddity) { return kRules[static_cast<size_t>(oddity)].rule; }

const RuleInfo kUnknownCoding = {"FBI-ENC-001", kHidden, kCritical, 1,
                                 "A content coding that is not known, or several."};
const RuleInfo kBrokenCoding = {"FBI-ENC-002", kHidden, kCritical, 1,
                                "The body is not what its content coding says, or cut short."};
const RuleInfo kCodingRatio = {"FBI-ENC-003", kHidden, kCritical, 1,
                               "The body decodes to far more than it is."};
const RuleInfo kDeviation = {
    "FBI-BASE-001", Category::kBaseline, kCritical, 1,
    "The request, or what is spoken on the connection, is not like what was learned."};
const RuleInfo kFrozenDeviation = {"FBI-BASE-002", Category::kBaseline, 0, 1,
                                   "The same, by a baseline that is not enforced."};
const RuleInfo kPackedMessage = {"FBI-ENC-006", kHidden, kCritical, 1,
                                 "A compressed WebSocket message, which is not read."};
const RuleInfo kBrokenFrames = {"FBI-ENC-007", kHidden, kCritical, 1,
                                "What should be frames of a WebSocket is not."};

}  // namespace firebreak::inspect
