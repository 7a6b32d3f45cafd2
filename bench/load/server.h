#ifndef FIREBREAK_BENCH_LOAD_SERVER_H_
#define FIREBREAK_BENCH_LOAD_SERVER_H_

#include <netinet/in.h>

namespace firebreak::bench {

// Serve answers exchanges on one thread until the process is killed. Returns only on failure, with
// the exit code.
int Serve(const sockaddr_in& address);

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_LOAD_SERVER_H_
