#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/app.h"
#include "cli/command.h"

namespace {

// WantsNoColor: https://no-color.org, or a terminal that would show escapes as they are.
bool WantsNoColor() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return (no_color != nullptr && *no_color != '\0') ||
         (terminal != nullptr && std::strcmp(terminal, "dumb") == 0);
}

}  // namespace

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  firebreak::cli::CommandContext context{
      .in = std::cin,
      .out = std::cout,
      .err = std::cerr,
      .clock = firebreak::Clock::Real(),
      .out_is_terminal = isatty(STDOUT_FILENO) == 1,
      .no_color_set = WantsNoColor(),
  };
  const int code =
      firebreak::cli::RunFirebreak(std::vector<std::string>(argv + 1, argv + argc), context);
  std::cout.flush();
  // A disk that is full is no answer. A pipe whose reader has left ends the process by SIGPIPE.
  if (std::cout.good()) return code;
  std::cerr << "firebreak: standard output cannot be written; what it has is not all\n";
  return firebreak::cli::kExitUsage;
}
