// Running `firebreak` within a test.
#ifndef FIREBREAK_CLI_TESTING_H_
#define FIREBREAK_CLI_TESTING_H_

#include <sstream>
#include <string>
#include <vector>

#include "base/simulated_clock.h"
#include "cli/app.h"
#include "cli/command.h"

namespace firebreak::cli {

// CommandRun is what a command line did.
struct CommandRun {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// RunForTest runs `firebreak args...` with a simulated clock and without a terminal.
inline CommandRun RunForTest(std::vector<std::string> args, const std::string& input = "") {
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const SimulatedClock clock;
  CommandContext context{.in = in, .out = out, .err = err, .clock = clock};
  const int code = RunFirebreak(std::move(args), context);
  return {.exit_code = code, .out = out.str(), .err = err.str()};
}

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_TESTING_H_
