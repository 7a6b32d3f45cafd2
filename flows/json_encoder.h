// Flow records as JSON, one object a line. The schema is flow.proto.
#ifndef FIREBREAK_FLOWS_JSON_ENCODER_H_
#define FIREBREAK_FLOWS_JSON_ENCODER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "flows/connection_text.h"
#include "flows/record.h"

namespace firebreak::flows {

// LostCause says where records were lost.
enum class LostCause : uint8_t { kRingFull, kWriteFailed };

// JsonEncoder writes lines in the proto field names of firebreak.flow.v1.Flow: absent fields left
// out, enums by name, 64-bit integers as numbers, every string escaped. For one
// thread, and neither copied nor moved.
//
// Of a request it writes no query, no secret that it can tell (see redact.h), and no more than
// kMax...Bytes of what the client chose.
class JsonEncoder {
 public:
  static constexpr size_t kMaxMethodBytes = 64;
  static constexpr size_t kMaxAuthorityBytes = 255;
  static constexpr size_t kMaxPathBytes = 1'024;
  static constexpr size_t kMaxMatches = 8;
  static constexpr size_t kMaxMatchFieldBytes = 128;
  static constexpr size_t kMaxExcerptBytes = 64;
  static constexpr size_t kMaxUserAgentBytes = 256;

  explicit JsonEncoder(Reporter reporter);
  JsonEncoder(const JsonEncoder&) = delete;
  JsonEncoder& operator=(const JsonEncoder&) = delete;

  // AppendRecord appends one line with its line feed.
  void AppendRecord(const Record& record, uint64_t sequence, std::string* out);
  // AppendLost appends a LOST line: count records are missing between the line before and the line
  // after.
  void AppendLost(uint64_t count, LostCause cause, absl::Time time, uint64_t sequence,
                  std::string* out) const;

 private:
  const Reporter reporter_;
  std::string reporter_json_;  // ,"reporter":{...}, or empty
  ConnectionText connection_text_;
};

// LostCauseName: "RING_FULL", "WRITE_FAILED".
absl::string_view LostCauseName(LostCause cause);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_JSON_ENCODER_H_
