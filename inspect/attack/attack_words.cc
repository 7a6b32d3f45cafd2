#include "inspect/attack/attack_words.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/types/span.h"

#include "inspect/attack/code.h"
#include "inspect/attack/lower_text.h"
#include "inspect/attack/object.h"
#include "inspect/attack/query_language.h"
#include "inspect/attack/script.h"
#include "inspect/attack/shell.h"
#include "inspect/attack/sql_gate.h"
#include "inspect/attack/template.h"

namespace firebreak::inspect {
namespace {

class List {
 public:
  void Add(WordGroup group, absl::string_view text, bool alone = false) {
    words_.push_back({.text = absl::AsciiStrToLower(text),
                      .group = static_cast<uint8_t>(group),
                      .alone = alone});
  }
  void Add(WordGroup group, absl::Span<const Needle> needles) {
    for (const Needle& needle : needles) Add(group, needle.text);
  }
  std::vector<WordScan::Word> Take() { return std::move(words_); }

 private:
  std::vector<WordScan::Word> words_;
};

WordScan Make() {
  List list;
  for (const SqlGateWord& word : SqlGateWords()) list.Add(word.group, word.text, word.alone);
  list.Add(WordGroup::kShellMark, ShellMarks());
  for (const absl::string_view sink : ScriptSinks()) list.Add(WordGroup::kScriptSink, sink);
  list.Add(WordGroup::kScriptSecret, ScriptSecrets());
  list.Add(WordGroup::kRuntime, Runtimes());
  list.Add(WordGroup::kSuperglobal, Superglobals());
  list.Add(WordGroup::kTemplateName, TemplateNames());
  list.Add(WordGroup::kTemplateStatement, TemplateStatements());
  list.Add(WordGroup::kXpath, XpathMarks());
  list.Add(WordGroup::kDatabaseScript, DatabaseScript());
  for (const absl::string_view magic : ObjectMagic()) list.Add(WordGroup::kObjectMagic, magic);
  list.Add(WordGroup::kObjectType, ObjectTypes());
  return WordScan(list.Take());
}

}  // namespace

const WordScan& AttackWords() {
  static const WordScan* const words = new WordScan(Make());  // for as long as anybody may ask
  return *words;
}

}  // namespace firebreak::inspect
