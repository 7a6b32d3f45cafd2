// Changing a signed quarantine list: one change at a time, and none that would do more harm than
// the intruder without being told to.
#ifndef FIREBREAK_CLI_QUARANTINE_EDIT_H_
#define FIREBREAK_CLI_QUARANTINE_EDIT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "certs/signing_key.h"
#include "quarantine/signed_list.h"

namespace firebreak::cli {

// ReadSigningKey reads the private key of `firebreak quarantine keygen`.
absl::StatusOr<certs::SigningKey> ReadSigningKey(const std::string& path);

// ListPlace is where a list is kept; and, beside the key, where others who may write the list
// cannot change it, what the one who signs knows: the last that he signed, and who is not to be cut
// off.
struct ListPlace {
  std::string list;
  std::string last_serial;
  std::string protected_names;  // a file that may be missing: a line each, as in an Inventory
  // Go on from a list that is older than that, or gone; and do what CheckReach says no to.
  bool force = false;

  static std::string ProtectedBesideKey(const std::string& key) { return key + ".protected"; }
  static ListPlace BesideKey(const std::string& list, const std::string& key, bool force) {
    return {.list = list,
            .last_serial = key + ".serial",
            .protected_names = ProtectedBesideKey(key),
            .force = force};
  }
};

// EditNotes is what to tell people beside the list itself.
struct EditNotes {
  bool began = false;   // there was no list before
  std::string warning;  // empty: none
};

// EditList reads the list, has `change` change it, and puts the new one in its place with a higher
// serial, signed. A list that the same key has not signed is refused, and so is one that is older
// than the last it has signed: whoever put it there, it is not to be signed unseen. Entries that
// have been released are dropped. Nobody else can edit in between; readers see the old list or the
// new one. When `change` returns an error nothing is written.
absl::StatusOr<quarantine::List> EditList(
    const ListPlace& place, const certs::SigningKey& key, const Clock& clock,
    const std::function<absl::Status(quarantine::List&)>& change, EditNotes* notes);

// Inventory is what is known of the identities there are. Protected names may end in "*".
struct Inventory {
  bool known = false;
  std::vector<std::string> declared;
  std::vector<std::string> guarded;
};

// CheckReach says why a list with this new entry cuts off too much to be done without being told
// twice: everything, somebody protected, more than half of those declared, or nobody can tell how
// many. OK: it does not.
absl::Status CheckReach(const quarantine::List& list, const quarantine::Entry& added,
                        const Inventory& inventory);

// AddEntry puts an entry on the list, in the place of another about the same identity, unless
// CheckReach says no, to which those are guarded too whom the place calls protected. As EditList
// else.
absl::StatusOr<quarantine::List> AddEntry(const ListPlace& place, const certs::SigningKey& key,
                                          const Clock& clock, const quarantine::Entry& entry,
                                          const Inventory& inventory, EditNotes* notes);

// TightenEntry does the same, but never makes milder or shorter what is in force for the identity:
// for what acts by itself, which an intruder could otherwise have release him.
absl::StatusOr<quarantine::List> TightenEntry(const ListPlace& place, const certs::SigningKey& key,
                                              const Clock& clock, const quarantine::Entry& entry,
                                              const Inventory& inventory, EditNotes* notes);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_QUARANTINE_EDIT_H_
