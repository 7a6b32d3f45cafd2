#include "inspect/attack/shell_command.h"

#include <algorithm>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"

namespace firebreak::inspect {
namespace {

using Kind = ShellCommand::Kind;

constexpr WordEntry<Kind> kCommands[] = {
    {"ls", Kind::kProgram},        {"cat", Kind::kWord},
    {"id", Kind::kShort},          {"whoami", Kind::kProgram},
    {"uname", Kind::kProgram},     {"pwd", Kind::kProgram},
    {"ifconfig", Kind::kProgram},  {"ipconfig", Kind::kProgram},
    {"netstat", Kind::kProgram},   {"ping", Kind::kWord},
    {"nslookup", Kind::kProgram},  {"dig", Kind::kWord},
    {"wget", Kind::kProgram},      {"curl", Kind::kProgram},
    {"nc", Kind::kProgram},        {"ncat", Kind::kProgram},
    {"netcat", Kind::kProgram},    {"telnet", Kind::kProgram},
    {"bash", Kind::kProgram},      {"sh", Kind::kProgram},
    {"zsh", Kind::kProgram},       {"ksh", Kind::kProgram},
    {"csh", Kind::kProgram},       {"dash", Kind::kWord},
    {"python", Kind::kWord},       {"python2", Kind::kProgram},
    {"python3", Kind::kProgram},   {"perl", Kind::kProgram},
    {"ruby", Kind::kWord},         {"php", Kind::kProgram},
    {"node", Kind::kWord},         {"lua", Kind::kProgram},
    {"awk", Kind::kProgram},       {"sed", Kind::kProgram},
    {"grep", Kind::kProgram},      {"find", Kind::kWord},
    {"echo", Kind::kWord},         {"printf", Kind::kProgram},
    {"rm", Kind::kProgram},        {"cp", Kind::kProgram},
    {"mv", Kind::kProgram},        {"chmod", Kind::kProgram},
    {"chown", Kind::kProgram},     {"touch", Kind::kWord},
    {"mkdir", Kind::kProgram},     {"head", Kind::kWord},
    {"tail", Kind::kWord},         {"more", Kind::kWord},
    {"less", Kind::kWord},         {"nl", Kind::kShort},
    {"tac", Kind::kProgram},       {"rev", Kind::kWord},
    {"sort", Kind::kWord},         {"uniq", Kind::kProgram},
    {"cut", Kind::kWord},          {"tr", Kind::kShort},
    {"tee", Kind::kShort},         {"xxd", Kind::kProgram},
    {"od", Kind::kShort},          {"base64", Kind::kProgram},
    {"ps", Kind::kShort},          {"top", Kind::kWord},
    {"kill", Kind::kWord},         {"env", Kind::kShort},
    {"printenv", Kind::kProgram},  {"export", Kind::kWord},
    {"eval", Kind::kProgram},      {"exec", Kind::kProgram},
    {"source", Kind::kWord},       {"sleep", Kind::kWord},
    {"date", Kind::kWord},         {"who", Kind::kWord},
    {"last", Kind::kWord},         {"hostname", Kind::kWord},
    {"df", Kind::kShort},          {"du", Kind::kShort},
    {"mount", Kind::kWord},        {"crontab", Kind::kProgram},
    {"set", Kind::kWord},          {"nohup", Kind::kProgram},
    {"sudo", Kind::kProgram},      {"su", Kind::kShort},
    {"ssh", Kind::kProgram},       {"scp", Kind::kProgram},
    {"ftp", Kind::kProgram},       {"tftp", Kind::kProgram},
    {"tar", Kind::kWord},          {"gzip", Kind::kProgram},
    {"zip", Kind::kWord},          {"gcc", Kind::kProgram},
    {"make", Kind::kWord},         {"mysql", Kind::kProgram},
    {"psql", Kind::kProgram},      {"systeminfo", Kind::kProgram},
    {"dir", Kind::kShort},         {"type", Kind::kWord},
    {"del", Kind::kShort},         {"copy", Kind::kWord},
    {"move", Kind::kWord},         {"net", Kind::kShort},
    {"netsh", Kind::kProgram},     {"tasklist", Kind::kProgram},
    {"cmd", Kind::kProgram},       {"powershell", Kind::kProgram},
    {"pwsh", Kind::kProgram},      {"certutil", Kind::kProgram},
    {"bitsadmin", Kind::kProgram}, {"reg", Kind::kShort},
    {"wmic", Kind::kProgram},      {"ver", Kind::kShort},
    {"timeout", Kind::kWord},      {"mshta", Kind::kProgram},
    {"rundll32", Kind::kProgram},  {"regsvr32", Kind::kProgram},
    {"cscript", Kind::kProgram},   {"busybox", Kind::kProgram},
    {"xterm", Kind::kProgram},     {"socat", Kind::kProgram},
    {"docker", Kind::kProgram},    {"kubectl", Kind::kProgram},
    {"getent", Kind::kProgram},    {"lsof", Kind::kProgram},
    {"vi", Kind::kWord},           {"vim", Kind::kProgram},
    {"reboot", Kind::kProgram},    {"shutdown", Kind::kProgram},
    {"halt", Kind::kWord},         {"usleep", Kind::kProgram},
    {"ip", Kind::kShort},          {"arp", Kind::kProgram},
    {"route", Kind::kWord},        {"traceroute", Kind::kProgram},
    {"host", Kind::kWord},         {"finger", Kind::kWord},
    {"lynx", Kind::kWord},         {"fetch", Kind::kWord},
    {"man", Kind::kWord},          {"test", Kind::kWord},
    {"expr", Kind::kProgram},      {"cd", Kind::kShort},
    {"locate", Kind::kWord},       {"which", Kind::kWord},
    {"whereis", Kind::kProgram},   {"dd", Kind::kShort},
    {"phpinfo", Kind::kProgram},   {"systemctl", Kind::kProgram},
    {"service", Kind::kWord},      {"nmap", Kind::kProgram},
    {"iptables", Kind::kProgram},  {"passwd", Kind::kProgram},
    {"useradd", Kind::kProgram},   {"history", Kind::kWord},
    {"alias", Kind::kWord},        {"openssl", Kind::kProgram},
    {"rsync", Kind::kProgram},     {"git", Kind::kProgram},
    {"xargs", Kind::kProgram},     {"svn", Kind::kProgram},
    {"yum", Kind::kProgram},       {"dnf", Kind::kProgram},
    {"apk", Kind::kProgram},       {"pip", Kind::kProgram},
    {"pip3", Kind::kProgram},      {"npm", Kind::kProgram},
    {"npx", Kind::kProgram},       {"javac", Kind::kProgram},
    {"lftp", Kind::kProgram},      {"sftp", Kind::kProgram},
    {"smbclient", Kind::kProgram}, {"rpcinfo", Kind::kProgram},
    {"showmount", Kind::kProgram}, {"ldapsearch", Kind::kProgram},
    {"snmpwalk", Kind::kProgram},  {"mailx", Kind::kProgram},
    {"sendmail", Kind::kProgram},  {"swaks", Kind::kProgram},
    {"setsid", Kind::kProgram},    {"tmux", Kind::kProgram},
    {"strace", Kind::kProgram},    {"ltrace", Kind::kProgram},
    {"gdb", Kind::kProgram},       {"cc", Kind::kProgram},
    {"clang", Kind::kProgram},     {"tcpdump", Kind::kProgram},
    {"tshark", Kind::kProgram},    {"nping", Kind::kProgram},
    {"hping3", Kind::kProgram},    {"masscan", Kind::kProgram},
    {"adduser", Kind::kProgram},   {"usermod", Kind::kProgram},
    {"userdel", Kind::kProgram},   {"groupadd", Kind::kProgram},
    {"chpasswd", Kind::kProgram},  {"visudo", Kind::kProgram},
    {"chattr", Kind::kProgram},    {"setfacl", Kind::kProgram},
    {"setcap", Kind::kProgram},    {"insmod", Kind::kProgram},
    {"modprobe", Kind::kProgram},  {"sysctl", Kind::kProgram},
    {"dmesg", Kind::kProgram},     {"journalctl", Kind::kProgram},
    {"ip6tables", Kind::kProgram}, {"nft", Kind::kProgram},
    {"ufw", Kind::kProgram},       {"fdisk", Kind::kProgram},
    {"mkfs", Kind::kProgram},      {"shred", Kind::kProgram},
    {"unlink", Kind::kProgram},    {"ln", Kind::kProgram},
    {"rmdir", Kind::kProgram},     {"csplit", Kind::kProgram},
    {"hexdump", Kind::kProgram},   {"base32", Kind::kProgram},
    {"gpg", Kind::kProgram},       {"zcat", Kind::kProgram},
    {"bzip2", Kind::kProgram},     {"xz", Kind::kProgram},
    {"unzip", Kind::kProgram},     {"gunzip", Kind::kProgram},
    {"bunzip2", Kind::kProgram},   {"cpio", Kind::kProgram},
    {"jq", Kind::kProgram},        {"tclsh", Kind::kProgram},
    {"nodejs", Kind::kProgram},    {"deno", Kind::kProgram},
    {"osascript", Kind::kProgram}, {"launchctl", Kind::kProgram},
    {"schtasks", Kind::kProgram},  {"wscript", Kind::kProgram},
    {"msbuild", Kind::kProgram},   {"installutil", Kind::kProgram},
    {"odbcconf", Kind::kProgram},  {"forfiles", Kind::kProgram},
    {"findstr", Kind::kProgram},   {"robocopy", Kind::kProgram},
    {"xcopy", Kind::kProgram},     {"icacls", Kind::kProgram},
    {"takeown", Kind::kProgram},   {"vssadmin", Kind::kProgram},
    {"wevtutil", Kind::kProgram},  {"nltest", Kind::kProgram},
    {"nbtstat", Kind::kProgram},   {"pathping", Kind::kProgram},
    {"tracert", Kind::kProgram},   {"iwr", Kind::kProgram},
    {"iex", Kind::kProgram},       {"crictl", Kind::kProgram},
    {"nsenter", Kind::kProgram},   {"chroot", Kind::kProgram},
    {"unshare", Kind::kProgram},   {"runc", Kind::kProgram},
    {"gcloud", Kind::kProgram},    {"ansible", Kind::kProgram},
    {"whois", Kind::kProgram},     {"aria2c", Kind::kProgram},
    {"gawk", Kind::kProgram},      {"mawk", Kind::kProgram},
    {"nawk", Kind::kProgram},      {"rbash", Kind::kProgram},
    {"pkill", Kind::kProgram},     {"killall", Kind::kProgram},
    {"mknod", Kind::kProgram},     {"mkfifo", Kind::kProgram},
    {"uptime", Kind::kWord},       {"lscpu", Kind::kProgram},
    {"lsblk", Kind::kProgram},     {"aws", Kind::kWord},
    {"terraform", Kind::kWord},    {"rename", Kind::kWord},
    {"attrib", Kind::kWord},       {"read", Kind::kWord},
    {"time", Kind::kWord},         {"wall", Kind::kWord},
};
constexpr WordTable kCommandTable(kCommands);

// Programs that do nothing unless they are told what to. A list of their names is a list of topics,
// and how they are called is what people ask search engines.
constexpr WordSet kTools(
    {"wget",  "curl",  "nc",        "ncat",     "netcat",     "telnet",  "python2", "python3",
     "perl",  "php",   "lua",       "awk",      "gawk",       "sed",     "grep",    "cp",
     "mv",    "chmod", "chown",     "mkdir",    "base64",     "base32",  "ssh",     "scp",
     "ftp",   "tftp",  "sftp",      "lftp",     "gzip",       "gunzip",  "bzip2",   "bunzip2",
     "xz",    "zcat",  "unzip",     "cpio",     "gcc",        "cc",      "clang",   "javac",
     "mysql", "psql",  "docker",    "kubectl",  "crictl",     "git",     "svn",     "yum",
     "dnf",   "apk",   "pip",       "pip3",     "npm",        "npx",     "nodejs",  "deno",
     "vim",   "jq",    "gpg",       "openssl",  "rsync",      "ansible", "gcloud",  "nmap",
     "tmux",  "gdb",   "strace",    "iptables", "xargs",      "rm",      "ln",      "whois",
     "bash",  "zsh",   "systemctl", "sudo",     "powershell", "pwsh"});

constexpr WordSet kWaiting({"sleep", "usleep", "ping", "timeout"});

// What may stand before a command within a line.
constexpr WordSet kPrefixes({"command", "builtin", "then", "do", "else"});

// Commands of PowerShell are a verb and a noun.
constexpr WordSet kVerbs({"get", "set", "new", "start", "stop", "invoke", "remove", "add", "out",
                          "write", "import", "export", "select", "where", "foreach"});
constexpr WordSet kNouns({"childitem", "content",         "item",       "itemproperty",
                          "process",   "service",         "command",    "expression",
                          "sleep",     "webrequest",      "restmethod", "object",
                          "wmiobject", "ciminstance",     "host",       "output",
                          "location",  "executionpolicy", "localuser",  "eventlog",
                          "module"});

// Bytes a shell drops from within a word: quotes, backslash, Windows's caret.
bool IsDropped(char c) { return c == '\'' || c == '"' || c == '\\' || c == '^' || c == '`'; }

// VariableSize: "$@", "$*", "$1", "${x}", "${IFS}" at i, which may be nothing or a blank.
size_t VariableSize(absl::string_view text, size_t i) {
  if (text[i] != '$') return 0;
  const char next = At(text, i + 1);
  if (next == '@' || next == '*' || IsDigit(next)) return 2;
  if (next == '{') {
    const size_t close = text.substr(0, i + 24).find('}', i);
    return close == absl::string_view::npos ? 0 : close + 1 - i;
  }
  if (HasAt(text, i, "$()")) return 3;  // what a command says that is none
  if (HasAt(text, i, "$ifs")) return HasAt(text, i + 4, "$9") ? 6 : 4;
  return 0;
}

bool IsSeparator(char c) {
  return c == ';' || c == '|' || c == '&' || c == '\n' || c == '\r' || c == '`' || c == ')' ||
         c == '#' || c == '\0' || c == '\'' || c == '"' || c == '}';
}

// Name is the word of a command without what a shell drops from it.
struct Name {
  char bytes[16];
  size_t size = 0;
  size_t end = 0;
  size_t dropped = 0;
  absl::string_view view() const { return {bytes, size}; }
};

bool ReadName(absl::string_view text, size_t i, Name& name) {
  constexpr size_t kMaxBytes = 32;  // with what a shell drops
  size_t pending = 0;               // dropped bytes that count only when the word goes on
  for (const size_t end = std::min(text.size(), i + kMaxBytes); i < end; ++i) {
    const char c = text[i];
    if (IsNameByte(c)) {
      if (name.size == sizeof(name.bytes)) return false;
      name.bytes[name.size++] = c;
      name.end = i + 1;
      name.dropped += pending;
      pending = 0;
      continue;
    }
    const bool quoted = c == '$' && (At(text, i + 1) == '\'' || At(text, i + 1) == '"');  // $'id'
    if (name.size == 0 && !IsDropped(c) && !quoted) return false;
    if (IsDropped(c) || quoted) {
      ++pending;
      continue;
    }
    const size_t variable = VariableSize(text, i);
    if (variable == 0 || HasAt(text, i + 1, "ifs") || HasAt(text, i + 1, "{ifs")) break;
    pending += variable;
    i += variable - 1;
  }
  return name.size > 0;
}

// IsArgument: an option, a path, a redirection or a variable at i. No sentence has these.
bool IsArgument(absl::string_view text, size_t i) {
  constexpr absl::string_view kSigns = "/~<>$*%";
  const char c = At(text, i);
  const char next = At(text, i + 1);
  if (c == '-') return IsAlpha(next) || next == '-';
  if (c == '.') return next == '/' || next == '.';
  if (IsAlpha(c)) return next == ':' && (At(text, i + 2) == '\\' || At(text, i + 2) == '/');
  if (c == '\\') return next == '\\';
  return c != '\0' && kSigns.find(c) != absl::string_view::npos;
}

// What programs are told to do by a word. After the name of one they make a command.
constexpr absl::string_view kSubcommands[] = {
    "clone",    "fetch",  "pull",     "push",   "submodule",  "archive",     "s_client",
    "s_server", "enc",    "req",      "genrsa", "rand",       "dgst",        "install",
    "exec",     "run",    "apply",    "create", "delete",     "start",       "stop",
    "restart",  "enable", "config",   "get",    "add",        "remove",      "update",
    "compose",  "cp",     "ps",       "user",   "localgroup", "advfirewall", "process",
    "kill",     "init",   "download", "upload", "sync",       "query",       "export",
    "import"};
constexpr WordSet kSubcommandSet(kSubcommands);

// IsWordArgument: what may be one: a URL or path without its start, a number, something quoted,
// and after a program a word that tells it what to do, or another program for it to run.
bool IsWordArgument(absl::string_view text, size_t i, bool program) {
  constexpr size_t kLongest = 64;
  const absl::string_view word = text.substr(i, kLongest);
  const char c = At(word, 0);
  if (c == '\'' || c == '"') return true;
  const size_t name_end = NameEnd(word, 0);
  const absl::string_view name = word.substr(0, name_end);
  const bool ends = program && name_end > 0 && (name_end == word.size() || IsBlank(word[name_end]));
  if (ends && kSubcommandSet.Has(name)) return true;
  const Kind* const other = ends ? kCommandTable.Find(name) : nullptr;
  if (other != nullptr && *other == Kind::kProgram) return true;
  size_t digits = 0;
  while (IsDigit(At(word, digits)) || At(word, digits) == '.') ++digits;
  // "PHP 8.2.17; cURL 8.5.0": how a client tells what it is made of. An address has four parts.
  const auto dots = std::count(word.begin(), word.begin() + static_cast<ptrdiff_t>(digits), '.');
  if (program && (dots == 1 || dots == 2)) return false;
  constexpr uint32_t kEnds =
      kSpaceClass | kLineEndClass | kSemicolonClass | kPipeClass | kAmpersandClass;
  for (size_t end = digits; end < word.size() && (ByteClassOf(word[end]) & kEnds) == 0; ++end) {
    if (word[end] == '/' || HasAt(word, end, "::")) return true;
  }
  const size_t behind = SkipBlanks(word, digits);
  return digits > 0 && (behind == word.size() || IsSeparator(word[behind]));
}

bool StartsUrl(absl::string_view text, size_t i) {
  return HasAt(text, NameEnd(text, i), "://") || HasAt(text, i, "git+");
}

// What stands after the name: arguments, or nothing.
void LookBehind(absl::string_view text, ShellCommand& command) {
  size_t i = command.end;
  if (HasAt(text, i, ".exe")) {
    i += 4;
    command.kind = Kind::kProgram;
  }
  while (i < text.size() && (text[i] == '\'' || text[i] == '"' || text[i] == '\\')) ++i;
  // A plus is a blank that was encoded twice.
  const size_t argument =
      At(text, i) == '+' && IsArgument(text, i + 1) ? i + 1 : SkipBlanks(text, i);
  command.alone = argument >= text.size() || IsSeparator(text[argument]);
  command.arguments = i < text.size() && VariableSize(text, i) != 0;
  command.last = argument >= text.size();
  if (command.alone) return;
  const size_t word_end = NameEnd(text, argument);
  command.told = kSubcommandSet.Has(text.substr(argument, word_end - argument));
  command.from_url = StartsUrl(text, SkipBlanks(text, word_end));
  if (argument > i) {
    command.arguments = command.arguments || IsArgument(text, argument);
    command.words = IsWordArgument(text, argument, command.kind == Kind::kProgram);
    return;
  }
  const char c = text[i];
  command.arguments = command.arguments || c == '<' || c == '>' || c == '$' || c == '{' ||
                      (c == '+' && command.kind == Kind::kProgram);
}

// What counts where the command is right behind its separator: "-9", "index.php".
bool TightArgument(absl::string_view text, size_t name_end) {
  const size_t i = SkipBlanks(text, name_end);
  if (i == name_end) return false;
  if (At(text, i) == '-') return IsDigit(At(text, i + 1));
  const size_t stem_end = NameEnd(text, i);
  if (stem_end == i || At(text, stem_end) != '.') return false;
  constexpr size_t kLongestEnding = 5;
  const size_t end = NameEnd(text, stem_end + 1);
  return end > stem_end + 1 && end <= stem_end + 1 + kLongestEnding &&
         (end == text.size() || IsSeparator(text[end]));
}

// What a name is followed by when it is none of a command: a setting, a key, another word.
bool GoesOn(absl::string_view text, size_t end) {
  const char c = At(text, end);
  return c == '=' || c == ':' || c == '-' || (c == '.' && !HasAt(text, end, ".exe"));
}

// Past "-noun" behind a verb; 0: it is no command of PowerShell.
size_t CmdletEnd(absl::string_view text, absl::string_view verb, size_t end) {
  if (At(text, end) != '-' || !kVerbs.Has(verb)) return 0;
  const size_t noun_end = NameEnd(text, end + 1);
  return kNouns.Has(text.substr(end + 1, noun_end - end - 1)) ? noun_end : 0;
}

bool Opens(char c) { return IsBlank(c) || c == '@' || c == '(' || c == '{' || c == '!'; }

bool EndsPath(char c) {
  constexpr uint32_t kEnds = kSpaceClass | kLineEndClass | kSemicolonClass | kPipeClass |
                             kAmpersandClass | kLessClass | kOpenClass | kCloseClass |
                             kDollarClass | kBacktickClass | kSingleQuoteClass | kDoubleQuoteClass;
  return c == '>' || c == '+' || (ByteClassOf(c) & kEnds) != 0;
}

}  // namespace

// Past blanks, what opens a group, and variables that are nothing but a blank.
size_t ShellReader::SkipOpening(size_t i) {
  if (i < opening_begin_ || i >= opening_end_) {
    opening_begin_ = i;
    opening_end_ = i;
    while (opening_end_ < text_.size() && Opens(text_[opening_end_])) ++opening_end_;
  }
  i = opening_end_;
  while (HasAt(text_, i, "$ifs") || HasAt(text_, i, "${ifs")) {
    const size_t size = VariableSize(text_, i);
    if (size == 0) break;
    i += size;
  }
  return i;
}

// Past "then" and the like.
size_t ShellReader::SkipPrefixes(size_t i) const {
  constexpr int kMostPrefixes = 2;
  for (int n = 0; n < kMostPrefixes; ++n) {
    const size_t end = NameEnd(text_, i);
    if (!IsBlank(At(text_, end)) || !kPrefixes.Has(text_.substr(i, end - i))) break;
    i = SkipBlanks(text_, end);
  }
  return i;
}

// Past the folders before a name: /usr/bin/id, c:\windows\system32\cmd.
size_t ShellReader::SkipFolders(size_t i) {
  if (At(text_, i) == '\\') return i;
  if (i < path_begin_ || i >= path_end_) {
    path_begin_ = i;
    slash_ = absl::string_view::npos;
    backslash_ = absl::string_view::npos;
    for (path_end_ = i; path_end_ < text_.size() && !EndsPath(text_[path_end_]); ++path_end_) {
      if (text_[path_end_] == '/') slash_ = path_end_;
      if (text_[path_end_] == '\\') backslash_ = path_end_;
    }
  }
  const bool drive = At(text_, i + 1) == ':' && At(text_, i + 2) == '\\';
  const size_t last = drive ? backslash_ : slash_;
  return last == absl::string_view::npos || last < i ? i : last + 1;
}

ShellCommand ShellReader::Read(size_t at) {
  const size_t opened = SkipOpening(at);
  const size_t begin = SkipPrefixes(opened);
  const size_t name_begin = SkipFolders(begin);
  Name name;
  if (!ReadName(text_, name_begin, name)) return {};
  // x=$(...): what a shell runs before it has the value.
  // "&q=$('#id')" is a parameter, and what it holds not of a shell.
  const char first = At(text_, name.end + 3);
  if ((HasAt(text_, name.end, "=$(") && first != '\'' && first != '"') ||
      HasAt(text_, name.end, "=`")) {
    return {.kind = Kind::kProgram, .end = name.end, .arguments = true};
  }
  if (const size_t end = CmdletEnd(text_, name.view(), name.end); end != 0) {
    ShellCommand command{.kind = Kind::kProgram, .end = end};
    LookBehind(text_, command);
    return command;
  }
  const Kind* const kind = kCommandTable.Find(name.view());
  if (kind == nullptr || GoesOn(text_, name.end)) return {};
  ShellCommand command{
      .kind = *kind, .end = name.end, .hidden = name.dropped > 0, .has_path = name_begin > begin};
  // "TCP/IP connections": what has no folder of programs in it need not be a path.
  const absl::string_view folders = text_.substr(begin, name_begin - begin);
  const bool drive = At(folders, 1) == ':';
  if (IsAlnum(At(folders, 0)) && !drive && !absl::StrContains(folders, "bin/")) {
    command.has_path = false;
  }
  command.tool = kTools.Has(name.view());
  command.waits = kWaiting.Has(name.view());
  LookBehind(text_, command);
  // What is right behind a separator and says something is no word of a list.
  const bool tight = at == name_begin && at > 0 && text_[at - 1] != ' ';
  const bool line = tight && (text_[at - 1] == '\n' || text_[at - 1] == '\r');
  if (tight && !command.alone &&
      (name.view() == "echo" || (!line && TightArgument(text_, command.end)))) {
    command.arguments = true;
  }
  if (begin > opened && command.alone) command.arguments = true;
  // "; do more" is a sentence.
  if (begin > opened && !command.has_path && command.kind == Kind::kWord) return {};
  return command;
}

}  // namespace firebreak::inspect
