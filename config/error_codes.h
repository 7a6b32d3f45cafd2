// The stable codes of everything Firebreak says about a file. A code is never reused or renumbered;
// docs/reference/errors.md lists them all and a test holds it to this table.
#ifndef FIREBREAK_CONFIG_ERROR_CODES_H_
#define FIREBREAK_CONFIG_ERROR_CODES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace firebreak::config {

// ErrorCode is the number behind "FB0104". 01xx: the file and its YAML; 02xx: the proxy
// configuration; 03xx: policies; 04xx: questions, cases and inventories.
enum class ErrorCode : int {
  kFileUnreadable = 101,
  kFileEmpty = 102,
  kFileTooLarge = 103,
  kUnknownField = 104,
  kDuplicateKey = 105,
  kWrongType = 106,
  kSyntax = 107,
  kEncoding = 108,
  kTooComplex = 109,
  kUnsupportedYaml = 110,
  kOutOfRange = 111,
  kUnknownEnumValue = 112,
  kBadTimestamp = 113,
  kMultipleDocuments = 114,
  kExclusiveFields = 115,

  kRequiredField = 201,
  kInvalidValue = 202,
  kNotSupported = 203,
  kConflict = 204,
  kUnknownLimit = 205,
  kLimitOutOfRange = 206,
  kUnsafe = 207,

  kPolicyKind = 301,
  kPolicyName = 302,
  kPolicyEmpty = 303,
  kPolicyPrincipal = 304,
  kPolicyPattern = 305,
  kPolicyAddress = 306,
  kPolicyPort = 307,
  kPolicyNotSupported = 308,
  kPolicyDirection = 309,
  kPolicyValidity = 310,
  kPolicyDuplicate = 311,
  kPolicyTooLarge = 312,
  kPolicyNoFiles = 313,
  kPolicyRequestValue = 314,
  kPolicyConditionKey = 315,
  kPolicyGroup = 316,
  kPolicyProtocol = 317,
  kPolicyIstioDefault = 350,
  kPolicyNeverMatches = 351,
  kPolicyRefusesBytes = 352,
  kPolicyPathPrefix = 353,
  kPolicyNoTokens = 354,
  kLintShadowed = 370,
  kLintUnreachable = 371,
  kLintBroadPrincipal = 372,
  kLintExpired = 373,
  kLintNoPort = 374,
  kLintContradiction = 375,
  kLintDuplicate = 376,
  kLintNoWorkload = 377,

  kQuestionEnd = 401,
  kQuestionRequest = 402,
  kQuestionValue = 403,
};

// ErrorCodeInfo is one line of the table: the code and what it means.
struct ErrorCodeInfo {
  ErrorCode code;
  absl::string_view meaning;
};

// AllErrorCodes lists every code once, in ascending order.
absl::Span<const ErrorCodeInfo> AllErrorCodes();

// ErrorCodeName returns the spelling users see: "FB0104".
std::string ErrorCodeName(ErrorCode code);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_ERROR_CODES_H_
