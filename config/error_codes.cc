#include "config/error_codes.h"

#include "absl/strings/str_format.h"

namespace firebreak::config {
namespace {

constexpr ErrorCodeInfo kCodes[] = {
    {ErrorCode::kFileUnreadable, "the file is missing, cannot be opened or is no regular file"},
    {ErrorCode::kFileEmpty, "the file holds nothing but blanks and comments"},
    {ErrorCode::kFileTooLarge, "the file is larger than 64 MiB"},
    {ErrorCode::kUnknownField, "no field has this name here"},
    {ErrorCode::kDuplicateKey, "a map names the same key twice"},
    {ErrorCode::kWrongType, "a value is of another type than its field"},
    {ErrorCode::kSyntax, "the text is not YAML"},
    {ErrorCode::kEncoding, "the text is not UTF-8, or holds a control character"},
    {ErrorCode::kTooComplex, "nesting, aliases, number of nodes or length of keys above the limit"},
    {ErrorCode::kUnsupportedYaml,
     "a part of YAML that is not accepted: merge keys, tags, complex "
     "keys"},
    {ErrorCode::kOutOfRange, "a number does not fit its field"},
    {ErrorCode::kUnknownEnumValue, "a word is not one of those its field takes"},
    {ErrorCode::kBadTimestamp, "a time is not RFC 3339"},
    {ErrorCode::kMultipleDocuments, "more than one YAML document where one is expected"},
    {ErrorCode::kExclusiveFields, "two fields are set of which only one may be"},
    {ErrorCode::kRequiredField, "a required field is missing or empty"},
    {ErrorCode::kInvalidValue, "a value does not have the form its field needs"},
    {ErrorCode::kNotSupported, "a feature this version does not have"},
    {ErrorCode::kConflict, "two parts of the configuration contradict each other"},
    {ErrorCode::kUnknownLimit, "no limit has this name"},
    {ErrorCode::kLimitOutOfRange, "a limit is outside its bounds"},
    {ErrorCode::kUnsafe, "refused because it would open the sidecar to others"},
    {ErrorCode::kPolicyKind, "apiVersion or kind is not one that is understood"},
    {ErrorCode::kPolicyName, "a policy or rule has no name, or a name that is not allowed"},
    {ErrorCode::kPolicyEmpty, "a list or block is present but empty, so its meaning is in doubt"},
    {ErrorCode::kPolicyPrincipal, "a principal, namespace or trust domain cannot be understood"},
    {ErrorCode::kPolicyPattern, "a pattern has a wildcard where none is allowed"},
    {ErrorCode::kPolicyAddress, "an address or CIDR block cannot be understood"},
    {ErrorCode::kPolicyPort, "a port is not 1 to 65535"},
    {ErrorCode::kPolicyNotSupported, "a policy feature this version does not have"},
    {ErrorCode::kPolicyDirection, "a field has no meaning in a policy of this direction"},
    {ErrorCode::kPolicyValidity, "the validity of a rule cannot be understood, or never holds"},
    {ErrorCode::kPolicyDuplicate, "two policies of one namespace, or two rules, share a name"},
    {ErrorCode::kPolicyTooLarge, "more policies, rules or values than the limit"},
    {ErrorCode::kPolicyNoFiles,
     "warning: a policy folder holds no policy file, so that nothing is allowed"},
    {ErrorCode::kPolicyRequestValue,
     "a host, method, path, header or gRPC name that no request can have"},
    {ErrorCode::kPolicyConditionKey, "a condition of when has a key that does not exist"},
    {ErrorCode::kPolicyGroup, "no group of principals has this name"},
    {ErrorCode::kPolicyProtocol,
     "a rule about requests where there are none: protocols that contradict it, or a TCP port"},
    {ErrorCode::kPolicyIstioDefault,
     "warning: without an ALLOW policy everything is denied, unlike in Istio"},
    {ErrorCode::kPolicyNeverMatches, "warning: a rule or policy can never match"},
    {ErrorCode::kPolicyRefusesBytes,
     "warning: a DENY rule about HTTP also refuses every connection that is not HTTP"},
    {ErrorCode::kPolicyPathPrefix, "warning: a path prefix ends inside a segment"},
    {ErrorCode::kPolicyNoTokens, "warning: a condition on tokens, which are not validated here"},
    {ErrorCode::kLintShadowed,
     "warning: a rule never decides, since earlier ones match whatever it does"},
    {ErrorCode::kLintUnreachable,
     "warning: DENY rules refuse everything that an ALLOW rule allows"},
    {ErrorCode::kLintBroadPrincipal,
     "warning: an ALLOW rule is for everybody, or a whole trust domain"},
    {ErrorCode::kLintExpired, "warning: the validity of a rule has ended"},
    {ErrorCode::kLintNoPort, "warning: an ALLOW rule holds for every port"},
    {ErrorCode::kLintContradiction, "warning: a field and its negation exclude each other"},
    {ErrorCode::kLintDuplicate, "warning: a rule says the same as an earlier one"},
    {ErrorCode::kLintNoWorkload,
     "warning: the selector of a policy matches no workload of the inventory"},
    {ErrorCode::kQuestionEnd, "a question names nobody, or a workload that is not known"},
    {ErrorCode::kQuestionRequest, "the sidecar would refuse this request before any rule is asked"},
    {ErrorCode::kQuestionValue, "a value of a question, case or inventory cannot be understood"},
};

}  // namespace

absl::Span<const ErrorCodeInfo> AllErrorCodes() { return kCodes; }

std::string ErrorCodeName(ErrorCode code) {
  return absl::StrFormat("FB%04d", static_cast<int>(code));
}

}  // namespace firebreak::config
