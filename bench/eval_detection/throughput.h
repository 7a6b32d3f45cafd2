// How fast the library takes records, and what its state weighs.
#ifndef FIREBREAK_BENCH_EVAL_DETECTION_THROUGHPUT_H_
#define FIREBREAK_BENCH_EVAL_DETECTION_THROUGHPUT_H_

namespace firebreak::bench {

// PrintThroughput prints calls and records a second on one core.
void PrintThroughput();
// PrintMemory prints what a million edges cost.
void PrintMemory();

}  // namespace firebreak::bench

#endif  // FIREBREAK_BENCH_EVAL_DETECTION_THROUGHPUT_H_
