#include "collector/intake.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/escape.h"
#include "base/folder.h"
#include "base/log.h"
#include "base/status.h"
#include "collector/line_check.h"
#include "flows/json_reader.h"

namespace firebreak::collector {
namespace {

// Each try reads the whole journal, and nothing else is served meanwhile.
constexpr std::chrono::milliseconds kFirstRetry(500);
constexpr std::chrono::seconds kLongestRetry(30);

}  // namespace

Intake::Intake(IntakeOptions options, const Clock& clock)
    : options_(std::move(options)), clock_(clock), lies_(clock), nonsense_(clock) {}

absl::StatusOr<std::unique_ptr<Intake>> Intake::Open(IntakeOptions options, const Clock& clock) {
  // The constructor is private, which make_unique cannot call.
  std::unique_ptr<Intake> intake(new Intake(std::move(options), clock));
  FB_RETURN_IF_ERROR(intake->Recover());
  return intake;
}

// Replay gives the store what is in the journal, and makes it durable there.
absl::StatusOr<Journal::Damage> Intake::Replay(store::FlowStore& store) {
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
  FB_ASSIGN_OR_RETURN(const Journal::Damage damage, journal_->Replay(take));
  FB_RETURN_IF_ERROR(store.Flush());
  if (replayed.stored > 0 || damage.cut_short) {
    FB_LOG(kInfo, options_.folder, ": ", replayed.stored, " lines of the journal stored, ",
           replayed.duplicates, " were",
           damage.cut_short ? "; its end was cut short, which nobody has a receipt for" : "");
  }
  return damage;
}

// Recover makes the store hold what is durable, and nothing else.
absl::Status Intake::Recover() {
  store_.reset();  // and its lock
  journal_.reset();
  const store::ReporterShare share{.own_segments = true,
                                   .catalog_bytes = store::CatalogBudget(options_.retention)};
  FB_ASSIGN_OR_RETURN(store::FlowStore store,
                      store::FlowStore::Open(options_.folder, clock_, "collector", share));
  // The store's lock keeps others from the journal as well.
  const std::string path = absl::StrCat(options_.folder, "/journal");
  FB_ASSIGN_OR_RETURN(journal_, Journal::Open(path));
  FB_RETURN_IF_ERROR(SyncFolder(options_.folder));
  absl::StatusOr<Journal::Damage> damage = Replay(store);
  if (!damage.ok()) {
    // Maybe for want of room, of which what is past its time has plenty.
    FB_ASSIGN_OR_RETURN(const size_t retired, Retire(store));
    if (retired > 0) damage = Replay(store);
    if (!damage.ok()) return damage.status();
  }
  if (damage->inside.places > 0) {
    stats_.journal_damaged_places += damage->inside.places;
    FB_LOG(kError, path, " was damaged in ", damage->inside.places, " places: at least ",
           damage->inside.lines, " lines that have a receipt are lost; it is kept as ", path,
           ".damaged");
    FB_RETURN_IF_ERROR(journal_->SetAside());
    FB_ASSIGN_OR_RETURN(journal_, Journal::Open(path));
    FB_RETURN_IF_ERROR(SyncFolder(options_.folder));
  }
  FB_RETURN_IF_ERROR(journal_->Clear());
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
  CheckedLines checked = CheckLines(batch->text, principal, clock_.WallNow());
  if (checked.status.ok()) return Keep(*batch, checked.flows, checked.run);
  if (absl::IsPermissionDenied(checked.status)) {
    NoteLie(principal, *batch, checked.status, checked.claimed);
  } else {
    ++stats_.batches_unreadable;
    stats_.lines_unreadable += batch->lines;
    if (const uint64_t count = nonsense_.Due(); count > 0) {
      FB_LOG(kWarning, "collector: a batch of ", principal,
             " cannot be read: ", PrintableEscaped(checked.status.message()), "; of such batches, ",
             count, " since this was last said");
    }
  }
  return checked.status;
}

void Intake::NoteLie(absl::string_view principal, const PlainBatch& batch, const absl::Status& why,
                     const std::string& claimed) {
  ++stats_.batches_foreign;
  stats_.lines_foreign += batch.lines;
  if (const uint64_t count = lies_.Due(); count > 0) {
    FB_LOG(kError, "collector: ", principal, " reports for somebody it is not: ", why.message(),
           "; of such batches, ", count, " since this was last said");
  }
  store_->AddFinding({.time = clock_.WallNow(),
                      .kind = "IDENTITY",
                      .sender = std::string(principal),
                      .claimed = claimed,
                      .detail = std::string(why.message()),
                      .lines = batch.lines});
}

absl::Status Intake::NoteFlood(const std::string& principal, uint32_t lines) {
  ++stats_.batches_put_off;
  absl::Status why =
      absl::ResourceExhaustedError("this reporter has too many runs, or too many gaps in them");
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
  stats_.catalog_among_others += store_->TakeAmongOthers();
  const MonoTime now = clock_.MonoNow();
  stats_.longest_flush = std::max<std::chrono::nanoseconds>(stats_.longest_flush, now - begun);
  flush_at_ = now + absl::ToChronoNanoseconds(options_.flush_after);
  return absl::OkStatus();
}

// Retire deletes what is past its time, and returns how many segments that were.
absl::StatusOr<size_t> Intake::Retire(store::FlowStore& store) {
  store::Retention retention = options_.retention;
  retention.max_run_age = kRunMemory;
  FB_ASSIGN_OR_RETURN(const auto retired, store.Retain(retention));
  stats_.retired_segments += retired.segments;
  stats_.retired_rows += retired.rows;
  return retired.segments;
}

absl::Status Intake::ComeBack() {
  absl::Status back = Recover();
  if (back.ok()) {
    retry_in_ = {};
    FB_LOG(kInfo, "collector: the store is back");
    return back;
  }
  retry_in_ = std::clamp<std::chrono::nanoseconds>(2 * retry_in_, kFirstRetry, kLongestRetry);
  retry_at_ = clock_.MonoNow() + retry_in_;
  FB_LOG(kError, "collector: the store is not back, it is tried again in ",
         absl::FormatDuration(absl::FromChrono(retry_in_)), ": ", back.message());
  return back;
}

void Intake::Tend() {
  const MonoTime now = clock_.MonoNow();
  if (!ready() && (now < retry_at_ || !ComeBack().ok())) return;
  if (now >= flush_at_ && !Flush().ok()) return;
  if (now < retain_at_) return;
  retain_at_ = now + absl::ToChronoNanoseconds(options_.retain_every);
  if (const auto retired = Retire(*store_); !retired.ok()) Fail(retired.status()).IgnoreError();
}

absl::Status Intake::Close() {
  return ready() ? Flush() : absl::UnavailableError("the store has failed");
}

}  // namespace firebreak::collector
