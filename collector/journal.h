// Journal keeps what was received until it is in the store.
#ifndef FIREBREAK_COLLECTOR_JOURNAL_H_
#define FIREBREAK_COLLECTOR_JOURNAL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "flows/spool_frame.h"

namespace firebreak::collector {

// A store writes segments of many rows; a sender wants its receipt at once. So batches are appended
// to this file (flows/spool_frame.h), one sync makes all of them durable, and the file is emptied
// when the store has them. A process that ends in between leaves the file, and a frame that was cut
// short at its end is one whose sender has no receipt. For one thread.
class Journal {
 public:
  static absl::StatusOr<std::unique_ptr<Journal>> Open(std::string path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Damage is what could not be read.
  struct Damage {
    flows::FrameDamage inside;  // ahead of a frame that is whole: bytes have changed
    bool cut_short = false;     // a frame at the end
  };
  // Replay gives every whole frame to take, until that fails.
  absl::StatusOr<Damage> Replay(const std::function<absl::Status(const flows::Frame&)>& take) const;

  // Append adds a frame; after an error it has added nothing.
  absl::Status Append(const flows::FrameHeader& header, absl::string_view text);
  // Sync: everything that was appended survives a crash from now on. After an error nobody knows.
  absl::Status Sync();
  // Clear forgets everything.
  absl::Status Clear();
  // SetAside renames the file to PATH.damaged, in place of an earlier one. Nothing may be done with
  // the journal after it, whatever it returns.
  absl::Status SetAside();

  uint64_t bytes() const { return bytes_; }
  bool synced() const { return synced_; }

 private:
  Journal(std::string path, int fd, uint64_t bytes);

  const std::string path_;
  const int fd_;
  uint64_t bytes_;
  bool synced_ = true;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_JOURNAL_H_
