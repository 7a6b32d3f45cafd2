#include "detect/notes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "base/time_text.h"
#include "config/source_map.h"
#include "config/timestamp.h"
#include "config/yaml_reader.h"
#include "detect/notes.pb.h"

namespace firebreak::detect {
namespace {

std::optional<Signal> SignalOf(absl::string_view name) {
  for (int i = 0; i < kSignals; ++i) {
    const auto signal = static_cast<Signal>(i);
    if (SignalName(signal) == name) return signal;
  }
  return std::nullopt;
}

Verdict VerdictOf(v1::Verdict verdict) {
  switch (verdict) {
    case v1::FALSE_ALARM:
      return Verdict::kFalseAlarm;
    case v1::INTRUDER:
      return Verdict::kIntruder;
    default:  // protobuf's enums are open
      return Verdict::kNone;
  }
}

// WhyNot says what is wrong with a note as it was written, or "".
std::string WhyNot(const v1::Note& note) {
  if (note.uid().empty()) return "uid is missing";
  if (!note.has_said_at() || !note.has_raised_at() || !note.has_last_seen_at()) {
    return "said_at, raised_at or last_seen_at is missing";
  }
  if (static_cast<size_t>(note.kinds_size()) > Notes::kMaxKinds) {
    return absl::StrCat("more than ", Notes::kMaxKinds, " kinds");
  }
  for (const absl::string_view text : {absl::string_view(note.uid()), absl::string_view(note.by()),
                                       absl::string_view(note.reason())}) {
    if (text.size() > Notes::kMaxTextBytes) {
      return absl::StrCat("uid, by or reason has more than ", Notes::kMaxTextBytes, " bytes");
    }
  }
  for (const v1::Kind& kind : note.kinds()) {
    if (!SignalOf(kind.signal()).has_value()) {
      return absl::StrCat("unknown signal \"", kind.signal(), "\"");
    }
  }
  return "";
}

Note NoteOf(const v1::Note& written) {
  Note note{.uid = written.uid(),
            .said_at = config::TimeOf(written.said_at()),
            .by = written.by(),
            .reason = written.reason(),
            .mute_until = std::nullopt,
            .verdict = VerdictOf(written.verdict()),
            .raised_at = config::TimeOf(written.raised_at()),
            .last_seen_at = config::TimeOf(written.last_seen_at()),
            .kinds = {}};
  if (written.has_mute_until()) note.mute_until = config::TimeOf(written.mute_until());
  for (const v1::Kind& kind : written.kinds()) {
    note.kinds.push_back({*SignalOf(kind.signal()), kind.source(), kind.destination()});
  }
  std::sort(note.kinds.begin(), note.kinds.end());
  return note;
}

void AppendQuoted(absl::string_view name, absl::string_view text, std::string* out) {
  absl::StrAppend(out, name);
  AppendJsonString(text, out);
}

void AppendNote(const Note& note, std::string* out) {
  AppendQuoted("- uid: ", note.uid, out);
  absl::StrAppend(out, "\n  said_at: ", UtcText(note.said_at, 6));
  AppendQuoted("\n  by: ", note.by, out);
  AppendQuoted("\n  reason: ", note.reason, out);
  if (note.mute_until.has_value()) {
    absl::StrAppend(out, "\n  mute_until: ", UtcText(*note.mute_until, 6));
  }
  if (note.verdict == Verdict::kFalseAlarm) out->append("\n  verdict: FALSE_ALARM");
  if (note.verdict == Verdict::kIntruder) out->append("\n  verdict: INTRUDER");
  absl::StrAppend(out, "\n  raised_at: ", UtcText(note.raised_at, 6),
                  "\n  last_seen_at: ", UtcText(note.last_seen_at, 6), "\n",
                  note.kinds.empty() ? "  kinds: []\n" : "  kinds:\n");
  for (const Kind& kind : note.kinds) {
    absl::StrAppend(out, "  - {signal: ", SignalName(kind.signal));
    AppendQuoted(", source: ", kind.source, out);
    AppendQuoted(", destination: ", kind.destination, out);
    out->append("}\n");
  }
}

}  // namespace

absl::string_view StandingName(Standing standing) {
  switch (standing) {
    case Standing::kNew:
      return "New";
    case Standing::kAcknowledged:
      return "Acknowledged";
    case Standing::kMuted:
      return "Muted";
  }
  return "";
}

std::vector<Kind> KindsOf(const Incident& incident, const Names& names) {
  std::vector<Kind> kinds;
  for (const Step& step : incident.steps) {
    for (const Clue& clue : step.clues) {
      kinds.push_back({clue.signal, std::string(names.Text(step.call.source)),
                       std::string(names.Text(step.call.destination))});
    }
  }
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  return kinds;
}

std::optional<Notes> Notes::Parse(absl::string_view file, absl::string_view text,
                                  config::Diagnostics* diagnostics) {
  v1::Notes message;
  config::SourceMap map;
  if (!config::ReadYaml(file, text, &message, &map, diagnostics)) return std::nullopt;
  Notes notes;
  if (static_cast<size_t>(message.notes_size()) > kMaxNotes) {
    map.Report("notes", config::ErrorCode::kInvalidValue,
               absl::StrCat("more than ", kMaxNotes, " notes"), "", diagnostics);
    return std::nullopt;
  }
  for (int i = 0; i < message.notes_size(); ++i) {
    const std::string wrong = WhyNot(message.notes(i));
    const std::string at = absl::StrCat("notes[", i, "]");
    if (!wrong.empty()) {
      map.Report(at, config::ErrorCode::kInvalidValue, absl::StrCat(at, ": ", wrong), "",
                 diagnostics);
      continue;
    }
    notes.notes_.push_back(NoteOf(message.notes(i)));
  }
  if (!diagnostics->ok()) return std::nullopt;
  return notes;
}

std::string Notes::Text() const {
  std::string text = "# What was said of incidents: see `firebreak incident list`.\n";
  text.append(notes_.empty() ? "notes: []\n" : "notes:\n");
  for (const Note& note : notes_) AppendNote(note, &text);
  return text;
}

absl::Status Notes::Say(Note note) {
  if (note.kinds.size() > kMaxKinds) {
    return absl::InvalidArgumentError(absl::StrCat("the incident is made of ", note.kinds.size(),
                                                   " kinds of findings; ", kMaxKinds,
                                                   " are the most that a note can be about"));
  }
  if (std::max({note.reason.size(), note.by.size(), note.uid.size()}) > kMaxTextBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a note has more than ", kMaxTextBytes, " bytes of text"));
  }
  if (const Note* const before = About(note.uid); before != nullptr) {
    if (note.verdict == Verdict::kNone) note.verdict = before->verdict;
    if (note.by.empty()) note.by = before->by;
  }
  const auto gives_way = [&note](const Note& other) {
    const bool over = other.mute_until.has_value() && *other.mute_until <= note.said_at &&
                      other.verdict == Verdict::kNone;
    return other.uid == note.uid || over;
  };
  notes_.erase(std::remove_if(notes_.begin(), notes_.end(), gives_way), notes_.end());
  if (notes_.size() >= kMaxNotes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there are ", kMaxNotes, " notes: `firebreak incident reopen` makes room"));
  }
  notes_.push_back(std::move(note));
  return absl::OkStatus();
}

bool Notes::Forget(absl::string_view uid) {
  const auto meant = [uid](const Note& note) { return absl::StartsWith(note.uid, uid); };
  if (std::count_if(notes_.begin(), notes_.end(), meant) != 1) return false;
  notes_.erase(std::remove_if(notes_.begin(), notes_.end(), meant), notes_.end());
  return true;
}

const Note* Notes::About(absl::string_view uid) const {
  const auto found = std::find_if(notes_.begin(), notes_.end(),
                                  [uid](const Note& note) { return note.uid == uid; });
  return found == notes_.end() ? nullptr : &*found;
}

Notes::Answer Notes::Of(const Incident& incident, const Names& names) const {
  if (notes_.empty()) return {};
  const absl::Time raised = absl::FromUnixMicros(incident.raised_us);
  const std::vector<Kind> kinds = KindsOf(incident, names);
  for (const Note& note : notes_) {
    const bool in_force =
        note.mute_until.has_value() && raised < *note.mute_until && raised >= note.raised_at;
    if (in_force && incident.more_steps == 0 &&
        std::includes(note.kinds.begin(), note.kinds.end(), kinds.begin(), kinds.end())) {
      return {Standing::kMuted, &note};
    }
  }
  const Note* const note = About(incident.uid);
  const bool acknowledged = note != nullptr && !note->mute_until.has_value();
  return acknowledged ? Answer{Standing::kAcknowledged, note} : Answer{};
}

}  // namespace firebreak::detect
