// The rules about how a message is built, about what hides it, and about what is unusual.
#ifndef FIREBREAK_INSPECT_STRUCTURE_RULE_H_
#define FIREBREAK_INSPECT_STRUCTURE_RULE_H_

#include "inspect/attack/rule.h"
#include "inspect/payload/structure.h"

namespace firebreak::inspect {

// StructureRule is what an oddity counts as. None of them alone is an attack, nor are all of them
// together; what ordinary clients do, if only some, counts from a higher paranoia on. Two are of
// category kEncoding: what they are about cannot be read.
const RuleInfo& StructureRule(Oddity oddity);

// Of a body whose Content-Encoding cannot be undone.
extern const RuleInfo kUnknownCoding;
extern const RuleInfo kBrokenCoding;
extern const RuleInfo kCodingRatio;
// Of a request or connection that is not like those that were learned (inspect/baseline). The
// second is of one that is judged for a review alone, and counts for nothing.
extern const RuleInfo kDeviation;
extern const RuleInfo kFrozenDeviation;
// Of a WebSocket.
extern const RuleInfo kPackedMessage;
extern const RuleInfo kBrokenFrames;

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_STRUCTURE_RULE_H_
