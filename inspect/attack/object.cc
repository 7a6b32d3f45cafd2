#include "inspect/attack/object.h"

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

// What a format starts with. Base64 of a fixed start is fixed but for its last characters.
struct Magic {
  absl::string_view start;
  Rule rule;
  bool anywhere;  // it is long enough to be no accident inside a text
};

template <size_t kSize>  // keeps the NULs of a literal
constexpr absl::string_view Bytes(const char (&literal)[kSize]) {
  return {literal, kSize - 1};
}

constexpr Magic kMagic[] = {
    {Bytes("\xac\xed\x00\x05"), Rule::kObjectJava, true},
    {"rO0AB", Rule::kObjectJava, false},
    {"aced0005", Rule::kObjectJava, false},
    {"ACED0005", Rule::kObjectJava, false},
    {Bytes("\x00\x01\x00\x00\x00\xff\xff\xff\xff\x01"), Rule::kObjectDotnet, true},
    {"AAEAAAD/////AQAAAA", Rule::kObjectDotnet, true},
    {"/wEyxA", Rule::kObjectDotnet, false},  // LosFormatter with a BinaryFormatter within
    {Bytes("\x04\x08o:"), Rule::kObjectRuby, false},
    {"BAhvO", Rule::kObjectRuby, false},  // \x04\x08 and an object; a hash alone is a session
    {"BAhVO", Rule::kObjectRuby, false},
    {"cos\nsystem\n", Rule::kObjectPython, true},
    {"cposix\nsystem\n", Rule::kObjectPython, true},
    {"c__builtin__\n", Rule::kObjectPython, true},
    {"cbuiltins\n", Rule::kObjectPython, true},
    {"csubprocess\n", Rule::kObjectPython, true},
    {"\x80\x04\x95", Rule::kObjectPython, false},
    {"gASV", Rule::kObjectPython, false},
    {"gAJj", Rule::kObjectPython, false},  // a protocol and what is called
    {"gANj", Rule::kObjectPython, false},
    {"gARj", Rule::kObjectPython, false},
    {"gAN9cQAo", Rule::kObjectPython, false},
    {"Y29zCnN5c3RlbQ", Rule::kObjectPython, true},  // cos\nsystem\n
};

// In lower case, in text of JSON or YAML.
constexpr auto kTyped =
    Needles("!!python/object", "!!python/name", "!!python/module", "!ruby/object", "!ruby/hash",
            "!!javax.script", "!!java.net.url", "!!com.sun.", "_$$nd_func$$_", "_$$nd_cc$$_",
            "\"@type\":\"com.", "\"@type\":\"org.", "\"@type\":\"java.", "\"@type\":\"lcom.",
            "\"$type\":\"system.", "\"__type\":\"system.", "\"@class\":\"java.", "[\"com.sun.",
            "[\"org.apache.", "[\"ch.qos.", "[\"java.", "[\"javax.",
            "<void method=", "\"json_class\":", "java.lang.processbuilder\"]",
            "com.sun.rowset.jdbcrowsetimpl", "org.apache.commons.collections", "templatesimpl",
            "badattributevalueexpexception", "objectdataprovider", "windowsidentity",
            "<java version", "<java.beans.xmldecoder", "java.beans.xmldecoder", "<sorted-set>",
            "<dynamic-proxy>", "javax.imageio.imageio$");

bool DigitsAndColon(absl::string_view text, size_t& i) {
  const size_t begin = i;
  while (i < text.size() && IsDigit(text[i])) ++i;
  if (i == begin || At(text, i) != ':') return false;
  ++i;
  return true;
}

// O:8:"stdClass":1:{ and C:11:"ArrayObject":21:{, also with a sign that old filters stumble over.
bool PhpObjectAt(absl::string_view text, size_t at) {
  size_t i = at + 2;
  if (At(text, i) == '+') ++i;
  if (!DigitsAndColon(text, i) || At(text, i) != '"') return false;
  const size_t close = text.find('"', i + 1);
  if (close == absl::string_view::npos || At(text, close + 1) != ':') return false;
  i = close + 2;
  return DigitsAndColon(text, i) && At(text, i) == '{';
}

// ["x.y.Class", argument]: how some libraries are told to make an object, of a class that loads
// more.
bool IsLoader(const View& view) {
  if (view.place != Place::kJson || view.is_name || !absl::EndsWith(view.name, "[]")) return false;
  return (absl::StartsWith(view.text, "org.springframework.context.support.") &&
          absl::EndsWith(view.text, "xmlapplicationcontext")) ||
         absl::StartsWith(view.text, "ch.qos.logback.core.db.");
}

// {"@type": "java.net.url"}: the key by which some libraries make objects, and a class of the
// platform's.
bool IsTypeKey(const View& view) {
  if (view.place != Place::kJson || view.is_name || !absl::EndsWith(view.name, ".@type"))
    return false;
  return absl::StartsWith(view.text, "java.") || absl::StartsWith(view.text, "javax.") ||
         absl::StartsWith(view.text, "com.sun.") || absl::StartsWith(view.text, "org.apache.");
}

void FindPhpObject(const View& view, Hits& hits) {
  for (const Needle& start : Needles("o:", "c:")) {
    ForEach(view, start, [&](size_t at) {
      if (at > 0 && IsNameByte(view.text[at - 1])) return false;
      if (PhpObjectAt(view.text, at)) hits.Add(Rule::kObjectPhp, at, at + 16);
      return hits.Has(Rule::kObjectPhp);
    });
  }
}

}  // namespace

std::vector<absl::string_view> ObjectMagic() {
  std::vector<absl::string_view> starts;
  for (const Magic& magic : kMagic) starts.push_back(magic.start);
  return starts;
}

absl::Span<const Needle> ObjectTypes() { return kTyped; }

void FindObject(const View& view, absl::string_view original, Hits& hits) {
  for (const Magic& magic : kMagic) {
    if (!view.Has(WordGroup::kObjectMagic)) break;
    const absl::string_view start = magic.start;
    const bool begins = absl::StartsWith(original, start);
    const size_t at = begins ? 0 : magic.anywhere ? original.find(start) : original.npos;
    // Four letters of base64 may be any token; a serialised object is longer than that.
    const bool bytes = IsControl(start[0]);
    const bool long_enough = start.size() > 4 || bytes || original.size() > 40 || magic.anywhere;
    if (at != absl::string_view::npos && long_enough) {
      hits.Add(magic.rule, at, at + start.size());
    }
  }
  if ((view.classes & kDotClass) != 0 && (IsLoader(view) || IsTypeKey(view))) {
    hits.Add(Rule::kObjectTyped, 0, view.text.size());
  }
  constexpr uint32_t kPhp = kColonClass | kDoubleQuoteClass | kBraceClass;
  if ((view.classes & kPhp) == kPhp) FindPhpObject(view, hits);
  if (!view.Has(WordGroup::kObjectType)) return;
  for (const Needle& typed : kTyped) {
    const size_t at = view.Find(typed);
    if (at == absl::string_view::npos) continue;
    hits.Add(Rule::kObjectTyped, at, at + typed.text.size());
    return;
  }
}

}  // namespace firebreak::inspect
