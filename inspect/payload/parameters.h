// The parameters of a header value: `; name="value"` (RFC 9110 section 5.6.6), read as leniently as
// the laxest server does, with what a strict one would have read differently noticed.
#ifndef FIREBREAK_INSPECT_PAYLOAD_PARAMETERS_H_
#define FIREBREAK_INSPECT_PAYLOAD_PARAMETERS_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

struct HeaderParameter {
  std::string name;   // in lower case, white space around it gone; with the "*" of RFC 5987
  std::string value;  // unquoted, backslashes in quotes undone
  bool quoted = false;
  bool broken = false;  // a quote that never ends, or something between it and the next ";"
};

// HeaderParameters walks them one by one. The text must outlive it.
class HeaderParameters {
 public:
  // `text` begins behind the first word of the value: `; boundary=x`.
  explicit HeaderParameters(absl::string_view text) : rest_(text) {}
  // Next reads one parameter; false at the end.
  bool Next(HeaderParameter& parameter);

 private:
  void ReadQuoted(HeaderParameter& parameter);

  absl::string_view rest_;
};

// SplitHeaderValue gives the first word of a value, in lower case, and the rest, from the first
// ";".
std::pair<std::string, absl::string_view> SplitHeaderValue(absl::string_view value);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_PARAMETERS_H_
