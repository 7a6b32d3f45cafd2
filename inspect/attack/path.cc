#include "inspect/attack/path.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/path_items.h"
#include "inspect/attack/secret_files.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

// Folders at the top of systems, into which a climb leads. Those that sites have too count after a
// longer climb only.
enum class Top : uint8_t { kOfSystems, kOfSitesToo };
constexpr WordEntry<Top> kTopFolders[] = {
    {"etc", Top::kOfSystems},      {"proc", Top::kOfSystems},     {"var", Top::kOfSystems},
    {"usr", Top::kOfSystems},      {"root", Top::kOfSystems},     {"windows", Top::kOfSystems},
    {"winnt", Top::kOfSystems},    {"system32", Top::kOfSystems}, {"inetpub", Top::kOfSystems},
    {"web-inf", Top::kOfSystems},  {"meta-inf", Top::kOfSystems}, {"xampp", Top::kOfSystems},
    {"wamp", Top::kOfSystems},     {"volumes", Top::kOfSystems},  {"home", Top::kOfSitesToo},
    {"opt", Top::kOfSitesToo},     {"sys", Top::kOfSitesToo},     {"dev", Top::kOfSitesToo},
    {"tmp", Top::kOfSitesToo},     {"boot", Top::kOfSitesToo},    {"mnt", Top::kOfSitesToo},
    {"private", Top::kOfSitesToo}, {"apache", Top::kOfSitesToo},  {"apache2", Top::kOfSitesToo},
    {"users", Top::kOfSitesToo},   {"program", Top::kOfSitesToo}, {"documents", Top::kOfSitesToo},
    {"conf", Top::kOfSitesToo},    {"logs", Top::kOfSitesToo},    {"bin", Top::kOfSitesToo},
    {"sbin", Top::kOfSitesToo},    {"lib", Top::kOfSitesToo},     {"srv", Top::kOfSitesToo},
    {"run", Top::kOfSitesToo},     {"www", Top::kOfSitesToo},     {"nginx", Top::kOfSitesToo},
};
constexpr WordTable kTopFolderTable(kTopFolders);

// Of files that programs are made of or set up by, and that no page asks for.
constexpr WordSet kSourceEndings({"py",       "rb",     "pl",  "java", "yml",        "yaml",
                                  "ini",      "conf",   "cfg", "env",  "properties", "log",
                                  "sql",      "bak",    "key", "pem",  "db",         "sqlite",
                                  "htpasswd", "passwd", "inc", "asax", "config"});

constexpr absl::string_view kWrappers[] = {
    "exec://", "php://",  "expect://", "phar://",          "zip://",
    "glob://", "ogg://",  "ssh2://",   "compress.zlib://", "compress.bzip2://",
    "rar://",  "data://", "zlib://",   "input://"};

// What a byte says of the path it may be in.
enum class PathSign : uint8_t {
  kNone,  // a word's
  kDot,
  kOfPath,  // a separator, or what passes for one
  kEnds
};
constexpr uint32_t kPathClasses =
    kSlashClass | kBackslashClass | kPercentClass | kControlClass | kWideClass | kWildClass;
constexpr std::array<PathSign, 256> MakePathSigns() {
  constexpr uint32_t kWord =
      kAlphaClass | kDigitClass | kUnderscoreClass | kDashClass | kDollarClass;
  std::array<PathSign, 256> signs{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const uint32_t of = ByteClassOf(c);
    PathSign sign = PathSign::kEnds;
    if ((of & kWord) != 0 || c == '~') sign = PathSign::kNone;
    if ((of & kPathClasses) != 0) sign = PathSign::kOfPath;
    if (c == '.') sign = PathSign::kDot;
    signs[byte] = sign;
  }
  return signs;
}
constexpr std::array<PathSign, 256> kPathSigns = MakePathSigns();

class PathSearch {
 public:
  PathSearch(const View& view, Hits& hits) : view_(view), text_(view.text), hits_(hits) {}

