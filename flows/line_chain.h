// LineChain turns records into the lines of one run: numbered, each with the hash of the one
// before, and vouched for by signed HEAD lines. docs/FLOWS.md is the format.
#ifndef FIREBREAK_FLOWS_LINE_CHAIN_H_
#define FIREBREAK_FLOWS_LINE_CHAIN_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "base/sha256_state.h"
#include "flows/batch_pool.h"
#include "flows/edge_rollup.h"
#include "flows/json_encoder.h"
#include "flows/line_starts.h"
#include "flows/record.h"
#include "flows/sink.h"

namespace firebreak::flows {

// HeadKey is the SVID that signs heads, as of one moment.
struct HeadKey {
  std::string algorithm;          // TLS 1.3's name
  std::string certificate_chain;  // base64 of the DER certificates, leaf first
  // sign returns the signature's bytes.
  std::function<absl::StatusOr<std::string>(absl::string_view text)> sign;
};

// Seal is what the chain needs of cryptography, which has its home elsewhere. All are called by
// the flow thread.
struct Seal {
  using Digest = std::array<uint8_t, 32>;
  // SHA-256 of a text, of which the beginning may be hashed once for many.
  std::function<Sha256State(absl::string_view beginning)> begin_sha256;
  std::function<Digest(const Sha256State& begun, absl::string_view rest)> end_sha256;
  std::function<std::shared_ptr<const HeadKey>()> key;  // never null
};

// kHeadContext begins every text that is signed, and ends in a line feed.
inline constexpr absl::string_view kHeadContext = "firebreak.flow.v1.HEAD\n";

struct LineChainOptions {
  Reporter reporter;
  Seal seal;
  std::vector<std::string> shown_paths = {};  // see JsonEncoder
  // The last line that is in the log already, without a line feed; empty: the chain begins.
  std::string last_line = {};
  uint64_t head_records = 1'000;
  absl::Duration head_interval = absl::Seconds(10);
};

// LineChain collects lines into a batch until that is taken. For one thread.
class LineChain {
 public:
  LineChain(LineChainOptions options, const Clock& clock);

  void AppendRecord(const Record& record, uint64_t weight);
  void AppendRollup(const RollupLine& rollup);
  void AppendLost(const Loss& loss);
  // AppendHead: last says that nothing follows. A key that fails to sign costs the head and leaves
  // it due; the error is for the diagnostic log.
  absl::Status AppendHead(bool last);

  // HeadDue: enough lines are without a head, or one of them is for long enough. UntilHead is how
  // long until time alone makes it so; infinite while every line has one.
  // DueByCount is the part of it that asks no clock.
  bool DueByCount() const { return unvouched_ >= head_records_; }
  bool HeadDue() const { return unvouched_ > 0 && (DueByCount() || IsLate()); }
  absl::Duration UntilHead() const;

  size_t pending_bytes() const { return batch_->text.size(); }
  // Take returns the lines since the last call; null: there are none.
  SharedBatch Take();

 private:
  bool IsLate() const { return UntilHead() <= absl::ZeroDuration(); }
  LinePlace NextPlace() const;
  void Close(size_t begin, LineStart* start = nullptr);
  Seal::Digest HashOf(absl::string_view line, LineStart* start) const;

  const Clock& clock_;
  const Seal seal_;
  const Sha256State nothing_;  // hashed yet
  const uint64_t head_records_;
  const absl::Duration head_interval_;
  JsonEncoder encoder_;
  const std::shared_ptr<BatchPool> pool_ = std::make_shared<BatchPool>();
  std::shared_ptr<Batch> batch_;
  std::string previous_hash_;  // hex; empty at the very beginning
  uint64_t sequence_ = 0;      // of the last line
  uint64_t unvouched_ = 0;     // lines since the last head
  MonoTime first_unvouched_;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_LINE_CHAIN_H_
