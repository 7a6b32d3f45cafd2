// Complaints writes refused and failed connections to the diagnostic log, within a budget.
#ifndef FIREBREAK_PROXY_TCP_COMPLAINTS_H_
#define FIREBREAK_PROXY_TCP_COMPLAINTS_H_

#include <cstdint>

#include "base/clock.h"
#include "flows/record.h"

namespace firebreak::proxy {

// The flow log has every connection; this is for whoever reads stderr. A flood of refusals is
// somebody else's choice, so at most kLinesPerSecond are written, and the rest are counted in the
// next line. One a worker.
class Complaints {
 public:
  static constexpr int kLinesPerSecond = 10;

  void Note(const flows::Record& record, MonoTime now);

 private:
  MonoTime second_begins_;
  int lines_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TCP_COMPLAINTS_H_
