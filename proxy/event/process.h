// What the process does to itself before it serves: limits and hardening.
#ifndef FIREBREAK_PROXY_EVENT_PROCESS_H_
#define FIREBREAK_PROXY_EVENT_PROCESS_H_

#include <cstdint>

namespace firebreak::proxy {

// HardenProcess forbids core dumps and attaching by other processes of the same user (both would
// show the private key), and new privileges by execve. Failures are logged: each is a bonus.
void HardenProcess();

// RaiseDescriptorLimit raises the soft limit to the hard one and returns it.
int64_t RaiseDescriptorLimit();

// RandomSeed draws 64 bits from the kernel.
uint64_t RandomSeed();

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EVENT_PROCESS_H_
