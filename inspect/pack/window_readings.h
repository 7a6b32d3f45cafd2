// WindowReadings: what a window of a field may say, as it is and with layers of encoding undone.
#ifndef FIREBREAK_INSPECT_PACK_WINDOW_READINGS_H_
#define FIREBREAK_INSPECT_PACK_WINDOW_READINGS_H_

#include <array>
#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// Each reading, and each form of it, is made when it is first asked for, once for all rules. The
// texts that are returned hold until the next Begin.
class WindowReadings {
 public:
  static constexpr size_t kLayers = 3;
  static constexpr size_t kMax = 1 + kLayers;

  // `before` and `after` are the bytes on either side of the window, or nothing at the field's
  // ends.
  void Begin(absl::string_view window, absl::string_view before, absl::string_view after);

  // Make says whether there is such a reading; 0 is the window as it is, and always there.
  bool Make(size_t reading);
  // The calls below are for a reading that was made.
  const std::string& Text(size_t reading) const { return readings_[reading].text; }
  const std::string& Lower(size_t reading);
  // The text between `before` and `after`, which show a pattern whether the field goes on.
  const std::string& Around(size_t reading);
  // Where the text begins in it.
  size_t start() const { return before_.size(); }

 private:
  // An empty form has not been made; that of an empty text costs nothing to make again.
  struct Reading {
    std::string text, lower, around;
  };

  std::array<Reading, kMax> readings_;
  size_t made_ = 0;
  bool all_made_ = false;
  std::string before_, after_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PACK_WINDOW_READINGS_H_
