#include "inspect/pack/window_readings.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "inspect/decode/unwrap.h"

namespace firebreak::inspect {

void WindowReadings::Begin(absl::string_view window, absl::string_view before,
                           absl::string_view after) {
  for (size_t i = 0; i < made_; ++i) {
    readings_[i].lower.clear();
    readings_[i].around.clear();
  }
  readings_[0].text.assign(window.data(), window.size());
  before_.assign(before.data(), before.size());
  after_.assign(after.data(), after.size());
  made_ = 1;
  all_made_ = false;
}

bool WindowReadings::Make(size_t reading) {
  for (; made_ <= reading && !all_made_; ++made_) {
    if (made_ == kMax || !Unwrap(readings_[made_ - 1].text, readings_[made_].text)) {
      all_made_ = true;
      break;
    }
  }
  return reading < made_;
}

const std::string& WindowReadings::Lower(size_t reading) {
  Reading& asked = readings_[reading];
  if (asked.lower.empty()) {
    asked.lower = asked.text;
    absl::AsciiStrToLower(&asked.lower);
  }
  return asked.lower;
}

const std::string& WindowReadings::Around(size_t reading) {
  Reading& asked = readings_[reading];
  if (asked.around.empty()) absl::StrAppend(&asked.around, before_, asked.text, after_);
  return asked.around;
}

}  // namespace firebreak::inspect
