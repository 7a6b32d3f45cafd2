#include "cli/flows_observe.h"

#include <poll.h>

#include <deque>
#include <ostream>
#include <utility>

#include "cli/terminal.h"
#include "flows/flow_file.h"

namespace firebreak::cli {
namespace {

constexpr int kFollowPollMs = 100;

// PrintPresent prints what the files hold now.
void PrintPresent(const ObserveRequest& request, const std::atomic<bool>& stop,
                  flows::FlowFiles& files, FlowPrinter& printer) {
  std::deque<flows::LogLine> last;
  while (!stop.load(std::memory_order_relaxed)) {
    auto line = files.Next(/*finish=*/!request.follow);
    if (!line.has_value()) break;
    if (!request.filter.Matches(line->flow)) continue;
    if (!request.last.has_value()) {
      printer.Print(*line);
      continue;
    }
    last.push_back(*std::move(line));
    if (last.size() > *request.last) last.pop_front();
  }
  for (const flows::LogLine& line : last) printer.Print(line);
  printer.Flush();
}

void PrintComing(const ObserveRequest& request, const std::atomic<bool>& stop,
                 flows::FlowFiles& files, FlowPrinter& printer) {
  while (!stop.load(std::memory_order_relaxed)) {
    bool printed = false;
    while (auto line = files.Next(/*finish=*/false)) {
      if (!request.filter.Matches(line->flow)) continue;
      printer.Print(*line);
      printed = true;
    }
    if (printed) printer.Flush();
    files.FollowRotation();
    poll(nullptr, 0, kFollowPollMs);  // a signal ends it early
  }
}

}  // namespace

int Observe(const ObserveRequest& request, const std::atomic<bool>& stop, CommandContext& context) {
  int bad_lines = 0;
  const auto on_bad_line = [&bad_lines, &context](absl::string_view message) {
    if (++bad_lines <= kShownBadLines) context.err << message << "\n";
  };
  std::vector<flows::FlowFile> opened;
  for (const std::string& path : request.inputs) {
    auto file = flows::FlowFile::Open(path, on_bad_line);
    if (!file.ok()) {
      Fail(context, file.status());
      return kExitUsage;
    }
    opened.push_back(*std::move(file));
  }
  flows::FlowFiles files(std::move(opened));
  FlowPrinter printer(request.form, Painter(context.UseColor()), request.zone, context.out);
  PrintPresent(request, stop, files, printer);
  if (request.follow) PrintComing(request, stop, files, printer);
  if (bad_lines > 0) {
    context.err << "firebreak: lines passed over, being no flow records: " << bad_lines << "\n";
  }
  return kExitYes;
}

}  // namespace firebreak::cli
