// How a long search tells how far it is.
#ifndef FIREBREAK_POLICY_WORKBENCH_PROGRESS_H_
#define FIREBREAK_POLICY_WORKBENCH_PROGRESS_H_

#include <cstddef>
#include <functional>

namespace firebreak::policy {

// Progress is told how much of a long search is done. Total may grow. Null: nobody asks.
using Progress = std::function<void(size_t done, size_t total)>;

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WORKBENCH_PROGRESS_H_
