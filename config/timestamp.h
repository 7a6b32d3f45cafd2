// Moments that a file of configuration names.
#ifndef FIREBREAK_CONFIG_TIMESTAMP_H_
#define FIREBREAK_CONFIG_TIMESTAMP_H_

#include <google/protobuf/timestamp.pb.h>

#include "absl/time/time.h"

namespace firebreak::config {

inline absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_TIMESTAMP_H_
