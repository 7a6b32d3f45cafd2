// Finds shells in byte streams of no known protocol.
#ifndef FIREBREAK_INSPECT_STREAM_SHELL_WATCH_H_
#define FIREBREAK_INSPECT_STREAM_SHELL_WATCH_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

#include "inspect/protocol/identify.h"
#include "inspect/stream/risk.h"

namespace firebreak::inspect {

// ShellWatch divides a conversation into turns: all that one side says before the other one speaks.
// A turn is the same however it was cut on the wire. Of a turn its length, its time and its last
// bytes are kept, for the last 8 turns: that is all the state.
//
// A reverse shell connects out, and then answers: the client's turns end with a prompt, and the
// server's are lines. Typing is seen without a prompt too: short lines from the server, seconds
// apart and irregular, each answered at once.
class ShellWatch {
 public:
  // micros: when the bytes came, on any clock; 0 throughout: there is none, and no cadence.
  void Feed(Side side, absl::string_view bytes, int64_t micros);
  // Finish ends the last turn.
  void Finish() { EndTurn(); }

  const std::optional<Risk>& prompt() const { return prompt_; }
  const std::optional<Risk>& typing() const { return typing_; }

 private:
  static constexpr size_t kRing = 8;
  static constexpr size_t kTail = 96;

  struct Turn {
    uint32_t length = 0;
    bool text = true;
    bool line = false;  // ends with LF
    int64_t gap = 0;    // micros since the turn before ended
  };

  void EndTurn();
  void LookForPrompt();
  void LookForTyping();
  // The turn `back` turns ago; 0 is the last one that ended.
  const Turn& Before(size_t back) const { return turns_[(ended_ - 1 - back) % kRing]; }

  Side side_ = Side::kClient;
  bool speaking_ = false;
  Turn turn_;
  int64_t last_micros_ = 0;
  std::array<char, kTail> tail_{};
  size_t tail_size_ = 0;
  size_t ended_ = 0;
  std::array<Turn, kRing> turns_{};
  std::optional<Risk> prompt_;
  std::optional<Risk> typing_;
};

// IsShellPrompt: text ends as what a shell prints before it waits: "user@host:~$ ", "sh-5.1# ",
// "C:\>", "PS C:\>".
bool IsShellPrompt(absl::string_view text);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_STREAM_SHELL_WATCH_H_
