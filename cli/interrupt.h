// Ctrl-C for commands that run until they are told to stop.
#ifndef FIREBREAK_CLI_INTERRUPT_H_
#define FIREBREAK_CLI_INTERRUPT_H_

#include <atomic>

namespace firebreak::cli {

// WatchInterrupt makes SIGINT and SIGTERM raise the returned flag instead of ending the process;
// a second signal ends it. System calls that wait return with EINTR.
const std::atomic<bool>& WatchInterrupt();

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INTERRUPT_H_
