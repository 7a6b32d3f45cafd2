#include "inspect/attack/code.h"

#include <algorithm>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

enum class Call : uint8_t {
  kRuns,    // no sentence has this word before a parenthesis
  kMixed,   // also a word: counts with an argument that is code
  kCommon,  // in any program: counts where it is put behind something else
};

constexpr WordEntry<Call> kCalls[] = {
    {"system", Call::kMixed},
    {"exec", Call::kMixed},
    {"passthru", Call::kRuns},
    {"shell_exec", Call::kRuns},
    {"popen", Call::kRuns},
    {"proc_open", Call::kRuns},
    {"pcntl_exec", Call::kRuns},
    {"eval", Call::kMixed},
    {"assert", Call::kCommon},
    {"phpinfo", Call::kRuns},
    {"base64_decode", Call::kRuns},
    {"gzinflate", Call::kRuns},
    {"str_rot13", Call::kRuns},
    {"create_function", Call::kRuns},
    {"call_user_func", Call::kRuns},
    {"call_user_func_array", Call::kRuns},
    {"preg_replace", Call::kMixed},
    {"file_get_contents", Call::kRuns},
    {"file_put_contents", Call::kRuns},
    {"fopen", Call::kMixed},
    {"readfile", Call::kRuns},
    {"include", Call::kCommon},
    {"require", Call::kCommon},
    {"require_once", Call::kMixed},
    {"include_once", Call::kMixed},
    {"move_uploaded_file", Call::kRuns},
    {"ini_set", Call::kRuns},
    {"var_dump", Call::kRuns},
    {"print_r", Call::kRuns},
    {"unserialize", Call::kRuns},
    {"md5", Call::kCommon},
    {"die", Call::kCommon},
    {"print", Call::kCommon},
    {"chr", Call::kCommon},
    {"execsync", Call::kRuns},
    {"spawnsync", Call::kRuns},
    {"check_output", Call::kRuns},
    {"__import__", Call::kRuns},
    {"execfile", Call::kRuns},
    {"compile", Call::kCommon},
    {"getruntime", Call::kRuns},
    {"processbuilder", Call::kRuns},
    {"createobject", Call::kMixed},
    {"loadlibrary", Call::kMixed},
    {"array_map", Call::kMixed},
    {"array_filter", Call::kMixed},
    {"register_shutdown_function", Call::kRuns},
};
constexpr WordTable kCallTable(kCalls);

constexpr auto kRuntimes = Needles(
    "java.lang.runtime", "java.lang.processbuilder", "java.lang.class", "java.io.file",
    "javax.script.", "getruntime()", "os.system(", "os.popen(", "subprocess.popen",
    "subprocess.run(", "subprocess.call(", "subprocess.check_output(", "child_process",
    "process.mainmodule", ".execute().text", "os.execute(", "\"\".getclass", "''.getclass",
    "''.class.", "\"\".class.", "xmlapplicationcontext", "system.io.file.",
    "system.diagnostics.process", "wscript.shell", "scripting.filesystemobject", "response.write(",
    "request.form(", "class.module.classloader", "class.classloader", "ognl.", "#_memberaccess",
    "_memberaccess[", "#context[", "xwork.", "kernel.exec", "net::http", "sun.misc.",
    "freemarker.template.utility", "groovy.lang.", "nashorn", "dbms_java", "getclass().forname",
    "@java.", "new java.", "'.execute()", "\".execute()", "open(\"|", "open('|", "\\think\\");

constexpr auto kSuperglobals = Needles("$_get", "$_post", "$_request", "$_server", "$_cookie",
                                       "$_files", "$globals", "$_session");

// "<%name%>" in a letter is replaced before it is sent; "<%>" is nothing.
bool IsPlaceholder(absl::string_view body) {
  return HasAt(body, NameEnd(body, 0), "%>") || At(body, 0) == '>';
}

void FindOpeners(absl::string_view text, Hits& hits) {
  Ahead<absl::string_view> page_end(text, "%>");
  ForEach(text, '<', [&](size_t at) {
    const absl::string_view rest = text.substr(at + 1);
    const bool php =
        absl::StartsWith(rest, "?php") || absl::StartsWith(rest, "?=") ||
        (absl::StartsWith(rest, "?") && !absl::StartsWith(rest, "?xml") &&
         absl::StrContains(rest.substr(0, 64), "(") && IsAlpha(At(rest, SkipBlanks(rest, 1))));
    const bool active_page = absl::StartsWith(rest, "%") &&
                             (absl::StartsWith(rest, "%=") || absl::StartsWith(rest, "%@") ||
                              page_end.From(at + 1) != absl::string_view::npos);
    // Directives to servers and caches, and elements that are code.
    const bool include = absl::StartsWith(rest, "!--#") || absl::StartsWith(rest, "esi:") ||
                         absl::StartsWith(rest, "cfexecute") || absl::StartsWith(rest, "jsp:") ||
                         absl::StartsWith(rest, "!--esi ");
    if (!php && !(active_page && !IsPlaceholder(rest.substr(1))) && !include) return false;
    hits.Add(Rule::kCodePhp, at, std::min(at + 8, text.size()));
    return true;
  });
}

