#include "cli/progress_bar.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/str_cat.h"

namespace firebreak::cli {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(2);
constexpr absl::Duration kInterval = absl::Milliseconds(100);
constexpr size_t kBarWidth = 30;

}  // namespace

ProgressBar::ProgressBar(absl::string_view what, CommandContext& context)
    : what_(what), context_(context), start_(context.clock.WallNow()), next_(start_ + kPatience) {}

ProgressBar::~ProgressBar() {
  if (width_ > 0) context_.err << "\r" << std::string(width_, ' ') << "\r" << std::flush;
}

void ProgressBar::Show(size_t done, size_t total) {
  if (!context_.out_is_terminal || total == 0) return;
  const absl::Time now = context_.clock.WallNow();
  if (now < next_) return;
  next_ = now + kInterval;
  const size_t filled = kBarWidth * std::min(done, total) / total;
  const std::string line =
      absl::StrCat("[", std::string(filled, '='), std::string(kBarWidth - filled, ' '), "] ", done,
                   " of ", total, " ", what_);
  context_.err << "\r" << line;
  if (line.size() < width_) context_.err << std::string(width_ - line.size(), ' ');
  context_.err << std::flush;
  width_ = std::max(width_, line.size());
}

}  // namespace firebreak::cli
