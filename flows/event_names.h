// The events of flow lines, as `event` names them.
#ifndef FIREBREAK_FLOWS_EVENT_NAMES_H_
#define FIREBREAK_FLOWS_EVENT_NAMES_H_

#include <array>

#include "absl/strings/string_view.h"

namespace firebreak::flows {

// Of a connection or a request.
inline constexpr absl::string_view kOpenEvent = "OPEN";
inline constexpr absl::string_view kRequestEvent = "REQUEST";
inline constexpr absl::string_view kPeriodicEvent = "PERIODIC";
inline constexpr absl::string_view kCloseEvent = "CLOSE";
// Of the log.
inline constexpr absl::string_view kLostEvent = "LOST";
inline constexpr absl::string_view kHeadEvent = "HEAD";
// Of many flows.
inline constexpr absl::string_view kRollupEvent = "ROLLUP";

// kEvents are those that this version knows, those of record.h first and in its order.
inline constexpr std::array<absl::string_view, 7> kEvents = {
    kOpenEvent, kRequestEvent, kPeriodicEvent, kCloseEvent, kLostEvent, kHeadEvent, kRollupEvent};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_EVENT_NAMES_H_
