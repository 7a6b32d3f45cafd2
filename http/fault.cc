#include "http/fault.h"

#include <array>
#include <cstddef>

namespace firebreak::http {
namespace {

constexpr bool kMalformed = true;

struct Row {
  Fault fault;
  Rejection rejection;
};

constexpr auto kRows = std::to_array<Row>({
    {Fault::kMethod, {400, "method_invalid", kMalformed}},
    {Fault::kMethodCase, {400, "method_case"}},
    {Fault::kConnect, {405, "connect_refused"}},
    {Fault::kTrace, {405, "trace_refused"}},
    {Fault::kScheme, {400, "scheme_invalid", kMalformed}},
    {Fault::kMissingHost, {400, "missing_host"}},
    {Fault::kDuplicateHost, {400, "duplicate_host"}},
    {Fault::kHostMismatch, {400, "host_mismatch"}},
    {Fault::kAuthorityHost, {400, "authority_host"}},
    {Fault::kAuthorityPort, {400, "authority_port"}},
    {Fault::kAuthorityUserinfo, {400, "authority_userinfo"}},
    {Fault::kPathForm, {400, "path_form", kMalformed}},
    {Fault::kPathAsterisk, {400, "path_asterisk", kMalformed}},
    {Fault::kPathBytes, {400, "path_bytes", kMalformed}},
    {Fault::kPathFragment, {400, "path_fragment"}},
    {Fault::kPathBackslash, {400, "path_backslash"}},
    {Fault::kPathNonAscii, {400, "path_non_ascii"}},
    {Fault::kPathEscape, {400, "path_escape"}},
    {Fault::kPathEscapedControl, {400, "path_escaped_control"}},
    {Fault::kPathEscapedSlash, {400, "path_escaped_slash"}},
    {Fault::kPathParameters, {400, "path_parameters"}},
    {Fault::kPathDotSegment, {400, "path_dot_segment"}},
    {Fault::kPathAboveRoot, {400, "path_above_root"}},
    {Fault::kHeaderName, {400, "header_name_invalid", kMalformed}},
    {Fault::kHeaderValue, {400, "header_value_invalid", kMalformed}},
    {Fault::kPseudoHeader, {400, "pseudo_header", kMalformed}},
    {Fault::kHeaderUnderscore, {400, "header_underscore"}},
    {Fault::kDuplicateHeader, {400, "duplicate_header"}},
    {Fault::kFraming, {400, "framing_header", kMalformed}},
    {Fault::kConnectionSpecific, {400, "connection_specific_header", kMalformed}},
    {Fault::kTe, {400, "te_invalid", kMalformed}},
    {Fault::kConnectionOption, {400, "connection_option"}},
    {Fault::kConnectionNamesProtected, {400, "connection_names_protected"}},
    {Fault::kUpgrade, {400, "upgrade_refused"}},
    {Fault::kExpectation, {417, "expectation_failed"}},
    {Fault::kGrpcMethod, {400, "grpc_method"}},
    {Fault::kResponseStatus, {502, "response_status", kMalformed}},
    {Fault::kResponseHeaderName, {502, "response_header_name", kMalformed}},
    {Fault::kResponseHeaderValue, {502, "response_header_value", kMalformed}},
    {Fault::kResponseFraming, {502, "response_framing_header", kMalformed}},
    {Fault::kResponseConnection, {502, "response_connection"}},
    {Fault::kResponseConnectionSpecific, {502, "response_connection_specific", kMalformed}},
    {Fault::kTrailerName, {400, "trailer_name_invalid", kMalformed}},
    {Fault::kTrailerValue, {400, "trailer_value_invalid", kMalformed}},
    {Fault::kTrailerPseudoHeader, {400, "trailer_pseudo_header", kMalformed}},
});

// A row stands where its fault points to, and no fault is without one.
constexpr bool RowsAreInOrder() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<size_t>(kRows[i].fault) != i + 1) return false;
  }
  return kRows.back().fault == Fault::kTrailerPseudoHeader;
}
static_assert(RowsAreInOrder());

constexpr std::array<Rejection, kRows.size()> RejectionsOfRows() {
  std::array<Rejection, kRows.size()> rejections{};
  for (size_t i = 0; i < kRows.size(); ++i) rejections[i] = kRows[i].rejection;
  return rejections;
}
constexpr std::array<Rejection, kRows.size()> kRejections = RejectionsOfRows();

}  // namespace

Rejection RejectionOf(Fault fault) {
  const auto index = static_cast<size_t>(fault);
  if (index == 0 || index > kRejections.size()) return {500, "internal", false};
  return kRejections[index - 1];
}

absl::Span<const Rejection> AllRejections() { return kRejections; }

}  // namespace firebreak::http