// What only code passes to a function.
bool IsCodeArgument(absl::string_view text, size_t i) {
  i = SkipBlanks(text, i);
  const char c = At(text, i);
  return c == '\'' || c == '"' || c == '$' || c == '`' || c == '\\' ||
         (IsAlpha(c) && At(text, NameEnd(text, i)) == '(') || c == '@';
}

// Commands of PHP that need no parenthesis: echo `id`, print('x').
bool FollowsBreak(absl::string_view text, size_t name_begin) {
  if (name_begin == 0) return true;
  const char c = text[name_begin - 1];
  return !IsNameByte(c) && !IsBlank(c) && c != '-' && c != '$' && c != '>'
             ? true
             : IsBlank(c) && name_begin > 1 &&
                   (text[name_begin - 2] == ';' || text[name_begin - 2] == '{');
}

bool BlankBefore(absl::string_view text, size_t i) {
  return text.substr(0, i).find_first_not_of(" \t\r\n") == absl::string_view::npos;
}

// An argument that is no plain string.
bool IsCodeOnly(absl::string_view text, size_t i) {
  i = SkipBlanks(text, i);
  return IsCodeArgument(text, i) && At(text, i) != '\'' && At(text, i) != '"';
}

// "at java.lang.class.forname(class.java:390)": a line of what programs write when they fail.
bool IsStackFrame(absl::string_view text, size_t at) {
  size_t end = at;
  while (end > 0 && IsBlank(text[end - 1])) --end;
  if (end == at || end < 2 || text.substr(end - 2, 2) != "at") return false;
  return end == 2 || !IsNameByte(text[end - 3]);
}

// Whether the name of a runtime at i is one, and no longer name or a report that it failed.
bool IsRuntime(absl::string_view text, size_t at, absl::string_view runtime) {
  if (at > 0 && IsNameByte(text[at - 1]) && IsNameByte(runtime[0])) return false;
  const char after = At(text, at + runtime.size());
  if (runtime.back() == '.' && !IsAlpha(after)) return false;
  if (IsNameByte(runtime.back()) && IsNameByte(after)) return false;
  const bool calls = runtime.back() == '(' && absl::StartsWith(runtime, "subprocess");
  if (calls && after != '\'' && after != '"' && after != '[') return false;
  // A word about the module is no use of it, nor is that it was not found.
  if (runtime == "child_process") {
    constexpr absl::string_view kUse = ".)]";
    const bool quoted = after == '\'' || after == '"' || after == '`';
    return quoted ? kUse.find(At(text, at + runtime.size() + 1)) != absl::string_view::npos
                  : kUse.find(after) != absl::string_view::npos;
  }
  return !IsStackFrame(text, at);
}

void LookAtCall(absl::string_view text, size_t open, Hits& hits) {
  size_t name_end = open;
  while (name_end > 0 && IsBlank(text[name_end - 1])) --name_end;
  const absl::string_view name = NameBefore(text, name_end);
  const Call* const call = kCallTable.Find(name);
  if (call == nullptr) return;
  const auto begin = static_cast<size_t>(name.data() - text.data());
  const bool tight = name_end == open;
  const bool argument = IsCodeArgument(text, open + 1) || At(text, open + 1) == ')';
  const bool runs = *call == Call::kRuns && (tight || argument);
  const bool alone = begin == 0 || BlankBefore(text, begin);
  const bool common = *call == Call::kCommon && (!alone || IsCodeOnly(text, open + 1));
  const bool mixed = (*call == Call::kMixed || common) && IsCodeArgument(text, open + 1) &&
                     FollowsBreak(text, begin);
  // `"a".system("id")."b"`, ";eval($x)": code before it is enough; a call alone must be one of a
  // kind.
  if (runs || mixed) hits.Add(Rule::kCodeCall, begin, open + 1);
}

}  // namespace

absl::Span<const Needle> Runtimes() { return kRuntimes; }
absl::Span<const Needle> Superglobals() { return kSuperglobals; }

void FindCode(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  // "name[#post_render][]": a page is told what to call when it is built.
  if (view.is_name && (view.classes & kHashClass) != 0) {
    const size_t at = view.Find(Needle("[#"));
    if (at != absl::string_view::npos && IsAlpha(At(text, at + 2))) {
      hits.Add(Rule::kCodeCall, at, text.size());
    }
  }
  if ((view.classes & kLessClass) != 0) FindOpeners(text, hits);
  if ((view.classes & kOpenClass) != 0) {
    ForEach(text, '(', [&](size_t at) {
      LookAtCall(text, at, hits);
      return hits.Has(Rule::kCodeCall);
    });
  }
  if (view.Has(WordGroup::kSuperglobal)) {
    for (const Needle& global : kSuperglobals) {
      const size_t at = view.Find(global);
      if (at == absl::string_view::npos) continue;
      const size_t end = at + global.text.size();
      if (At(text, end) == '[' || At(text, end) == '{') hits.Add(Rule::kCodeCall, at, end);
    }
  }
  if (!view.Has(WordGroup::kRuntime)) return;
  for (const Needle& runtime : kRuntimes) {
    ForEach(view, runtime, [&](size_t at) {
      if (IsRuntime(text, at, runtime.text)) {
        hits.Add(Rule::kCodeRuntime, at, at + runtime.text.size());
      }
      return hits.Has(Rule::kCodeRuntime);
    });
    if (hits.Has(Rule::kCodeRuntime)) return;
  }
}

}  // namespace firebreak::inspect
