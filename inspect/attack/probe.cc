#include "inspect/attack/probe.h"

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

// What a server runs or reads, and does not hand out.
constexpr WordSet kSources({"php",    "php3", "php4", "php5", "php7", "phtml",   "inc",
                            "asp",    "aspx", "ashx", "asax", "asa",  "jsp",     "jspx",
                            "cgi",    "pl",   "py",   "rb",   "cfm",  "env",     "ini",
                            "config", "conf", "yml",  "yaml", "cfg",  "htaccess"});

// What editors and people add to the name of a copy.
constexpr WordSet kCopies({"bak", "backup", "bk", "old", "orig", "original", "save", "sav", "swp",
                           "swo", "swn", "copy", "dist", "tmp"});

// Keys of people and hosts, what servers hide, and what intruders or careless installations leave.
constexpr WordSet kNames({"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "web-inf", "meta-inf",
                          "cmd.exe", "root.exe", "c99.php", "r57.php", "b374k.php", "wso.php",
                          "c99shell.php", "r57shell.php", "webshell.php", "eval-stdin.php"});

absl::string_view EndingOf(absl::string_view name) {
  const size_t dot = name.rfind('.');
  return dot == absl::string_view::npos || dot == 0 ? "" : name.substr(dot + 1);
}

// "index.php~", "web.config.old"
bool IsCopyOfSource(absl::string_view name) {
  if (absl::EndsWith(name, "~")) {
    name.remove_suffix(1);
    return kSources.Has(EndingOf(name)) || name == ".env";
  }
  const absl::string_view ending = EndingOf(name);
  if (!kCopies.Has(ending)) return false;
  name.remove_suffix(ending.size() + 1);
  return kSources.Has(EndingOf(name));
}

// The settings of the most attacked program of all, in any spelling.
bool IsCopyOfSettings(absl::string_view name) {
  constexpr absl::string_view kStem = "wp-config";
  const char next = At(name, kStem.size());
  return absl::StartsWith(name, kStem) && (next == '.' || next == '~' || next == '_');
}

}  // namespace

void FindProbe(const View& view, Hits& hits) {
  if ((view.classes & kColonClass) != 0 &&
      view.Find(Needle("::$data")) != absl::string_view::npos) {
    hits.Add(Rule::kPathSecretFile, 0, view.text.size());
  }
  if (view.place != Place::kPath || !view.begins || !view.ends) return;
  const absl::string_view name = view.text;
  if (kNames.Has(name) || IsCopyOfSource(name) || IsCopyOfSettings(name)) {
    hits.Add(Rule::kPathSecretFile, 0, name.size());
  }
}

}  // namespace firebreak::inspect
