#include "inspect/stream/shell_watch.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/escape.h"

namespace firebreak::inspect {
namespace {

constexpr uint32_t kMaxCommand = 512;   // bytes of a line that a person types
constexpr uint32_t kMaxTyped = 80;      // for typing without a prompt
constexpr int64_t kThinking = 400'000;  // micros: nobody reads and types faster
constexpr int64_t kPrompt = 300'000;    // micros: a shell answers sooner

bool IsText(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 || c == '\n' || c == '\r' || c == '\t' || c == 0x1b || c == 0x08;
}

absl::string_view LastLine(absl::string_view text) {
  const size_t end = text.rfind('\n');
  return end == absl::string_view::npos ? text : text.substr(end + 1);
}

// "user@host:/path$", "user@host path]#": a name on both sides of the @.
bool IsUserAtHost(absl::string_view text) {
  const size_t at = text.find('@');
  return at != absl::string_view::npos && at > 0 && at + 1 < text.size() &&
         absl::ascii_isalnum(text[at - 1]) && absl::ascii_isalnum(text[at + 1]) &&
         !absl::StrContains(text.substr(0, at), ' ');
}

// What shells say when they are started without a terminal, by bash, dash, busybox and cmd.
constexpr absl::string_view kShellWords[] = {
    "no job control in this shell", "can't access tty; job control turned off",
    "cannot set terminal process group", "Microsoft Windows [Version "};

bool IsWindowsPrompt(absl::string_view line) {
  if (absl::StartsWith(line, "PS ")) line.remove_prefix(3);
  return line.size() >= 4 && absl::ascii_isupper(line[0]) && line[1] == ':' && line[2] == '\\' &&
         line.back() == '>';
}

}  // namespace

bool IsShellPrompt(absl::string_view text) {
  absl::string_view line = LastLine(text);
  // Colours, and the title of the window, stand around a prompt.
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  if (line.empty() || line.size() > 90) return false;
  if (IsWindowsPrompt(line)) return true;
  const char mark = line.back();
  if (mark != '$' && mark != '#') return false;
  line.remove_suffix(1);
  if (IsUserAtHost(line)) return true;
  for (const absl::string_view shell : {"sh-", "bash-", "dash-", "ash-", "zsh-"}) {
    if (absl::StartsWith(line, shell) && line.size() > shell.size() &&
        absl::ascii_isdigit(line[shell.size()])) {
      return true;
    }
  }
  // The bare prompts of sh and busybox, behind which a blank waits: "$ ", "# ", "/tmp # ".
  return absl::EndsWith(text, " ") &&
         (line.empty() || (line[0] == '/' && line.back() == ' ') || line == "~ ");
}

void ShellWatch::Feed(Side side, absl::string_view bytes, int64_t micros) {
  if (bytes.empty()) return;
  if (speaking_ && side != side_) EndTurn();
  if (!speaking_) {
    speaking_ = true;
    side_ = side;
    turn_ = Turn();
    turn_.gap = last_micros_ == 0 ? 0 : micros - last_micros_;
    tail_size_ = 0;
  }
  last_micros_ = micros;
  turn_.length = static_cast<uint32_t>(std::min<uint64_t>(turn_.length + bytes.size(), UINT32_MAX));
  turn_.text = turn_.text && std::all_of(bytes.begin(), bytes.end(), IsText);
  turn_.line = bytes.back() == '\n';
  const size_t keep = std::min(bytes.size(), kTail);
  const size_t old = std::min(tail_size_, kTail - keep);
  std::copy(tail_.begin() + static_cast<ptrdiff_t>(tail_size_ - old),
            tail_.begin() + static_cast<ptrdiff_t>(tail_size_), tail_.begin());
  const absl::string_view last = bytes.substr(bytes.size() - keep);
  std::copy(last.begin(), last.end(), tail_.begin() + static_cast<ptrdiff_t>(old));
  tail_size_ = old + keep;
}

void ShellWatch::EndTurn() {
  if (!speaking_) return;
  speaking_ = false;
  turns_[ended_ % kRing] = turn_;
  ++ended_;
  if (!prompt_.has_value()) LookForPrompt();
  if (!typing_.has_value()) LookForTyping();
}

// The client ended a turn with a prompt, and before or after it the server said a line or nothing.
void ShellWatch::LookForPrompt() {
  if (side_ != Side::kClient || !turn_.text) return;
  const absl::string_view tail(tail_.data(), tail_size_);
  const bool first = ended_ == 1;
  const bool command =
      !first && Before(1).text && Before(1).line && Before(1).length <= kMaxCommand;
  for (const absl::string_view words : kShellWords) {
    if (absl::StrContains(tail, words)) {
      prompt_ = {RiskKind::kShellPrompt, absl::StrCat("the client says \"", words,
                                                      "\", as a shell without a terminal does")};
      return;
    }
  }
  if ((first || command) && IsShellPrompt(tail)) {
    prompt_ = {RiskKind::kShellPrompt, absl::StrCat("the client's turn ends with the prompt \"",
                                                    PrintableEscaped(LastLine(tail)), "\"",
                                                    first ? " before the server has spoken"
                                                          : " after a line from the server")};
  }
}

void ShellWatch::LookForTyping() {
  if (side_ != Side::kClient || ended_ < kRing) return;
  int64_t shortest = INT64_MAX;
  int64_t longest = 0;
  for (size_t back = 0; back < kRing; back += 2) {
    const Turn& answer = Before(back);
    const Turn& typed = Before(back + 1);
    if (!typed.text || !typed.line || typed.length > kMaxTyped || !answer.text) return;
    if (typed.gap < kThinking || answer.gap > kPrompt) return;
    shortest = std::min(shortest, typed.gap);
    longest = std::max(longest, typed.gap);
  }
  if (longest < shortest + shortest / 4) return;  // a machine's clock
  typing_ = {
      RiskKind::kShellTyping,
      absl::StrCat("four lines of at most ", kMaxTyped, " bytes from the server, ", shortest / 1000,
                   " to ", longest / 1000, " ms after the answer before, each answered at once")};
}

}  // namespace firebreak::inspect
