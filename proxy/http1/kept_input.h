// KeptInput drives a codec over its input, and keeps what the codec does not use up yet.
#ifndef FIREBREAK_PROXY_HTTP1_KEPT_INPUT_H_
#define FIREBREAK_PROXY_HTTP1_KEPT_INPUT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::proxy {

// It holds what one read brings at most, as long as nothing is received while it is not empty.
class KeptInput {
 public:
  // Run calls step on what is kept and then on `fresh`, until step returns false: it can do no more
  // for now. Step takes bytes off the front of its argument. Calls from within step do nothing: the
  // outermost one goes on anyway.
  template <typename Step>  // bool(absl::string_view& input)
  void Run(absl::string_view fresh, Step step) {
    if (running_) return;
    const bool kept = !empty();
    if (kept) kept_.append(fresh.data(), fresh.size());
    left_ = kept ? absl::string_view(kept_).substr(begin_) : fresh;
    running_ = true;
    while (step(left_)) continue;
    running_ = false;
    if (left_.empty()) {
      if (kept) std::string().swap(kept_);  // an idle connection holds no memory for it
      begin_ = 0;
    } else if (kept) {
      begin_ = kept_.size() - left_.size();
    } else {
      kept_.assign(left_.data(), left_.size());
    }
  }

  // Whether nothing is left, also when asked from within a step.
  bool empty() const { return running_ ? left_.empty() : kept_.empty(); }
  bool running() const { return running_; }

 private:
  std::string kept_;
  size_t begin_ = 0;        // what lies before is used up
  absl::string_view left_;  // while running
  bool running_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP1_KEPT_INPUT_H_
