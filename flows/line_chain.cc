#include "flows/line_chain.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "flows/json_text.h"
#include "flows/sampler.h"

namespace firebreak::flows {
namespace {

void SetToHex(const std::array<uint8_t, 32>& digest, std::string* text) {
  text->resize(2 * digest.size());
  char* at = text->data();
  for (const uint8_t byte : digest) at = PutHex(byte, at);
}

}  // namespace

LineChain::LineChain(LineChainOptions options, const Clock& clock)
    : clock_(clock),
      seal_(std::move(options.seal)),
      nothing_(seal_.begin_sha256("")),
      head_records_(options.head_records),
      head_interval_(options.head_interval),
      encoder_(std::move(options.reporter), std::move(options.shown_paths)),
      batch_(pool_->Make()) {
  if (!options.last_line.empty()) SetToHex(HashOf(options.last_line, nullptr), &previous_hash_);
}

void LineChain::AppendRecord(const Record& record, uint64_t weight) {
  const size_t begin = batch_->text.size();
  LineStart& start = encoder_.AppendRecord(record, NextPlace(), weight, &batch_->text);
  Close(begin, &start);
  batch_->awaited = batch_->awaited || !IsOrdinary(record);
}

void LineChain::AppendRollup(const RollupLine& rollup) {
  const size_t begin = batch_->text.size();
  encoder_.AppendRollup(rollup, NextPlace(), &batch_->text);
  Close(begin);
}

void LineChain::AppendLost(const Loss& loss) {
  const size_t begin = batch_->text.size();
  encoder_.AppendLost(loss, clock_.WallNow(), NextPlace(), &batch_->text);
  Close(begin);
  batch_->losses.push_back(loss);
  batch_->awaited = true;
}

absl::Status LineChain::AppendHead(bool last) {
  const std::shared_ptr<const HeadKey> key = seal_.key();
  std::string line;
  encoder_.AppendHead({.records = unvouched_,
                       .last = last,
                       .algorithm = key->algorithm,
                       .certificate_chain = key->certificate_chain},
                      clock_.WallNow(), NextPlace(), &line);
  FB_ASSIGN_OR_RETURN(const std::string signature, key->sign(absl::StrCat(kHeadContext, line)));
  JsonEncoder::AppendSignature(absl::Base64Escape(signature), &line);
  const size_t begin = batch_->text.size();
  batch_->text.append(line);
  Close(begin);
  unvouched_ = 0;
  return absl::OkStatus();
}

absl::Duration LineChain::UntilHead() const {
  if (unvouched_ == 0) return absl::InfiniteDuration();
  return head_interval_ - absl::FromChrono(clock_.MonoNow() - first_unvouched_);
}

SharedBatch LineChain::Take() {
  if (batch_->lines == 0) return nullptr;
  batch_->made_at = clock_.MonoNow();
  return std::exchange(batch_, pool_->Make());
}

LinePlace LineChain::NextPlace() const {
  return {.sequence = sequence_ + 1, .previous_hash = previous_hash_};
}

// Close counts the line that begins at begin and ends the batch. start is what it begins with,
// where that is kept.
void LineChain::Close(size_t begin, LineStart* start) {
  const absl::string_view line = absl::string_view(batch_->text).substr(begin);
  SetToHex(HashOf(line.substr(0, line.size() - 1), start), &previous_hash_);
  ++sequence_;
  if (batch_->lines++ == 0) batch_->first_sequence = sequence_;
  batch_->last_sequence = sequence_;
  if (unvouched_++ == 0) first_unvouched_ = clock_.MonoNow();
}

// HashOf hashes all of the line, but what others began with once for all of them: most of a line is
// the same on every one of its connection.
Seal::Digest LineChain::HashOf(absl::string_view line, LineStart* start) const {
  if (start == nullptr) return seal_.end_sha256(nothing_, line);
  if (!start->hashed().has_value()) start->hashed() = seal_.begin_sha256(start->Blocks());
  return seal_.end_sha256(*start->hashed(), line.substr(start->Blocks().size()));
}

}  // namespace firebreak::flows
