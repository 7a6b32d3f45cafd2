// Ctrl-C for commands that run until they are told to stop.
#ifndef FIREBREAK_CLI_INTERRUPT_H_
#define FIREBREAK_CLI_INTERRUPT_H_

#include <atomic>
#include <chrono>

namespace firebreak::cli {

// WatchInterrupt makes SIGINT and SIGTERM raise the returned flag instead of ending the process;
// a second signal ends it. System calls that wait return with EINTR.
const std::atomic<bool>& WatchInterrupt();

// WaitForInterrupt returns after so long, or as soon as such a signal has come. For the loops of
// those who follow a log, since nobody tells them when it grows.
void WaitForInterrupt(std::chrono::milliseconds most);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_INTERRUPT_H_