  // `spelled`: it may have separators in hexadecimal, which only reading it tells.
  void Run(bool spelled) {
    size_t at = RunOne(0);  // how a text begins counts for more
    while (at < text_.size()) at = RunOne(spelled ? at : NextPath(at));
  }

 private:
  // Takes the items from `begin`, where no path goes on, to what ends a path, and returns where
  // that ends.
  size_t RunOne(size_t begin) {
    const auto at = static_cast<uint16_t>(begin);
    before_ = {.kind = begin == 0 ? PathKind::kEnd : PathKind::kOther, .begin = at, .end = at};
    PathItem item = ReadPathItem(text_, begin);
    while (item.kind != PathKind::kEnd) {
      const PathItem next = ReadPathItem(text_, item.end);
      Step(item, next);
      before_ = item;
      if (item.kind == PathKind::kOther) return item.end;
      item = next;
    }
    Finish();
    return text_.size();
  }

  // Where the next path begins that has more than words with single dots between or behind them: of
  // these none climbs, and only a path or the whole text is the name of a file.
  size_t NextPath(size_t at) const {
    if ((view_.classes & kPathClasses) == 0) return NextOddDot(at);
    size_t begin = at;
    for (; at < text_.size(); ++at) {
      const PathSign sign = kPathSigns[static_cast<uint8_t>(text_[at])];
      if (sign == PathSign::kNone) continue;
      if (sign == PathSign::kEnds) {
        begin = at + 1;
        continue;
      }
      if (sign == PathSign::kOfPath || at == begin || text_[at - 1] == '.') return begin;
    }
    return text_.size();
  }

  // The same where nothing but dots is of paths.
  size_t NextOddDot(size_t at) const {
    for (size_t dot = text_.find('.', at); dot < text_.size(); dot = text_.find('.', dot + 1)) {
      if (dot == at || kPathSigns[static_cast<uint8_t>(text_[dot - 1])] == PathSign::kEnds) {
        return dot;
      }
      if (text_[dot - 1] != '.') continue;
      while (dot > at && kPathSigns[static_cast<uint8_t>(text_[dot - 1])] != PathSign::kEnds) --dot;
      return dot;
    }
    return text_.size();
  }

  absl::string_view Text(const PathItem& item) const {
    return text_.substr(item.begin, item.end - item.begin);
  }

  static bool Separates(PathKind kind) {
    return kind == PathKind::kSeparator || kind == PathKind::kOdd;
  }

  void Step(const PathItem& item, const PathItem& next) {
    switch (item.kind) {
      case PathKind::kDots:
        StepDots(item, next);
        return;
      case PathKind::kSeparator:
        return;
      case PathKind::kOdd:
        // ".\0./", "..%u2216": part of a climb when dots stand beside it.
        if (before_.kind == PathKind::kDots || next.kind == PathKind::kDots) odd_ = true;
        if (item.end - item.begin > 1) odd_bytes_ = true;
        StepHexadecimal(item);
        return;
      case PathKind::kWord:
        StepWord(item, next);
        return;
      case PathKind::kOther:
      case PathKind::kEnd:
        Finish();
        Reset();
        return;
    }
  }

  // "0x2e0x2e0x2f" spells "../" for what decodes it.
  void StepHexadecimal(const PathItem& item) {
    constexpr absl::string_view kDots = "0x2e0x2e";
    ForEach(Text(item), kDots, [&](size_t at) {
      if (climbs_ + odd_dots_ == 0) begin_ = static_cast<size_t>(item.begin) + at;
      ++climbs_;
      odd_ = true;
      odd_bytes_ = true;
      return false;
    });
  }

