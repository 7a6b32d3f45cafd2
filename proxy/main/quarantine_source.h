// The quarantine list of a sidecar: where it comes from, who may sign it, and the last one that was
// good.
#ifndef FIREBREAK_PROXY_MAIN_QUARANTINE_SOURCE_H_
#define FIREBREAK_PROXY_MAIN_QUARANTINE_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "certs/signing_key.h"
#include "config/proxy_config.h"
#include "proxy/event/file_watch.h"
#include "quarantine/quarantine.h"
#include "quarantine/signed_list.h"

namespace firebreak::proxy {

struct QuarantineStats {
  size_t in_force = 0;
  uint64_t serial = 0;
  uint64_t reloads = 0;
  uint64_t rejections = 0;
  bool missing = false;           // the file, where there should be one
  std::optional<bool> connected;  // to a collector that gives out lists; absent: it is not asked
};

// QuarantineSource belongs to the main thread. Lists come from a file, from the collector, or from
// both, and are held to the same: of several the one with the highest serial is in force. A list
// that is missing, was not signed by one of the keys, has expired, or is not newer than the one in
// force changes nothing, and that is logged and counted: whoever can write or delete the file, and
// has no key, can neither cut anybody off nor release anybody. The same holds at the start, when
// there is no last good list: the sidecar then serves with nobody quarantined rather than not at
// all, since otherwise that same writer could stop every sidecar that starts.
//
// With a place for it, a copy of the last good list is kept there. It comes into force at the start
// like any list, signature and all, so that what is older is refused over a restart too, and a list
// that was deleted while the sidecar was down releases nobody. A copy whose entries are all over
// still tells its serial.
//
// A list in force needs no timer to end: none of its entries lasts longer than it does.
class QuarantineSource {
 public:
  // Reads the file, where there is one. keys are those of the configuration.
  QuarantineSource(const config::QuarantineConfig& config, std::vector<certs::VerifyingKey> keys,
                   const Clock& clock);

  // Remember has a copy kept of the list that has come into force, and of each that does from now
  // on. Until then nothing is written: --validate changes nothing.
  void Remember();

  // Poll looks at the file and reads it if it has changed; Reload reads it in any case. True: a new
  // list is in force. It does not wait until the file has come to rest: one that is not whole has
  // no good signature, and is looked at again when it changes once more.
  bool Poll();
  bool Reload();
  // Offer takes a list that has come in another way; `from` names that in messages.
  bool Offer(absl::string_view from, const std::string& text);

  const std::shared_ptr<const quarantine::Quarantine>& in_force() const { return in_force_; }
  QuarantineStats Stats() const;

 private:
  bool Judge(const absl::Status& taken);
  absl::Status Take(absl::string_view from, const std::string& text);
  void PutInForce(const std::string& text, quarantine::List list);
  // Recall takes over the copy of the last good list; Keep writes it.
  void Recall();
  void Keep() const;

  std::string path_;            // empty: there is no file
  std::string last_good_path_;  // empty: nothing is kept
  bool remembers_ = false;
  std::vector<certs::VerifyingKey> keys_;
  const Clock* clock_;
  FileWatch watch_;
  std::shared_ptr<const quarantine::Quarantine> in_force_;  // never null
  std::string text_;                                        // of the list in force
  QuarantineStats stats_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_QUARANTINE_SOURCE_H_
