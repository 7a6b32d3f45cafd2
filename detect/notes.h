// What people said of incidents: seen, not now, a false alarm, an intruder.
#ifndef FIREBREAK_DETECT_NOTES_H_
#define FIREBREAK_DETECT_NOTES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "config/diagnostics.h"
#include "detect/incidents.h"
#include "detect/names.h"
#include "detect/signal.h"

namespace firebreak::detect {

// Kind is a kind of finding: a signal between a caller and a callee, both by name.
struct Kind {
  Signal signal = Signal::kNewEdge;
  std::string source;
  std::string destination;

  friend bool operator==(const Kind& a, const Kind& b) {
    return std::tie(a.signal, a.source, a.destination) ==
           std::tie(b.signal, b.source, b.destination);
  }
  friend bool operator<(const Kind& a, const Kind& b) {
    return std::tie(a.signal, a.source, a.destination) <
           std::tie(b.signal, b.source, b.destination);
  }
};

// KindsOf lists the kinds of finding that an incident is made of, sorted.
std::vector<Kind> KindsOf(const Incident& incident, const Names& names);

enum class Verdict : uint8_t { kNone, kFalseAlarm, kIntruder };

// Note is what was said of one incident. Times of the incident are those of the flow records.
struct Note {
  std::string uid;
  absl::Time said_at;
  std::string by;
  std::string reason;
  std::optional<absl::Time> mute_until;  // none: it was acknowledged
  Verdict verdict = Verdict::kNone;
  absl::Time raised_at;
  absl::Time last_seen_at;
  std::vector<Kind> kinds;  // sorted
};

enum class Standing : uint8_t { kNew, kAcknowledged, kMuted };
// StandingName is "New", "Acknowledged" or "Muted".
absl::string_view StandingName(Standing standing);

// Notes are kept in a small file of their own, which people may read.
class Notes {
 public:
  static constexpr size_t kMaxNotes = 1'000;
  static constexpr size_t kMaxKinds = 64;
  static constexpr size_t kMaxTextBytes = 256;  // of a reason, and of a name

  // Parse reads the file. Anything that it does not understand is reported, with its position, and
  // gives nullopt.
  static std::optional<Notes> Parse(absl::string_view file, absl::string_view text,
                                    config::Diagnostics* diagnostics);
  // Text is what Parse takes.
  std::string Text() const;

  // Say adds a note in the place of what was said of the incident before, whose verdict, and by
  // whom, stay unless the note says other. Mutes that ended before the note was said make room.
  // ResourceExhausted: there is none. InvalidArgument: more kinds, or more text, than a note may
  // have.
  absl::Status Say(Note note);
  // Forget takes back what was said of an incident: of one only, by the beginning of its uid.
  // False: nothing was, or it is not clear of which.
  bool Forget(absl::string_view uid);

  // About is what was said of this incident; null: nothing.
  const Note* About(absl::string_view uid) const;
  // Of tells how an incident stands, and by which note: it is muted while all that it is made of is
  // of kinds that one mute covers, so that an incident that goes one step beyond is told. A mute
  // covers what is raised from the incident that it was said of until it ends.
  struct Answer {
    Standing standing = Standing::kNew;
    const Note* note = nullptr;
  };
  Answer Of(const Incident& incident, const Names& names) const;

  const std::vector<Note>& all() const { return notes_; }

 private:
  std::vector<Note> notes_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_NOTES_H_
