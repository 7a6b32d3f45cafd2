// The detector: flow records in, incidents out.
#ifndef FIREBREAK_DETECT_DETECTOR_H_
#define FIREBREAK_DETECT_DETECTOR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "detect/beacon.h"
#include "detect/call.h"
#include "detect/call_reader.h"
#include "detect/call_stream.h"
#include "detect/contacts.h"
#include "detect/edge_book.h"
#include "detect/exfiltration.h"
#include "detect/fan_out.h"
#include "detect/feedback.h"
#include "detect/held_open.h"
#include "detect/incidents.h"
#include "detect/labels.h"
#include "detect/names.h"
#include "detect/notes.h"
#include "detect/off_hours.h"
#include "detect/orphans.h"
#include "detect/payload.h"
#include "detect/population.h"
#include "detect/reach.h"
#include "detect/stolen_svid.h"
#include "detect/surplus.h"
#include "detect/suspicion.h"
#include "flows/flow.h"

namespace firebreak::detect {

struct Settings {
  // How long from the first record on nothing is reported, since everything is new.
  absl::Duration learn = absl::Hours(24);
  // Or until when; used where it is set.
  absl::Time learn_until = absl::InfinitePast();
  size_t max_edges = size_t{1} << 20;
  Incidents::Settings incidents;
  // Signals that are off unless asked for: docs/DETECTION.md says what they cost.
  bool surplus = false;
  bool off_hours = false;
};

// Detector is one pass over flow records in about the order of time, in bounded memory. The same
// records give the same incidents. It goes on learning while it watches. Copies are independent, so
// that one past can be tried against several futures. Not thread-safe.
class Detector {
 public:
  explicit Detector(const Settings& settings, Labels labels = Labels());

  // Add takes a record. Read and Add(Call) are its two halves. Records from before the end of what
  // was restored are passed over: they were learned from.
  void Add(const flows::Flow& flow);
  std::optional<Call> Read(const flows::Flow& flow);
  void Add(const Call& call);
  // Heed lets verdicts of people weigh what is found from now on. After Restore.
  void Heed(const Notes& notes) { feedback_.Heed(notes, names_); }
  // Finish judges what is held back for records that might still come.
  void Finish();

  const Names& names() const { return names_; }
  const EdgeBook& edges() const { return edges_; }
  const Orphans& orphans() const { return orphans_; }
  const Incidents& incidents() const { return incidents_; }
  std::vector<const Incident*> TakeChanged() { return incidents_.TakeChanged(); }
  // Fleet is how many identities there are.
  size_t Fleet() const { return population_.Settled(now_us(), names_); }
  bool learning() const { return !watching_; }
  uint64_t calls() const { return calls_; }
  int64_t first_us() const { return first_us_; }
  int64_t now_us() const { return stream_.now_us(); }
  uint64_t duplicates() const { return reader_.duplicates(); }
  uint64_t late() const { return stream_.late(); }

  // Save returns what was learned and what is still held back; Restore takes it over, and watches
  // from the first record on. Incidents are left out: those that go on are told of again. The time
  // that is known does not go beyond now. A detector that could not be restored must not be used.
  std::string Save() const;
  absl::Status Restore(absl::string_view saved, absl::Time now = absl::InfiniteFuture());
  // learns_anew: what was restored is of an older version, which held less.
  bool learns_anew() const { return learns_anew_; }
  // known_until_us is up to when records are passed over; 0: none are.
  int64_t known_until_us() const { return known_until_us_; }
  uint64_t passed_over() const { return passed_over_; }

 private:
  // Fields is what is saved and restored. Not so are Labels and Feedback, which are people's words
  // and read anew, what Reach works out from the edges and the labels, and Incidents.
  template <typename Self, typename State>
  static void Fields(Self& self, State& state);
  void Drain();
  void Judge(const Call& call);
  // Take adds a clue of the call that is judged.
  void Take(const std::optional<Clue>& clue) {
    if (clue.has_value()) clues_.push_back(*clue);
  }
  void JudgeCarried(const Call& call, const Ages& ages);
  bool Watching(const Call& call);

  Settings settings_;
  Labels labels_;
  Names names_;
  CallReader reader_;
  CallStream stream_;
  Population population_;
  Orphans::Covers covers_;
  EdgeBook edges_;
  Orphans orphans_;
  Contacts contacts_;
  StolenSvid stolen_svid_;
  FanOut fan_out_;
  HeldOpen held_open_;
  Beacon beacon_;
  Exfiltration exfiltration_;
  Payload payload_;
  Feedback feedback_;
  Surplus surplus_;
  OffHours off_hours_;
  Reach reach_;
  Suspicion suspicion_;
  Incidents incidents_;
  bool watching_ = false;
  uint64_t calls_ = 0;
  int64_t first_us_ = 0;
  int64_t known_until_us_ = 0;
  uint64_t passed_over_ = 0;
  bool learns_anew_ = false;
  std::vector<Clue> clues_;  // of the call that is judged
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_DETECTOR_H_
