// StartThread begins a thread that works in the background of a program.
#ifndef FIREBREAK_BASE_THREAD_H_
#define FIREBREAK_BASE_THREAD_H_

#include <functional>
#include <thread>

namespace firebreak {

// StartThread runs body on a thread of that name, which has at most 15 bytes and outlives it. It
// blocks all signals, since these are the main thread's; SIGPIPE blocked means that write() says
// EPIPE.
std::thread StartThread(const char* name, std::function<void()> body);

}  // namespace firebreak

#endif  // FIREBREAK_BASE_THREAD_H_
