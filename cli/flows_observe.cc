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
  size_t printed = 0;
  while (!stop.load(std::memory_order_relaxed)) {
    if (request.first.has_value() && printed >= *request.first) break;
    auto line = files.Next(/*finish=*/!request.follow);
    if (!line.has_value()) break;
    if (!request.filter.Matches(line->flow)) continue;
    if (!request.last.has_value()) {
      printer.Print(*line);
      ++printed;
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
    if (!files.status().ok()) return;
    files.FollowRotation();
    poll(nullptr, 0, kFollowPollMs);  // a signal ends it early
  }
}

}  // namespace

int Observe(const ObserveRequest& request, const std::atomic<bool>& stop, CommandContext& context) {
  BadLines bad_lines(context);
  auto files = OpenLogs(request.files, bad_lines, context);
  if (!files.has_value()) return context.exit_code;
  FlowPrinter printer(request.form, Painter(context.UseColor()), request.zone, context.out);
  PrintPresent(request, stop, *files, printer);
  if (request.follow) PrintComing(request, stop, *files, printer);
  bad_lines.Conclude();
  return WasRead(*files, context) ? kExitYes : context.exit_code;
}

}  // namespace firebreak::cli
