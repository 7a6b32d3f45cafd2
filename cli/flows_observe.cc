#include "cli/flows_observe.h"

#include <chrono>
#include <deque>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "base/status.h"
#include "cli/interrupt.h"
#include "cli/terminal.h"
#include "flows/flow_file.h"
#include "flows/flow_json.h"
#include "store/stored_flows.h"

namespace firebreak::cli {
namespace {

constexpr std::chrono::milliseconds kFollowEvery(100);

// Selection prints the first, the last or all of what it is given.
class Selection {
 public:
  Selection(const ObserveRequest& request, FilterTally& tally, FlowPrinter& printer)
      : request_(request), tally_(tally), printer_(printer) {}

  // Whether nothing more would be printed, or nothing can be.
  bool full() const {
    return !printer_.good() || (request_.first.has_value() && printed_ >= *request_.first);
  }

  void Take(flows::LogLine line) {
    if (full() || !tally_.Matches(line.flow)) return;
    if (!request_.last.has_value()) {
      printer_.Print(line);
      ++printed_;
      return;
    }
    last_.push_back(std::move(line));
    if (last_.size() > *request_.last) last_.pop_front();
  }

  void Finish() {
    for (const flows::LogLine& line : last_) printer_.Print(line);
    printer_.Flush();
  }

 private:
  const ObserveRequest& request_;
  FilterTally& tally_;
  FlowPrinter& printer_;
  std::deque<flows::LogLine> last_;
  size_t printed_ = 0;
};

// PrintPresent prints what the files hold now.
void PrintPresent(const ObserveRequest& request, const std::atomic<bool>& stop,
                  flows::FlowFiles& files, FilterTally& tally, FlowPrinter& printer) {
  Selection selection(request, tally, printer);
  while (!stop.load(std::memory_order_relaxed) && !selection.full()) {
    auto line = files.Next(/*finish=*/!request.follow);
    if (!line.has_value()) break;
    selection.Take(*std::move(line));
  }
  selection.Finish();
}

// Conclude is silent where more may come, or where nobody asked for a single record.
void Conclude(const ObserveRequest& request, const FilterTally& tally, const FlowPrinter& printer,
              CommandContext& context) {
  const bool asked = !request.first.has_value() || *request.first > 0;
  if (!request.follow && asked && printer.good()) tally.Conclude(context);
}

// LineOf writes a flow of a store anew: it keeps no lines.
flows::LogLine LineOf(flows::Flow& flow) {
  flows::LogLine line{.flow = std::move(flow), .text = ""};
  flows::AppendFlowJson(line.flow, &line.text);
  return line;
}

// TellLosses returns the exit code.
int TellLosses(const ObserveRequest& request, CommandContext& context) {
  const auto lost = StoredLosses(request.source.store, request.question.filter, context);
  if (!lost.has_value()) return context.exit_code;
  if (*lost > 0) {
    context.err << "firebreak: the sidecars say that " << *lost << " records are missing\n";
  }
  return kExitYes;
}

// PrintComing prints what comes into a store.
absl::Status PrintComing(const ObserveRequest& request, const std::atomic<bool>& stop,
                         store::StoredTail& tail, FlowPrinter& printer) {
  while (!stop.load(std::memory_order_relaxed) && printer.good()) {
    FB_RETURN_IF_ERROR(tail.Next([&](flows::Flow& flow) {
      if (request.question.filter.Matches(flow)) printer.Print(LineOf(flow));
      return printer.good() && !stop.load(std::memory_order_relaxed);
    }));
    printer.Flush();
    WaitForInterrupt(kFollowEvery);
  }
  return absl::OkStatus();
}

// PrintStored prints what a store has, and with follow what comes.
int PrintStored(const ObserveRequest& request, const std::atomic<bool>& stop, FlowPrinter& printer,
                CommandContext& context) {
  if (!request.source.files.All().empty()) {
    return Fail(context, absl::InvalidArgumentError("name logs or a store, not both"));
  }
  FilterTally tally(request.question);
  Selection selection(request, tally, printer);
  const auto take = [&](flows::Flow& flow) {
    if (selection.full() || stop.load(std::memory_order_relaxed)) return false;
    selection.Take(LineOf(flow));
    return !selection.full();
  };
  const std::string& store = request.source.store;
  absl::Status read;
  std::optional<store::StoredTail> tail;
  if (request.follow) {
    auto opened = store::StoredTail::Open(store, request.question.filter.since);
    read = opened.status();
    if (opened.ok()) read = tail.emplace(*std::move(opened)).Next(take);
  } else {
    read = store::ForEachStored(store, request.question.filter.since, request.question.filter.until,
                                take);
  }
  selection.Finish();
  if (read.ok()) Conclude(request, tally, printer, context);
  int code = read.ok() ? TellLosses(request, context) : kExitUsage;
  if (tail.has_value() && code == kExitYes) read = PrintComing(request, stop, *tail, printer);
  if (read.ok()) return code;
  Fail(context, read);
  return kExitUsage;
}

void PrintComing(const ObserveRequest& request, const std::atomic<bool>& stop,
                 flows::FlowFiles& files, FlowPrinter& printer, CommandContext& context) {
  while (!stop.load(std::memory_order_relaxed)) {
    bool printed = false;
    while (auto line = files.Next(/*finish=*/false)) {
      if (!request.question.filter.Matches(line->flow)) continue;
      printer.Print(*line);
      printed = true;
    }
    if (printed) printer.Flush();
    if (!files.status().ok() || files.ended() || !printer.good()) return;
    FollowRotation(files, context);
    WaitForInterrupt(kFollowEvery);
  }
}

}  // namespace

int Observe(const ObserveRequest& request, const std::atomic<bool>& stop, CommandContext& context) {
  FlowPrinter printer(request.form, Painter(context.UseColor()), context.out);
  if (!request.source.store.empty()) return PrintStored(request, stop, printer, context);
  BadLines bad_lines(context);
  auto files = OpenLogs(request.source.files, bad_lines, context);
  if (!files.has_value()) return context.exit_code;
  FilterTally tally(request.question);
  PrintPresent(request, stop, *files, tally, printer);
  if (request.follow) PrintComing(request, stop, *files, printer, context);
  bad_lines.Conclude();
  if (!WasRead(*files, context)) return context.exit_code;
  Conclude(request, tally, printer, context);
  return kExitYes;
}

}  // namespace firebreak::cli
