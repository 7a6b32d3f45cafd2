// The rules: what the parsers of this folder can find.
#ifndef FIREBREAK_INSPECT_ATTACK_RULE_H_
#define FIREBREAK_INSPECT_ATTACK_RULE_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

enum class Category : uint8_t {
  kSql,
  kScript,
  kPath,
  kCommand,
  kCode,
  kTemplate,
  kDirectory,  // LDAP
  kXpath,
  kNosql,
  kTarget,  // SSRF
  kObject,  // deserialisation
  kLookup,  // JNDI and the like
  kXml,
  kHeader,  // header injection
  // Not of the parsers of this folder.
  kStructure,   // how a message is built
  kEncoding,    // what hides a message from inspection
  kDisclosure,  // what a response gives away of the server
  kSecret,      // data that should not leave
  kProtocol,    // what is spoken on a connection
  kBaseline,    // what is not as it was learned
  kPack,        // what a rule of a pack is about
};

// As flow records and reports spell it: "sql", "script".
absl::string_view CategoryName(Category category);

// In the order of the table in rule.cc. New rules go to the end of their category there and here;
// identifiers never change their meaning.
enum class Rule : uint8_t {
  kSqlUnion,
  kSqlCondition,
  kSqlQuery,
  kSqlStacked,
  kSqlTiming,
  kSqlClause,
  kSqlComment,
  kSqlSchema,
  kSqlFunction,
  kSqlQuoteOperator,
  kSqlStatement,
  kScriptTag,
  kScriptHandler,
  kScriptUrl,
  kScriptActiveTag,
  kScriptAttribute,
  kScriptCall,
  kScriptBreakout,
  kScriptStyle,
  kScriptMarkup,
  kPathClimb,
  kPathSecretFile,
  kPathHiddenClimb,
  kPathWrapper,
  kPathNul,
  kPathLongClimb,
  kPathShortClimb,
  kCommandChain,
  kCommandSubstitution,
  kCommandShell,
  kCommandPath,
  kCommandHidden,
  kCommandFunction,
  kCommandAlone,
  kCommandQuoted,
  kCodePhp,
  kCodeCall,
  kCodeRuntime,
  kCodeInclude,
  kTemplateExpression,
  kTemplateObject,
  kTemplateTag,
  kDirectoryFilter,
  kXpathExpression,
  kNosqlOperator,
  kNosqlScript,
  kTargetMetadata,
  kTargetSpelling,
  kTargetScheme,
  kTargetLoopback,
  kTargetService,
  kObjectJava,
  kObjectPhp,
  kObjectPython,
  kObjectDotnet,
  kObjectRuby,
  kObjectTyped,
  kLookupJndi,
  kLookupNested,
  kXmlEntity,
  kXmlInclude,
  kHeaderSplit,
  kHeaderLine,
};
inline constexpr size_t kRuleCount = static_cast<size_t>(Rule::kHeaderLine) + 1;

// Severities and what each adds to the score of a message.
inline constexpr int kNotice = 2;
inline constexpr int kWarning = 3;
inline constexpr int kError = 4;
inline constexpr int kCritical = 5;

struct RuleInfo {
  absl::string_view id;  // "FBI-SQL-001", stable
  Category category;
  int severity;
  int paranoia;           // the lowest level, 1 to 4, at which it counts
  absl::string_view why;  // one sentence, for people
};

const RuleInfo& InfoOf(Rule rule);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_RULE_H_
