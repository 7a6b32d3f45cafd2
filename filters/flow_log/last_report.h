// LastReport is what a PERIODIC record is compared with.
#ifndef FIREBREAK_FILTERS_FLOW_LOG_LAST_REPORT_H_
#define FIREBREAK_FILTERS_FLOW_LOG_LAST_REPORT_H_

#include "filters/api/connection.h"
#include "flows/record.h"

namespace firebreak::filters {

// LastReport is made for the first PERIODIC record of a connection or request, as of its beginning:
// what does not live for long has none.
class LastReport final : public FilterState {
 public:
  // Advance fills in what record, whose duration and totals are those of now, adds to the last.
  void Advance(flows::Record* record) {
    const flows::Interval now{.duration_us = record->duration_us,
                              .bytes_sent = record->bytes_sent,
                              .bytes_received = record->bytes_received};
    record->interval = {.duration_us = now.duration_us - last_.duration_us,
                        .bytes_sent = now.bytes_sent - last_.bytes_sent,
                        .bytes_received = now.bytes_received - last_.bytes_received};
    last_ = now;
  }

 private:
  flows::Interval last_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_FLOW_LOG_LAST_REPORT_H_
