#include "collector/intake.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/escape.h"
#include "base/log.h"
#include "base/status.h"
#include "collector/line_check.h"
#include "flows/json_reader.h"

namespace firebreak::collector {

Intake::Intake(IntakeOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

absl::StatusOr<std::unique_ptr<Intake>> Intake::Open(IntakeOptions options, const Clock& clock) {
  // The constructor is private, which make_unique cannot call.
  std::unique_ptr<Intake> intake(new Intake(std::move(options), clock));
  FB_RETURN_IF_ERROR(intake->Recover());
  return intake;
}

// Recover makes the store hold what is durable, and nothing else.
absl::Status Intake::Recover() {
  store_.reset();  // and its lock
  journal_.reset();
  FB_ASSIGN_OR_RETURN(store::FlowStore store, store::FlowStore::Open(options_.folder));
  // The store's lock keeps others from the journal as well.
  FB_ASSIGN_OR_RETURN(journal_, Journal::Open(absl::StrCat(options_.folder, "/journal")));
  Receipt replayed;
  const auto take = [&](const flows::Frame& frame) -> absl::Status {
    for (const absl::string_view line : absl::StrSplit(frame.text, '\n', absl::SkipEmpty())) {
      // Lines were read before they came into the journal, though maybe by another version.
      auto flow = flows::ParseFlowLine(line);
      if (!flow.ok()) {
        FB_LOG(kError, options_.folder,
               "/journal: a line is lost: ", PrintableEscaped(flow.status().message()));
        continue;
      }
      FB_ASSIGN_OR_RETURN(const auto added, store.Add(*flow));
      ++(added == store::FlowStore::Added::kNew ? replayed.stored : replayed.duplicates);
    }
    return absl::OkStatus();
  };
  FB_ASSIGN_OR_RETURN(const flows::FrameDamage damage, journal_->Replay(take));
  FB_RETURN_IF_ERROR(store.Flush());
  FB_RETURN_IF_ERROR(journal_->Clear());
  if (replayed.stored > 0 || damage.places > 0) {
    FB_LOG(kInfo, options_.folder, ": ", replayed.stored, " lines of the journal stored, ",
           replayed.duplicates, " were; ", damage.places,
           " places in it were cut short, which nobody has a receipt for");
  }
  store_.emplace(std::move(store));
  retain_at_ = clock_.MonoNow();
  flush_at_ = retain_at_ + absl::ToChronoNanoseconds(options_.flush_after);
  return absl::OkStatus();
}

absl::Status Intake::Fail(const absl::Status& why) {
  ++stats_.failures;
  FB_LOG(kError, "collector: nothing is taken until the store is back: ", why.message());
  store_.reset();
  return absl::UnavailableError("the store has failed");
}

absl::StatusOr<Receipt> Intake::Take(absl::string_view principal, absl::string_view message) {
  if (!ready()) {
    ++stats_.batches_put_off;
    return absl::UnavailableError("the store has failed");
  }
  const auto batch = DecodeBatch(message);
  if (!batch.ok()) {
    ++stats_.batches_unreadable;
    return batch.status();
  }
  CheckedLines checked = CheckLines(batch->text, principal);
  if (checked.status.ok()) return Keep(*batch, checked.flows, checked.run);
  if (absl::IsPermissionDenied(checked.status)) {
    NoteLie(principal, *batch, checked.status, checked.claimed);
  } else {
    ++stats_.batches_unreadable;
    stats_.lines_unreadable += batch->lines;
    FB_LOG(kWarning, "collector: a batch of ", principal,
           " cannot be read: ", PrintableEscaped(checked.status.message()));
  }
  return checked.status;
}

void Intake::NoteLie(absl::string_view principal, const PlainBatch& batch, const absl::Status& why,
                     const std::string& claimed) {
  ++stats_.batches_foreign;
  stats_.lines_foreign += batch.lines;
  FB_LOG(kError, "collector: ", principal, " reports for somebody it is not: ", why.message());
  store_->AddFinding({.time = clock_.WallNow(),
                      .kind = "IDENTITY",
                      .sender = std::string(principal),
                      .claimed = claimed,
                      .detail = std::string(why.message()),
                      .lines = batch.lines});
}

absl::Status Intake::NoteFlood(const std::string& principal, uint32_t lines) {
  ++stats_.batches_put_off;
  absl::Status why = absl::ResourceExhaustedError("this reporter has too many runs");
  store_->AddFinding({.time = clock_.WallNow(),
                      .kind = "RUNS",
                      .sender = principal,
                      .claimed = "",
                      .detail = std::string(why.message()),
                      .lines = lines});
  return why;
}

absl::StatusOr<Receipt> Intake::Keep(const PlainBatch& batch, std::vector<flows::Flow>& flows,
                                     uint64_t run) {
  if (const flows::Flow& first = flows.front();
      !store_->HasRoom({.reporter = first.reporter.principal, .run_id = first.run_id})) {
    return NoteFlood(first.reporter.principal, batch.lines);
  }
  if (journal_->bytes() >= options_.max_journal_bytes) FB_RETURN_IF_ERROR(Flush());
  const flows::FrameHeader header{.run = run,
                                  .first_sequence = flows.front().sequence,
                                  .last_sequence = flows.back().sequence,
                                  .time = clock_.WallNow(),
                                  .lines = batch.lines};
  if (const absl::Status kept = journal_->Append(header, batch.text); !kept.ok()) {
    ++stats_.batches_put_off;
    return Fail(kept);
  }
  Receipt receipt{.number = batch.number};
  for (flows::Flow& flow : flows) {
    const auto added = store_->Add(flow);
    if (!added.ok()) return Fail(added.status());
    ++(*added == store::FlowStore::Added::kNew ? receipt.stored : receipt.duplicates);
  }
  ++stats_.batches;
  stats_.lines_stored += receipt.stored;
  stats_.lines_duplicate += receipt.duplicates;
  stats_.text_bytes += batch.text.size();
  return receipt;
}

absl::Status Intake::Sync() {
  if (!ready()) return absl::UnavailableError("the store has failed");
  const absl::Status synced = journal_->Sync();
  return synced.ok() ? synced : Fail(synced);
}

// Flush empties the journal into the store.
absl::Status Intake::Flush() {
  const MonoTime begun = clock_.MonoNow();
  absl::Status flushed = store_->Flush();
  if (flushed.ok()) flushed = journal_->Clear();
  if (!flushed.ok()) return Fail(flushed);
  ++stats_.flushes;
  const MonoTime now = clock_.MonoNow();
  stats_.longest_flush = std::max<std::chrono::nanoseconds>(stats_.longest_flush, now - begun);
  flush_at_ = now + absl::ToChronoNanoseconds(options_.flush_after);
  return absl::OkStatus();
}

void Intake::Tend() {
  if (!ready()) {
    const absl::Status back = Recover();
    if (!back.ok()) {
      FB_LOG(kError, "collector: the store is not back: ", back.message());
      return;
    }
    FB_LOG(kInfo, "collector: the store is back");
  }
  const MonoTime now = clock_.MonoNow();
  if (now < flush_at_ || !Flush().ok() || now < retain_at_) return;
  store::Retention retention = options_.retention;
  retention.max_run_age = kRunMemory;
  const auto retired = store_->Retain(retention, clock_.WallNow());
  if (!retired.ok()) {
    Fail(retired.status()).IgnoreError();
    return;
  }
  stats_.retired_segments += retired->segments;
  stats_.retired_rows += retired->rows;
  retain_at_ = now + absl::ToChronoNanoseconds(options_.retain_every);
}

absl::Status Intake::Close() {
  return ready() ? Flush() : absl::UnavailableError("the store has failed");
}

}  // namespace firebreak::collector
