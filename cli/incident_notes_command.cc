#include "cli/incident_notes_command.h"

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "base/status.h"
#include "base/time_text.h"
#include "cli/certs_issue.h"
#include "cli/choice.h"
#include "cli/detect_run.h"
#include "cli/file_lock.h"
#include "cli/incident_printer.h"
#include "config/replace_file.h"

namespace firebreak::cli {
namespace {

constexpr mode_t kNotesMode = 0640;  // as the baseline: it names who talks to whom
constexpr absl::Duration kLongestMute = absl::Hours(24 * 90);

enum class Wanted { kNew, kAcknowledged, kMuted, kAll };

struct NotesFlags {
  DetectInput input;
  std::vector<std::string> files;  // positional
  std::string id;
  std::string by;
  std::string reason;
  std::string ttl;
  detect::Verdict verdict = detect::Verdict::kNone;
  Wanted wanted = Wanted::kAll;
  bool json = false;
};

// EditNotes changes the file under a lock. The error is about the file, or what change says.
absl::Status EditNotes(const DetectInput& input, CommandContext& context,
                       const std::function<absl::Status(detect::Notes&)>& change) {
  const std::string path = NotesPath(input);
  if (path.empty()) {
    return absl::InvalidArgumentError("nowhere to write it: give --notes FILE or --baseline FILE");
  }
  FB_ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(path));
  std::optional<detect::Notes> notes = ReadNotes(path, context);
  if (!notes.has_value()) return absl::InvalidArgumentError(absl::StrCat(path, " was not changed"));
  FB_RETURN_IF_ERROR(change(*notes));
  return config::RewriteFile(path, notes->Text(), kNotesMode);
}

bool IsWanted(Wanted wanted, detect::Standing standing) {
  switch (wanted) {
    case Wanted::kNew:
      return standing == detect::Standing::kNew;
    case Wanted::kAcknowledged:
      return standing == detect::Standing::kAcknowledged;
    case Wanted::kMuted:
      return standing == detect::Standing::kMuted;
    case Wanted::kAll:
      return true;
  }
  return false;
}

std::optional<DetectRun> RunOver(NotesFlags& flags, CommandContext& context) {
  std::vector<std::string>& files = flags.input.flows.files;
  files.insert(files.end(), flags.files.begin(), flags.files.end());
  return RunDetector(flags.input, context);
}

void RunList(NotesFlags flags, CommandContext& context) {
  std::optional<DetectRun> run = RunOver(flags, context);
  if (!run.has_value()) return;
  const detect::Names& names = run->detector.names();
  std::vector<const detect::Incident*> shown;
  for (const detect::Incident* incident : run->detector.incidents().All()) {
    if (IsWanted(flags.wanted, run->notes.Of(*incident, names).standing)) shown.push_back(incident);
  }
  if (!flags.json) {
    PrintTable(shown, run->notes, names, context);
    return;
  }
  for (const detect::Incident* incident : shown) {
    context.out << OcsfOf(*incident, run->notes.Of(*incident, names), run->labels, names) << "\n";
  }
}

// Say writes a note about one incident of the logs.
void Say(NotesFlags flags, std::optional<absl::Time> mute_until, CommandContext& context) {
  const std::optional<DetectRun> run = RunOver(flags, context);
  if (!run.has_value()) return;
  const detect::Names& names = run->detector.names();
  const detect::Incident* const incident = FindIncident(run->detector.incidents().All(), flags.id);
  if (incident == nullptr) {
    context.err << "there is no incident " << flags.id << " in these logs\n";
    context.exit_code = kExitNo;
    return;
  }
  const detect::Note note{.uid = incident->uid,
                          .said_at = context.clock.WallNow(),
                          .by = flags.by,
                          .reason = flags.reason,
                          .mute_until = mute_until,
                          .verdict = flags.verdict,
                          .raised_at = absl::FromUnixMicros(incident->raised_us),
                          .last_seen_at = absl::FromUnixMicros(incident->steps.back().call.end_us),
                          .kinds = detect::KindsOf(*incident, names)};
  const absl::Status said =
      EditNotes(flags.input, context, [&note](detect::Notes& notes) { return notes.Say(note); });
  if (!said.ok()) return FailUsage(context, said);
  context.out << (mute_until.has_value() ? "muted" : "acknowledged") << " incident " << incident->id
              << ", " << incident->uid;
  if (mute_until.has_value()) {
    context.out << ", and all that is made of the same " << note.kinds.size()
                << " kinds of findings, until " << UtcText(*mute_until);
  }
  context.out << "\nnotes:       " << NotesPath(flags.input) << "\n";
}

void RunMute(const NotesFlags& flags, CommandContext& context) {
  const auto ttl = ParseTtl(flags.ttl);
  if (!ttl.ok()) return FailUsage(context, ttl.status());
  if (*ttl > kLongestMute) {
    return FailUsage(context, absl::InvalidArgumentError(
                                  "--for: 90d at most; what is to last belongs in the labels"));
  }
  Say(flags, context.clock.WallNow() + *ttl, context);
}

void RunReopen(const NotesFlags& flags, CommandContext& context) {
  const absl::Status forgotten =
      EditNotes(flags.input, context, [&flags](detect::Notes& notes) -> absl::Status {
        if (notes.Forget(flags.id)) return absl::OkStatus();
        return absl::NotFoundError(flags.id);
      });
  if (absl::IsNotFound(forgotten)) {
    context.err << "nothing was said of an incident " << flags.id << ", or of several\n";
    context.exit_code = kExitNo;
    return;
  }
  if (!forgotten.ok()) return FailUsage(context, forgotten);
  context.out << "what was said of " << flags.id << " is taken back\n";
}

CLI::App& AddWithId(CLI::App& incident, const char* name, const char* help, NotesFlags& flags,
                    const char* id_help) {
  CLI::App& command = *incident.add_subcommand(name, help);
  command.add_option("ID", flags.id, id_help)->required()->option_text(" ");
  return command;
}

void AddLogs(CLI::App& command, NotesFlags& flags) {
  command.add_option("FILE", flags.files, "Flow logs; - is standard input")->option_text(" ");
  AddDetectInput(command, flags.input);
}

void AddSaid(CLI::App& command, NotesFlags& flags, bool reason_required) {
  AddLogs(command, flags);
  command.add_option("--reason", flags.reason, "Why")
      ->option_text("TEXT")
      ->required(reason_required);
  command.add_option("--by", flags.by, "Who says so")->option_text("NAME");
  AddChoice<detect::Verdict>(
      command, "--verdict", flags.verdict,
      {{"false-alarm", detect::Verdict::kFalseAlarm}, {"intruder", detect::Verdict::kIntruder}},
      "What it was: from then on its kinds of findings count for less, or for more");
}

}  // namespace