  void StepDots(const PathItem& item, const PathItem& next) {
    if (!in_climb_) {
      in_climb_ = true;
      begin_ = item.begin;
      rooted_ = before_.kind == PathKind::kSeparator && before_.begin == 0;
    }
    const size_t dots = item.end - item.begin;
    const bool at_start = before_.kind != PathKind::kWord;
    if (dots >= 2 && Separates(next.kind) && at_start) {
      ++climbs_;
      climbing_ = true;
    }
    if (dots == 1 && next.kind == PathKind::kOdd) ++odd_dots_;
    if (dots > 2 && Separates(next.kind) && at_start) odd_ = true;  // "..../", ".../"
    if (next.kind == PathKind::kWord && (at_start || before_.kind == PathKind::kEnd)) {
      const PathItem after = ReadPathItem(text_, next.end);
      const bool ends = after.kind != PathKind::kWord;
      if (dots == 1 && ends && kHiddenFileSet.Has(Text(next)) && HiddenFileIsAsked(item, after)) {
        hits_.Add(Rule::kPathSecretFile, item.begin, next.end);
      }
    }
  }

  // ".env" after a slash, or as all there is; not "foo.git", nor "https://x.git".
  bool HiddenFileIsAsked(const PathItem& dots, const PathItem& after) const {
    // ".git/config" from the start, ".env" behind a slash.
    const bool folder = dots.begin == 0 && after.kind == PathKind::kSeparator &&
                        ReadPathItem(text_, after.end).kind == PathKind::kWord;
    const bool path = before_.kind == PathKind::kSeparator || folder ||
                      (dots.begin == 0 && (view_.place == Place::kPath || climbs_ > 0));
    if (after.kind == PathKind::kDots && IsSample(after)) return false;
    return path && (after.kind == PathKind::kEnd || after.kind == PathKind::kSeparator ||
                    after.kind == PathKind::kOdd || after.kind == PathKind::kDots);
  }

  // ".env.example": what a project shows of a file that it does not show.
  bool IsSample(const PathItem& dot) const {
    const PathItem word = ReadPathItem(text_, dot.end);
    const absl::string_view name = Text(word);
    return word.kind == PathKind::kWord && climbs_ == 0 &&
           (name == "example" || name == "sample" || name == "dist" || name == "template");
  }

  void StepWord(const PathItem& item, const PathItem& next) {
    const absl::string_view word = Text(item);
    if (Separates(before_.kind) || before_.kind == PathKind::kDots) LookAtTarget(item, word);
    if (Separates(next.kind)) LookAtPair(item, word, next);
    if (next.kind == PathKind::kDots && next.end - next.begin == 1) LookAtName(item, word, next);
    if (before_.kind == PathKind::kDots && climbs_ == 0) in_climb_ = false;
    climbing_ = false;
  }

  // The first word after a climb.
  void LookAtTarget(const PathItem& item, absl::string_view word) {
    if (!climbing_) return;
    const Top* const top = kTopFolderTable.Find(word);
    if (top == nullptr || !Separates(before_.kind)) return;
    if (*top == Top::kOfSystems || climbs_ > 2) {
      hits_.Add(Rule::kPathClimb, begin_, item.end);
    }
  }

  // "etc/passwd", whatever stands for the slash; in a sentence a "?" or a blank does not.
  void LookAtPair(const PathItem& item, absl::string_view folder, const PathItem& separator) {
    if (!kSecretFolderSet.Has(folder)) return;
    PathItem name = ReadPathItem(text_, separator.end);
    if (name.kind == PathKind::kSeparator || name.kind == PathKind::kOdd) {
      name = ReadPathItem(text_, name.end);
    }
    if (name.kind == PathKind::kSeparator) name = ReadPathItem(text_, name.end);
    if (name.kind == PathKind::kDots && name.end - name.begin == 1) {  // /root/.bash_history, /./
      const PathItem after = ReadPathItem(text_, name.end);
      name = Separates(after.kind) ? ReadPathItem(text_, after.end) : after;
    }
    if (name.kind != PathKind::kWord) return;
    const absl::string_view file = Text(name);
    const auto* const found = std::find_if(kSecretFiles.begin(), kSecretFiles.end(),
                                           [folder, file](const SecretFile& secret) {
                                             return secret.folder == folder && secret.name == file;
                                           });
    if (found == kSecretFiles.end()) return;
    // "hardware, etc/security": a path begins before it, or the text, or ends the text.
    const bool path = Separates(before_.kind) || before_.kind == PathKind::kDots ||
                      view_.depth > 0 || item.begin == 0 || file == "passwd" || file == "shadow" ||
                      ReadPathItem(text_, name.end).kind == PathKind::kEnd;
    const bool talk = item.begin == 0 && At(text_, name.end) == ' ';
    if (path && !talk && !IsTold(item.begin, name.end))
      hits_.Add(Rule::kPathSecretFile, item.begin, name.end);
  }

