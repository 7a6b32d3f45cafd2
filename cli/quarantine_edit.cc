#include "cli/quarantine_edit.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/escape.h"
#include "base/principal_syntax.h"
#include "base/status.h"
#include "certs/pem.h"
#include "certs/pem_file.h"
#include "cli/certs_files.h"
#include "cli/file_lock.h"
#include "config/replace_file.h"

namespace firebreak::cli {
namespace {

// A list that holds for a day at least is one that sidecars still take after a night.
constexpr absl::Duration kLeastValidity = absl::Hours(24);

absl::StatusOr<quarantine::List> ReadOwn(const std::string& path, const certs::SigningKey& key,
                                         bool* began) {
  std::error_code error;
  *began = !std::filesystem::exists(path, error);
  if (*began) return quarantine::List{};
  FB_ASSIGN_OR_RETURN(const std::string text, certs::ReadPemFile(path));
  const certs::VerifyingKey keys[] = {key.public_half()};
  return quarantine::ReadList(path, text, keys);
}

absl::Status NeedsForce(absl::string_view why) {
  return absl::FailedPreconditionError(absl::StrCat(why, "; --force does it all the same"));
}

// LastSerial is 0 while none is remembered.
absl::StatusOr<uint64_t> LastSerial(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return 0;
  FB_ASSIGN_OR_RETURN(const std::string text, certs::ReadPemFile(path));
  uint64_t serial = 0;
  if (absl::SimpleAtoi(absl::StripSuffix(text, "\n"), &serial)) return serial;
  return absl::InvalidArgumentError(absl::StrCat(path, ": is no serial number"));
}

absl::StatusOr<Inventory> WithProtected(const std::string& path, Inventory inventory) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return inventory;
  FB_ASSIGN_OR_RETURN(const std::string text, certs::ReadPemFile(path));
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    const absl::string_view name = absl::StripAsciiWhitespace(line);
    if (const auto wrong = WrongWithPrincipalPattern(name); !wrong.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": \"", PrintableEscaped(name), "\": ", wrong));
    }
    inventory.guarded.emplace_back(name);
  }
  return inventory;
}

// A sidecar takes no list that is older than what it has. What is signed anew is newer than all, so
// an old one that somebody has put back must not be what it goes on from.
absl::Status CheckIsLast(const ListPlace& place, const quarantine::List& list, bool began) {
  if (place.force) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(const uint64_t last, LastSerial(place.last_serial));
  if (list.serial >= last) return absl::OkStatus();
  if (began) {
    return NeedsForce(absl::StrCat("there is no list at ", place.list, ", and serial ", last,
                                   " was signed before: a new one releases whomever that held"));
  }
  return NeedsForce(absl::StrCat(place.list, " has serial ", list.serial, ", and ", last,
                                 " was signed before: somebody has put an old list back"));
}

// Pattern is what a name with a star means: all names that begin and end so.
struct Pattern {
  explicit Pattern(absl::string_view name)
      : front(name.substr(0, name.find('*'))), back(name.substr(name.find('*') + 1)) {}

  bool Means(absl::string_view name) const {
    return name.size() >= front.size() + back.size() && absl::StartsWith(name, front) &&
           absl::EndsWith(name, back);
  }

  absl::string_view front;
  absl::string_view back;
};

// Meets tells whether an identity of a quarantine and a protected name, either of which may be a
// pattern, can mean the same workload.
bool Meets(absl::string_view identity, absl::string_view guarded) {
  if (!absl::StrContains(identity, '*')) std::swap(identity, guarded);
  if (!absl::StrContains(identity, '*')) return identity == guarded;
  const Pattern one(identity);
  if (!absl::StrContains(guarded, '*')) return one.Means(guarded);
  // The longer front followed by the longer back is a name of both, where the shorter ones fit.
  const Pattern other(guarded);
  return (absl::StartsWith(one.front, other.front) || absl::StartsWith(other.front, one.front)) &&
         (absl::EndsWith(one.back, other.back) || absl::EndsWith(other.back, one.back));
}

// NoMilder is `entry`, or as much of what is in force for the same identity as is stricter: with
// whoever may still reach it then, and in its words where it is stricter in all.
quarantine::Entry NoMilder(quarantine::Entry entry, const quarantine::List& list, absl::Time now) {
  for (const quarantine::Entry& held : list.entries) {
    if (held.identity != entry.identity || held.until <= now) continue;
    if (held.mode >= entry.mode && held.until >= entry.until) return held;
    entry.mode = std::max(entry.mode, held.mode);
    entry.until = std::max(entry.until, held.until);
    entry.allow = held.allow;
  }
  return entry;
}