void AddIncidentNotesCommands(CLI::App& incident, CommandContext& context) {
  auto listed = std::make_shared<NotesFlags>();
  CLI::App& list = *incident.add_subcommand("list", "All of them, and how each stands");
  AddLogs(list, *listed);
  AddChoice<Wanted>(list, "--status", listed->wanted,
                    {{"new", Wanted::kNew},
                     {"acknowledged", Wanted::kAcknowledged},
                     {"muted", Wanted::kMuted},
                     {"all", Wanted::kAll}},
                    "Only those that stand so (all)");
  AddChoice<bool>(list, "-o,--output", listed->json, {{"table", false}, {"json", true}},
                  "How to print");
  list.callback([listed, &context] { RunList(*listed, context); });

  constexpr char kIdHelp[] = "Its number, or the first 8 characters or more of its uid";
  auto acked = std::make_shared<NotesFlags>();
  CLI::App& ack = AddWithId(incident, "ack", "Say that an incident was seen to, and what it was",
                            *acked, kIdHelp);
  AddSaid(ack, *acked, /*reason_required=*/false);
  ack.callback([acked, &context] { Say(*acked, std::nullopt, context); });

  auto muted = std::make_shared<NotesFlags>();
  CLI::App& mute = AddWithId(
      incident, "mute", "Report nothing for a while that is made of no other kinds of findings",
      *muted, kIdHelp);
  AddSaid(mute, *muted, /*reason_required=*/true);
  mute.add_option("--for", muted->ttl, "How long: 12h, 7d, 90d at most")
      ->required()
      ->option_text("TIME");
  mute.callback([muted, &context] { RunMute(*muted, context); });

  auto reopened = std::make_shared<NotesFlags>();
  CLI::App& reopen = AddWithId(incident, "reopen", "Take back what was said of an incident",
                               *reopened, "The beginning of its uid");
  reopen.add_option("--notes", reopened->input.notes, "The file of notes")
      ->option_text("FILE")
      ->required();
  reopen.callback([reopened, &context] { RunReopen(*reopened, context); });
}

}  // namespace firebreak::cli
