// Flow records as JSON, one object a line. The schema is flow.proto.
#ifndef FIREBREAK_FLOWS_JSON_ENCODER_H_
#define FIREBREAK_FLOWS_JSON_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "flows/edge_rollup.h"
#include "flows/line_starts.h"
#include "flows/policy_text.h"
#include "flows/record.h"
#include "flows/request_text.h"

namespace firebreak::flows {

// LostCause says where records were lost.
enum class LostCause : uint8_t {
  kRingFull,      // the workers outran the flow thread
  kWriteFailed,   // the sink could not be written
  kQueueFull,     // the sink was slower than the log, and keeps no spool
  kSpoolFull,     // the oldest of the spool had to go
  kSpoolDamaged,  // part of the spool could not be read back
  kRefused,       // the receiver will never take them
};
inline constexpr int kLostCauseCount = static_cast<int>(LostCause::kRefused) + 1;

// Loss is what a LOST line tells.
struct Loss {
  uint64_t count = 0;
  LostCause cause = LostCause::kRingFull;
  std::string sink = {};        // empty: records that never became lines
  uint64_t first_sequence = 0;  // of the lines the sink lost; 0: not known
  uint64_t last_sequence = 0;
};

// LinePlace is where a line stands in the log.
struct LinePlace {
  uint64_t sequence = 0;
  absl::string_view previous_hash = {};  // lower-case hex; empty: left out
};

// HeadInfo is what a HEAD line tells, but for its signature.
struct HeadInfo {
  uint64_t records = 0;
  bool last = false;
  absl::string_view algorithm = {};
  absl::string_view certificate_chain = {};  // base64
};

// JsonEncoder writes lines in the proto field names of firebreak.flow.v1.Flow: absent fields left
// out, enums by name, 64-bit integers as numbers, every string escaped. For one
// thread, and neither copied nor moved.
//
// Of a request it writes no query, no secret and no id that it can tell (see redact.h), and no more
// than kMax...Bytes of what the client chose.
class JsonEncoder {
 public:
  static constexpr size_t kMaxMethodBytes = 64;
  static constexpr size_t kMaxAuthorityBytes = 255;
  static constexpr size_t kMaxPathBytes = 1'024;
  static constexpr size_t kMaxMatches = 8;
  static constexpr size_t kMaxMatchFieldBytes = 128;
  static constexpr size_t kMaxExcerptBytes = 256;
  static constexpr size_t kMaxUserAgentBytes = 256;

  // Paths at or below one of shown_paths keep their ids, and what stands behind telling names.
  explicit JsonEncoder(Reporter reporter, std::vector<std::string> shown_paths = {});
  JsonEncoder(const JsonEncoder&) = delete;
  JsonEncoder& operator=(const JsonEncoder&) = delete;

  // AppendRecord appends one line with its line feed. weight is how many records it stands for.
  // What lines have in common comes first in them, what differs last: it returns what this one
  // begins with that is kept for others, which is good until the next call.
  LineStart& AppendRecord(const Record& record, const LinePlace& place, uint64_t weight,
                          std::string* out);
  // AppendRollup appends a ROLLUP line.
  void AppendRollup(const RollupLine& rollup, const LinePlace& place, std::string* out);
  // AppendLost appends a LOST line.
  void AppendLost(const Loss& loss, absl::Time time, const LinePlace& place,
                  std::string* out) const;
  // AppendHead appends a HEAD line without its signature, its closing brace and its line feed;
  // what is appended is what is to be signed. AppendSignature ends the line.
  void AppendHead(const HeadInfo& head, absl::Time time, const LinePlace& place,
                  std::string* out) const;
  static void AppendSignature(absl::string_view base64, std::string* out);

 private:
  void AppendStart(absl::Time time, const LinePlace& place, absl::string_view event,
                   std::string* out) const;

  LineStart& AppendBeginning(const Record& record, std::string* out);

  const Reporter reporter_;
  std::string run_json_;       // ,"run_id":"...", or empty
  std::string reporter_json_;  // ,"reporter":{...}, or empty
  LineStarts starts_;
  RequestText request_text_;
  PolicyText policy_text_;
};

// LostCauseName: "RING_FULL", "WRITE_FAILED" and so on.
absl::string_view LostCauseName(LostCause cause);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_JSON_ENCODER_H_