absl::Status Put(const quarantine::Entry& entry, const ListPlace& place, const Inventory& inventory,
                 quarantine::List& list) {
  const auto same = [&](const auto& other) { return other.identity == entry.identity; };
  list.entries.erase(std::remove_if(list.entries.begin(), list.entries.end(), same),
                     list.entries.end());
  list.entries.push_back(entry);
  if (place.force) return absl::OkStatus();
  FB_ASSIGN_OR_RETURN(const Inventory known, WithProtected(place.protected_names, inventory));
  return CheckReach(list, entry, known);
}

}  // namespace

absl::StatusOr<certs::SigningKey> ReadSigningKey(const std::string& path) {
  FB_ASSIGN_OR_RETURN(std::string pem, certs::ReadKeyFile(path));
  const absl::Cleanup wipe = [&pem] { certs::WipeString(&pem); };
  auto key = certs::SigningKey::FromPem(pem);
  if (key.ok()) return key;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", key.status().message()));
}

absl::StatusOr<quarantine::List> EditList(
    const ListPlace& place, const certs::SigningKey& key, const Clock& clock,
    const std::function<absl::Status(quarantine::List&)>& change, EditNotes* notes) {
  FB_ASSIGN_OR_RETURN(const FileLock lock, FileLock::Take(place.list));
  FB_ASSIGN_OR_RETURN(quarantine::List list, ReadOwn(place.list, key, &notes->began));
  FB_RETURN_IF_ERROR(CheckIsLast(place, list, notes->began));
  const absl::Time now = clock.WallNow();
  const auto released = [now](const quarantine::Entry& entry) { return entry.until <= now; };
  list.entries.erase(std::remove_if(list.entries.begin(), list.entries.end(), released),
                     list.entries.end());
  FB_RETURN_IF_ERROR(change(list));
  // Milliseconds, so that a list that begins anew is still newer than one that was lost.
  list.serial = std::max(list.serial + 1,
                         static_cast<uint64_t>(std::max<int64_t>(absl::ToUnixMillis(now), 1)));
  list.issued_at = now;
  list.expires_at = now + kLeastValidity;
  for (const quarantine::Entry& entry : list.entries) {
    list.expires_at = std::max(list.expires_at, entry.until);
  }
  FB_ASSIGN_OR_RETURN(const std::string text, quarantine::WriteList(list, key));
  FB_RETURN_IF_ERROR(notes->began ? WriteFiles({{place.list, text}}, /*force=*/true)
                                  : config::RewriteFile(place.list, text, kPublicFile));
  const std::string serial = absl::StrCat(list.serial, "\n");
  const absl::Status kept = WriteFiles({{place.last_serial, serial, kSecretFile}}, /*force=*/true);
  // The list counts: whoever isolates an intruder is not to be told no for the sake of a note.
  if (!kept.ok()) {
    notes->warning = absl::StrCat(
        "The serial could not be remembered, so that an old list that is "
        "put back would not be noticed here: ",
        kept.message());
  }
  return list;
}

absl::StatusOr<quarantine::List> AddEntry(const ListPlace& place, const certs::SigningKey& key,
                                          const Clock& clock, const quarantine::Entry& entry,
                                          const Inventory& inventory, EditNotes* notes) {
  const auto add = [&](quarantine::List& list) { return Put(entry, place, inventory, list); };
  return EditList(place, key, clock, add, notes);
}

absl::StatusOr<quarantine::List> TightenEntry(const ListPlace& place, const certs::SigningKey& key,
                                              const Clock& clock, const quarantine::Entry& entry,
                                              const Inventory& inventory, EditNotes* notes) {
  const auto tighten = [&](quarantine::List& list) {
    return Put(NoMilder(entry, list, clock.WallNow()), place, inventory, list);
  };
  return EditList(place, key, clock, tighten, notes);
}

absl::Status CheckReach(const quarantine::List& list, const quarantine::Entry& added,
                        const Inventory& inventory) {
  if (added.mode == QuarantineMode::kObserve) return absl::OkStatus();
  if (added.identity == "*") return NeedsForce("this quarantines everything");
  for (const std::string& guarded : inventory.guarded) {
    if (Meets(added.identity, guarded)) {
      return NeedsForce(absl::StrCat(added.identity, " meets ", guarded, ", which is protected"));
    }
  }
  if (!inventory.known) {
    if (!absl::StrContains(added.identity, '*')) return absl::OkStatus();
    return NeedsForce("nobody can tell how many a pattern cuts off without --labels");
  }
  const auto cut = [&list](const std::string& principal) {
    return std::any_of(list.entries.begin(), list.entries.end(), [&](const auto& entry) {
      return entry.mode != QuarantineMode::kObserve &&
             quarantine::Covers(entry.identity, principal);
    });
  };
  const auto count =
      static_cast<size_t>(std::count_if(inventory.declared.begin(), inventory.declared.end(), cut));
  if (count * 2 <= inventory.declared.size()) return absl::OkStatus();
  return NeedsForce(absl::StrCat("this quarantines ", count, " of the ", inventory.declared.size(),
                                 " identities that are declared"));
}

}  // namespace firebreak::cli
