// The words that attacks are known by, in the groups in which the parsers of this folder ask.
#ifndef FIREBREAK_INSPECT_ATTACK_ATTACK_WORDS_H_
#define FIREBREAK_INSPECT_ATTACK_ATTACK_WORDS_H_

#include <cstdint>

#include "inspect/attack/word_scan.h"

namespace firebreak::inspect {

// WordGroup: each is the list of one parser, which says there what its words mean.
enum class WordGroup : uint8_t {
  kSqlStatement,   // sql_gate.h
  kSqlCase,        // sql_gate.h
  kSqlIf,          // sql_gate.h
  kSqlComparison,  // sql_gate.h
  kShellMark,
  kScriptSink,
  kScriptSecret,
  kRuntime,
  kSuperglobal,
  kTemplateName,
  kTemplateStatement,
  kXpath,
  kDatabaseScript,
  kObjectMagic,
  kObjectType,
};

// AttackWords: all of them. Made once, at the first call.
const WordScan& AttackWords();

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_ATTACK_WORDS_H_