  // "the line in /etc/hosts is wrong": a sentence tells of it. What opens files is given the path
  // alone.
  bool IsTold(size_t begin, size_t end) const {
    return climbs_ == 0 && view_.depth == 0 && IsPathInSentence(text_, begin, end);
  }

  // "boot.ini"; a name by itself may be a question, so something of a path must stand before it.
  void LookAtName(const PathItem& item, absl::string_view word, const PathItem& dot) {
    const PathItem extension = ReadPathItem(text_, dot.end);
    if (extension.kind != PathKind::kWord) return;
    const absl::string_view suffix = Text(extension);
    const auto* const found = std::find_if(kSecretNames.begin(), kSecretNames.end(),
                                           [word, suffix](const SecretFile& secret) {
                                             return secret.folder == word && secret.name == suffix;
                                           });
    if (found == kSecretNames.end()) return;
    const bool whole = item.begin == 0 && ReadPathItem(text_, extension.end).kind == PathKind::kEnd;
    if (Separates(before_.kind) || before_.kind == PathKind::kDots || whole) {
      hits_.Add(Rule::kPathSecretFile, item.begin, extension.end);
    }
  }

  void Finish() {
    if (climbs_ == 0 && odd_dots_ < 2) return;
    const size_t end = before_.end;
    // Spelled so that only a second look finds it, or with bytes that no file name has.
    if ((view_.depth > 0 && climbs_ > 1) || (odd_ && odd_bytes_ && climbs_ + odd_dots_ > 1)) {
      hits_.Add(Rule::kPathHiddenClimb, begin_, end);
    }
    if (climbs_ > 3 || (climbs_ > 2 && rooted_)) hits_.Add(Rule::kPathLongClimb, begin_, end);
    if (climbs_ > 0) hits_.Add(Rule::kPathShortClimb, begin_, end);
    // In bodies programs are told where their logs are.
    const bool told = IsBody(view_.place) && view_.place != Place::kForm;
    const bool source = climbs_ > 1 ? EndsInSource(end) : !told && EndsInLog(end);
    if (climbs_ > 0 && begin_ == 0 && source) hits_.Add(Rule::kPathClimb, begin_, end);
  }

  // "../../config/database.yml": what a climb of a page would not load.
  bool EndsInSource(size_t end) const {
    const absl::string_view path = text_.substr(0, std::min(end, text_.size()));
    const size_t dot = path.rfind('.');
    return (dot != absl::string_view::npos && kSourceEndings.Has(path.substr(dot + 1))) ||
           EndsInLog(end);
  }

  // "../logs/access_log"
  bool EndsInLog(size_t end) const {
    const absl::string_view path = text_.substr(0, std::min(end, text_.size()));
    return absl::EndsWith(path, "/access_log") || absl::EndsWith(path, "/error_log") ||
           (absl::EndsWith(path, ".log") && absl::StrContains(path, "/logs/"));
  }

  void Reset() {
    in_climb_ = false;
    climbs_ = 0;
    odd_dots_ = 0;
    climbing_ = false;
    odd_ = false;
    odd_bytes_ = false;
    rooted_ = false;
  }

