#include "cli/quarantine_command.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "base/escape.h"
#include "base/principal_syntax.h"
#include "base/status.h"
#include "base/time_text.h"
#include "certs/pem.h"
#include "certs/pem_file.h"
#include "cli/certs_files.h"
#include "cli/certs_issue.h"
#include "cli/choice.h"
#include "cli/json_object.h"
#include "cli/quarantine_edit.h"
#include "cli/terminal.h"
#include "config/diagnostics.h"
#include "config/did_you_mean.h"
#include "config/file_text.h"
#include "detect/labels.h"

namespace firebreak::cli {
namespace {

constexpr absl::Duration kLongest = absl::Hours(24 * 90);

struct ListFlags {
  std::string list = "quarantine.yaml";
  std::string key = "quarantine-key.pem";
  bool force = false;

  ListPlace place() const { return ListPlace::BesideKey(list, key, force); }
};

struct AddFlags {
  ListFlags files;
  std::string identity;
  QuarantineMode mode = QuarantineMode::kIsolate;
  std::string ttl = "1h";
  std::string reason;
  std::vector<std::string> allow;
  std::string labels;
};

struct RemoveFlags {
  ListFlags files;
  std::string identity;
};

struct ShowFlags {
  std::string list = "quarantine.yaml";
  std::string key;
  bool json = false;
};

std::string Principal(absl::string_view text) {
  return std::string(absl::StripPrefix(text, "spiffe://"));
}

void Report(const absl::Status& status, CommandContext& context) {
  if (!status.ok()) context.exit_code = Fail(context, status);
}

absl::StatusOr<Inventory> ReadInventory(const std::string& path) {
  if (path.empty()) return Inventory{};
  config::Diagnostics diagnostics;
  const auto text = config::ReadFileText(path, &diagnostics);
  const auto labels = text.has_value() ? detect::Labels::Parse(path, *text, &diagnostics)
                                       : std::optional<detect::Labels>();
  if (!labels.has_value()) return absl::InvalidArgumentError(diagnostics.Format(/*color=*/false));
  return Inventory{.known = true, .declared = labels->Declared(), .guarded = labels->Protected()};
}

// ProtectedText is a line for each identity that is not to be cut off.
absl::StatusOr<std::string> ProtectedText(const std::vector<std::string>& identities) {
  std::string text;
  for (const std::string& identity : identities) {
    const std::string name = Principal(identity);
    if (const auto wrong = WrongWithPrincipalPattern(name); !wrong.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("--protect ", identity, ": ", wrong));
    }
    absl::StrAppend(&text, name, "\n");
  }
  return text;
}

struct KeygenFlags {
  std::string folder = ".";
  std::vector<std::string> guarded;
};

absl::Status RunKeygen(const KeygenFlags& flags, CommandContext& context) {
  FB_ASSIGN_OR_RETURN(const std::string guarded, ProtectedText(flags.guarded));
  FB_ASSIGN_OR_RETURN(const certs::SigningKey key, certs::SigningKey::Generate());
  FB_ASSIGN_OR_RETURN(std::string pem, key.Pem());
  const absl::Cleanup wipe = [&pem] { certs::WipeString(&pem); };
  FB_RETURN_IF_ERROR(MakeDirectory(flags.folder));
  const std::string path = absl::StrCat(flags.folder, "/quarantine-key.pem");
  const std::string public_path = absl::StrCat(flags.folder, "/quarantine-key.pub");
  const std::string public_line = key.public_half().text() + "\n";
  std::vector<OutputFile> files = {{path, pem, kSecretFile}, {public_path, public_line}};
  if (!guarded.empty()) {
    files.push_back({ListPlace::ProtectedBesideKey(path), guarded, kSecretFile});
  }
  FB_RETURN_IF_ERROR(
      WriteFiles(files, /*force=*/false,
                 "take another --out: sidecars that know the old key would believe no new list"));
  context.out << "key:         " << path << "\npublic key:  " << public_path
              << "\nkey id:      " << key.public_half().id()
              << "\nsidecars:    quarantine: {path: quarantine.yaml, keys: [\""
              << key.public_half().text() << "\"]}\n";
  context.err << "Whoever has " << path << " can cut off every workload: keep it from them all.\n";
  return absl::OkStatus();
}

// Meant guesses which of those declared a wrong name is to be: one of another place by the same
// account, or a slip of the keyboard. "" when there is none such.
std::string Meant(absl::string_view identity, const std::vector<std::string>& declared) {
  const std::string account = absl::StrCat("/", identity.substr(identity.rfind('/') + 1));
  for (const std::string& principal : declared) {
    if (absl::EndsWith(principal, account)) {
      return absl::StrCat("; did you mean \"", principal, "\"?");
    }
  }
  const std::string hint = config::DidYouMean(
      identity, std::vector<absl::string_view>(declared.begin(), declared.end()));
  return hint.empty() ? "" : absl::StrCat("; ", hint);
}

// CheckIdentity comes before anything that is to be read or forced: what is no name is none.
absl::Status CheckIdentity(const std::string& identity, const std::string& labels) {
  const absl::string_view wrong = WrongWithPrincipalPattern(identity);
  if (wrong.empty()) return absl::OkStatus();
  const auto inventory = ReadInventory(labels);  // for a hint alone
  return absl::InvalidArgumentError(
      absl::StrCat("\"", PrintableEscaped(identity), "\": ", wrong,
                   "; write trust-domain/ns/NAMESPACE/sa/ACCOUNT",
                   inventory.ok() ? Meant(identity, inventory->declared) : ""));
}

// WarnOfStranger: a quarantine of nobody cuts nobody off, and looks as if it did.
void WarnOfStranger(const AddFlags& flags, const std::string& identity, const Inventory& inventory,
                    CommandContext& context) {
  const bool declared = std::any_of(
      inventory.declared.begin(), inventory.declared.end(),
      [&](const std::string& principal) { return quarantine::Covers(identity, principal); });
  if (!inventory.known || declared) return;
  context.err << "warning: " << PrintableEscaped(flags.labels) << " declares nobody of that name"
              << Meant(identity, inventory.declared) << "\n";
}

absl::StatusOr<quarantine::Entry> EntryOf(const AddFlags& flags, absl::Time now) {
  FB_ASSIGN_OR_RETURN(const absl::Duration ttl, ParseTtl(flags.ttl));
  if (ttl > kLongest) {
    return absl::InvalidArgumentError("--ttl: 90d at most; a policy is for what is to last");
  }
  quarantine::Entry entry{.identity = Principal(flags.identity),
                          .mode = flags.mode,
                          .until = now + ttl,
                          .reason = flags.reason,
                          .allow = {}};
  for (const std::string& allowed : flags.allow) entry.allow.push_back(Principal(allowed));
  return entry;
}

absl::Status RunAdd(const AddFlags& flags, CommandContext& context) {
  FB_RETURN_IF_ERROR(CheckIdentity(Principal(flags.identity), flags.labels));
  FB_ASSIGN_OR_RETURN(const quarantine::Entry entry, EntryOf(flags, context.clock.WallNow()));
  FB_ASSIGN_OR_RETURN(const Inventory inventory, ReadInventory(flags.labels));
  FB_ASSIGN_OR_RETURN(const certs::SigningKey key, ReadSigningKey(flags.files.key));
  EditNotes notes;
  FB_ASSIGN_OR_RETURN(const quarantine::List list,
                      AddEntry(flags.files.place(), key, context.clock, entry, inventory, &notes));
  if (notes.began) {
    context.err << "There was no list at " << flags.files.list
                << ": this one releases whomever another list held.\n";
  }
  if (!notes.warning.empty()) context.err << notes.warning << "\n";
  WarnOfStranger(flags, entry.identity, inventory, context);
  context.out << QuarantineModeName(entry.mode) << " " << entry.identity << " until "
              << UtcText(entry.until) << "\nlist:        " << flags.files.list << ", serial "
              << list.serial << ", " << list.entries.size() << " in force\n";
  return absl::OkStatus();
}

absl::Status RunRemove(const RemoveFlags& flags, CommandContext& context) {
  FB_ASSIGN_OR_RETURN(const certs::SigningKey key, ReadSigningKey(flags.files.key));
  const std::string identity = Principal(flags.identity);
  EditNotes notes;
  bool found = false;
  const auto remove = [&](quarantine::List& list) -> absl::Status {
    const auto gone = std::remove_if(list.entries.begin(), list.entries.end(),
                                     [&](const auto& entry) { return entry.identity == identity; });
    found = gone != list.entries.end();
    list.entries.erase(gone, list.entries.end());
    return found ? absl::OkStatus() : absl::NotFoundError("nothing to remove");
  };
  const auto list = EditList(flags.files.place(), key, context.clock, remove, &notes);
  if (!list.ok() && !absl::IsNotFound(list.status())) return list.status();
  if (!list.ok()) {
    context.err << identity << " is not on the list\n";
    context.exit_code = kExitNo;
    return absl::OkStatus();
  }
  if (!notes.warning.empty()) context.err << notes.warning << "\n";
  context.out << "released " << identity << "\nlist:        " << flags.files.list << ", serial "
              << list->serial << ", " << list->entries.size() << " in force\n";
  return absl::OkStatus();
}

std::string JsonOf(const quarantine::Entry& entry) {
  JsonObject object;
  object.AddText("identity", entry.identity)
      .AddText("mode", QuarantineModeName(entry.mode))
      .AddText("until", UtcText(entry.until))
      .AddText("reason", entry.reason)
      .Add("allow", JsonTexts(entry.allow));
  return object.str();
}

absl::Status RunList(const ShowFlags& flags, CommandContext& context) {
  FB_ASSIGN_OR_RETURN(const std::string text, certs::ReadPemFile(flags.list));
  std::vector<certs::VerifyingKey> keys;
  if (!flags.key.empty()) {
    FB_ASSIGN_OR_RETURN(const std::string line, certs::ReadPemFile(flags.key));
    FB_ASSIGN_OR_RETURN(certs::VerifyingKey key,
                        certs::VerifyingKey::Parse(absl::StripSuffix(line, "\n")));
    keys.push_back(std::move(key));
  }
  // Without a key its signature is a comment like any other.
  FB_ASSIGN_OR_RETURN(const quarantine::List list,
                      keys.empty() ? quarantine::ReadBody(flags.list, text)
                                   : quarantine::ReadList(flags.list, text, keys));
  const absl::Time now = context.clock.WallNow();
  std::vector<quarantine::Entry> in_force;
  for (const quarantine::Entry& entry : list.entries) {
    if (now < entry.until) in_force.push_back(entry);
  }
  if (flags.json) {
    for (const quarantine::Entry& entry : in_force) context.out << JsonOf(entry) << "\n";
  } else {
    Table table({"IDENTITY", "MODE", "LEFT", "UNTIL", "REASON", "ALLOW"},
                Painter(context.UseColor()), context.out);
    for (const quarantine::Entry& entry : in_force) {
      table.AddRow(
          {entry.identity, std::string(QuarantineModeName(entry.mode)),
           HumanMicros(static_cast<uint64_t>(absl::ToInt64Microseconds(entry.until - now))),
           UtcText(entry.until), entry.reason, absl::StrJoin(entry.allow, " ")});
    }
  }
  context.err << "serial " << list.serial << " of " << UtcText(list.issued_at)
              << (keys.empty() ? "; signature not checked: see --public-key\n" : "\n");
  return absl::OkStatus();
}

void AddFiles(CLI::App& command, ListFlags& files) {
  command.add_option("--list", files.list, "The signed list")
      ->option_text("FILE [quarantine.yaml]");
  command.add_option("--key", files.key, "The private key that signs it")
      ->option_text("FILE [quarantine-key.pem]");
}

void AddAdd(CLI::App& quarantine, CommandContext& context) {
  auto flags = std::make_shared<AddFlags>();
  CLI::App& command = *quarantine.add_subcommand("add", "Cut an identity off, or change how far");
  command
      .add_option("ID", flags->identity,
                  "shop.example/ns/shop/sa/orders, or whole segments as in shop.example/ns/dev/*")
      ->required()
      ->option_text(" ");
  AddChoice<QuarantineMode>(command, "--mode", flags->mode,
                            {{"observe", QuarantineMode::kObserve},
                             {"readonly", QuarantineMode::kReadonly},
                             {"isolate", QuarantineMode::kIsolate}},
                            "Mark its records, let only safe requests pass, or nothing (default)");
  command.add_option("--ttl", flags->ttl, "Released by itself after: 15m, 24h, 7d")
      ->option_text("TIME [1h]");
  command.add_option("--reason", flags->reason, "Why: stands in the records")
      ->required()
      ->option_text("TEXT");
  command.add_option("--allow", flags->allow, "Whom it may talk to all the same; may be repeated")
      ->type_size(1)
      ->allow_extra_args(false)
      ->option_text("ID");
  AddFiles(command, flags->files);
  command
      .add_option("--labels", flags->labels,
                  "The labels file of `detect`: who there is, and who is `protected`")
      ->option_text("FILE");
  command.add_flag("--force", flags->files.force,
                   "Even everything, more than half of those declared, or somebody protected; even "
                   "from a list that is not the last that was signed");
  command.callback([flags, &context] { Report(RunAdd(*flags, context), context); });
}

void AddOthers(CLI::App& quarantine, CommandContext& context) {
  auto shown = std::make_shared<ShowFlags>();
  CLI::App& list = *quarantine.add_subcommand("list", "Show who is cut off");
  list.add_option("--list", shown->list, "The signed list")->option_text("FILE [quarantine.yaml]");
  list.add_option("--public-key", shown->key, "Check its signature against this key")
      ->option_text("FILE");
  AddChoice<bool>(list, "-o,--output", shown->json, {{"table", false}, {"json", true}},
                  "How to print");
  list.callback([shown, &context] { Report(RunList(*shown, context), context); });

  auto removed = std::make_shared<RemoveFlags>();
  CLI::App& remove =
      *quarantine.add_subcommand("remove", "Release an identity: 1 if it is not on the list");
  remove.add_option("ID", removed->identity, "As it was added")->required()->option_text(" ");
  AddFiles(remove, removed->files);
  remove.add_flag("--force", removed->files.force,
                  "Even from a list that is not the last that was signed");
  remove.callback([removed, &context] { Report(RunRemove(*removed, context), context); });

  auto made = std::make_shared<KeygenFlags>();
  CLI::App& keygen = *quarantine.add_subcommand("keygen", "Make a key that signs lists");
  keygen.add_option("--out", made->folder, "Folder to write to")->option_text("DIR [.]");
  keygen
      .add_option("--protect", made->guarded,
                  "Whom `add` is to refuse without --force, such as the collector: kept in "
                  "quarantine-key.pem.protected, a line each; may be repeated")
      ->type_size(1)
      ->allow_extra_args(false)
      ->option_text("ID");
  keygen.callback([made, &context] { Report(RunKeygen(*made, context), context); });
}

}  // namespace

void AddQuarantineCommand(CLI::App& app, CommandContext& context) {
  CLI::App& quarantine =
      *app.add_subcommand("quarantine", "Cut identities off, enforced by all their peers")
           ->require_subcommand(1);
  AddAdd(quarantine, context);
  AddOthers(quarantine, context);
}

}  // namespace firebreak::cli
