#include "inspect/payload/structure.h"

namespace firebreak::inspect {
namespace {

struct NamedOddity {
  Oddity oddity;
  absl::string_view name;
};

constexpr NamedOddity kNames[] = {
    {Oddity::kParameterCount, "parameter_count"},
    {Oddity::kParameterNameSize, "parameter_name_size"},
    {Oddity::kParameterValueSize, "parameter_value_size"},
    {Oddity::kDuplicateParameter, "duplicate_parameter"},
    {Oddity::kBadEscape, "bad_escape"},
    {Oddity::kJsonDepth, "json_depth"},
    {Oddity::kJsonKeys, "json_keys"},
    {Oddity::kJsonElements, "json_elements"},
    {Oddity::kJsonNameSize, "json_name_size"},
    {Oddity::kJsonStringSize, "json_string_size"},
    {Oddity::kDuplicateKey, "duplicate_key"},
    {Oddity::kJsonSyntax, "json_syntax"},
    {Oddity::kJsonNotFinite, "json_not_finite"},
    {Oddity::kJsonTrailing, "json_trailing"},
    {Oddity::kJsonTruncated, "json_truncated"},
    {Oddity::kByteOrderMark, "byte_order_mark"},
    {Oddity::kXmlDepth, "xml_depth"},
    {Oddity::kXmlNodes, "xml_nodes"},
    {Oddity::kXmlAttributes, "xml_attributes"},
    {Oddity::kXmlDoctype, "xml_doctype"},
    {Oddity::kXmlEntity, "xml_entity"},
    {Oddity::kXmlSyntax, "xml_syntax"},
    {Oddity::kXmlTruncated, "xml_truncated"},
    {Oddity::kTextEncoding, "text_encoding"},
    {Oddity::kPartCount, "part_count"},
    {Oddity::kPartHeaderSize, "part_header_size"},
    {Oddity::kMultipartBoundary, "multipart_boundary"},
    {Oddity::kMultipartSyntax, "multipart_syntax"},
    {Oddity::kUnquotedName, "unquoted_name"},
    {Oddity::kExtendedName, "extended_name"},
    {Oddity::kDuplicatePartField, "duplicate_part_field"},
    {Oddity::kDuplicatePart, "duplicate_part"},
    {Oddity::kPartEncoding, "part_encoding"},
    {Oddity::kPartCoded, "part_coded"},
    {Oddity::kMultipartTruncated, "multipart_truncated"},
    {Oddity::kGraphqlDepth, "graphql_depth"},
    {Oddity::kGraphqlFields, "graphql_fields"},
    {Oddity::kGraphqlSyntax, "graphql_syntax"},
    {Oddity::kGrpcFrame, "grpc_frame"},
    {Oddity::kGrpcCompressed, "grpc_compressed"},
    {Oddity::kProtobufWire, "protobuf_wire"},
    {Oddity::kProtobufDepth, "protobuf_depth"},
    {Oddity::kProtobufFields, "protobuf_fields"},
    {Oddity::kContentType, "content_type"},
    {Oddity::kCharset, "charset"},
    {Oddity::kBodySize, "body_size"},
};

constexpr bool IsInOrder() {
  size_t next = 0;
  for (const NamedOddity& named : kNames) {
    if (static_cast<size_t>(named.oddity) != next++) return false;
  }
  return next == kOddities;
}
static_assert(IsInOrder(), "each oddity, in its place");

}  // namespace

absl::string_view OddityName(Oddity oddity) { return kNames[static_cast<size_t>(oddity)].name; }

}  // namespace firebreak::inspect