  const View& view_;
  const absl::string_view text_;
  Hits& hits_;
  PathItem before_;
  size_t begin_ = 0;
  size_t climbs_ = 0;
  size_t odd_dots_ = 0;
  bool in_climb_ = false;
  bool climbing_ = false;  // nothing but dots and separators since the last step up
  bool odd_ = false;
  bool odd_bytes_ = false;
  bool rooted_ = false;  // the value begins with a slash, so a climb leads nowhere
};

void FindWrapper(const View& view, Hits& hits) {
  const absl::string_view text = view.text;
  ForEach(view, Needle("://"), [&](size_t at) {
    if (at == 0 || !IsAlnum(text[at - 1])) return false;
    for (const absl::string_view wrapper : kWrappers) {
      const size_t size = wrapper.size();
      if (at + 3 < size) continue;
      const size_t begin = at + 3 - size;
      if (text.substr(begin, size) != wrapper) continue;
      if (begin > 0 && IsNameByte(text[begin - 1])) continue;
      hits.Add(Rule::kPathWrapper, begin, at + 3);
      return true;
    }
    return false;
  });
}

// Folders that hold nothing but what belongs to the system.
constexpr absl::string_view kSystemFolders[] = {
    "/etc/",           "/proc/",         "/root/.",     "/var/log/",     "/var/lib/",
    "/var/run/",       "/var/spool/",    "/var/mail/",  "/var/backups/", "/run/secrets/",
    "/sys/class/",     "/boot/grub/",    "c:/windows/", "c:/winnt/",     "c:/inetpub/",
    "/usr/local/etc/", "c:/programdata/"};

// The value as a whole is a path from the root into one of them.
void LookAtWholePath(const View& view, Hits& hits) {
  // In bodies services tell one another of mounts and logs.
  if (IsBody(view.place) && view.place != Place::kForm) return;
  if (!view.begins || !view.ends || view.is_name || view.text.size() > 128) return;
  absl::string_view text = view.text;
  if (At(text, 0) != '/' && !HasAt(text, 1, ":\\") && !HasAt(text, 1, ":/")) return;
  if (text.find_first_of(" \t\r\n<>()") != absl::string_view::npos) return;
  std::string path(text);
  std::replace(path.begin(), path.end(), '\\', '/');
  for (const absl::string_view folder : kSystemFolders) {
    const bool named = path.size() > folder.size() && IsNameByte(path[folder.size()]);
    if (named && absl::StartsWith(path, folder))
      return hits.Add(Rule::kPathSecretFile, 0, text.size());
  }
}

// "..;/": some servers drop what stands behind a semicolon, and then climb.
void FindParameterClimb(const View& view, Hits& hits) {
  const size_t at = view.Find(Needle("..;/"));
  if (at != absl::string_view::npos) hits.Add(Rule::kPathHiddenClimb, at, at + 4);
}

}  // namespace

void FindPath(const View& view, Hits& hits) {
  constexpr uint32_t kNeeds =
      kSlashClass | kBackslashClass | kDotClass | kWideClass | kControlClass | kPercentClass;
  if ((view.classes & kControlClass) != 0 && view.place != Place::kBytes &&
      view.place != Place::kGrpc && view.place != Place::kWebSocket) {
    const size_t nul = view.text.find('\0');
    if (nul != absl::string_view::npos) hits.Add(Rule::kPathNul, nul, nul + 1);
  }
  const bool spelled = view.Find(Needle("0x")) != absl::string_view::npos;
  const bool climbs = view.Find(Needle("../")) != absl::string_view::npos ||
                      view.Find(Needle("..\\")) != absl::string_view::npos;
  if ((view.classes & kNeeds) == 0 && !spelled) return;
  if ((view.classes & kAlphaClass) == 0 && !climbs) return;
  LookAtWholePath(view, hits);
  PathSearch(view, hits).Run(spelled);
  FindParameterClimb(view, hits);
  if ((view.classes & kColonClass) != 0) FindWrapper(view, hits);
}

}  // namespace firebreak::inspect
