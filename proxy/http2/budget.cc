#include "proxy/http2/budget.h"

#include <nghttp2/nghttp2.h>

namespace firebreak::proxy {
namespace {

constexpr absl::string_view kFine;

absl::string_view SpendOr(Allowance& allowance, absl::string_view breach) {
  return allowance.Spend() ? kFine : breach;
}

}  // namespace

absl::string_view Budget::OnFrame(const FrameHeader& frame, bool gone) {
  if (frame.type != NGHTTP2_CONTINUATION) continuations_ = 0;
  switch (frame.type) {
    case NGHTTP2_CONTINUATION:
      return ++continuations_ > kMaxContinuations ? "h2_continuation_flood" : kFine;
    case NGHTTP2_DATA:
      return OnDataFrame(frame);
    case NGHTTP2_PUSH_PROMISE:
      return "h2_push_promise";  // our first SETTINGS forbid it, ahead of any request
    case NGHTTP2_HEADERS:
    case NGHTTP2_RST_STREAM:
      // What becomes of a stream is counted; what comes for one that was, here.
      return gone ? SpendOr(strays_, "h2_stray_flood") : kFine;
    case NGHTTP2_PRIORITY:
      return SpendOr(priorities_, "h2_priority_flood");
    case NGHTTP2_SETTINGS:
      return SpendOr(settings_, "h2_settings_flood");
    case NGHTTP2_PING:
      return SpendOr(pings_, "h2_ping_flood");
    case NGHTTP2_WINDOW_UPDATE:
      return SpendOr(window_updates_, "h2_window_update_flood");
    default:
      return SpendOr(strays_, "h2_stray_flood");
  }
}

// Bytes for a stream that has ended are bounded by its window, so that only empty frames cost.
absl::string_view Budget::OnDataFrame(const FrameHeader& frame) {
  const size_t padding_field = (frame.flags & NGHTTP2_FLAG_PADDED) != 0 ? 1 : 0;
  if (frame.length > padding_field) {
    empty_data_.Earn(1);
    return kFine;
  }
  if ((frame.flags & NGHTTP2_FLAG_END_STREAM) != 0) return kFine;
  return SpendOr(empty_data_, "h2_empty_data_flood");
}

absl::string_view Budget::OnWastedStream() { return SpendOr(wasted_streams_, "h2_reset_flood"); }
absl::string_view Budget::OnRefusedStream() { return SpendOr(strays_, "h2_stray_flood"); }

void Budget::OnStreamOpened() {
  priorities_.Earn(10);
  window_updates_.Earn(4);
  strays_.Earn(1);
}

void Budget::OnStreamCompleted() { wasted_streams_.Earn(1); }

void Budget::OnOutputDrained() {
  pings_.Refill();
  settings_.Refill();
}

}  // namespace firebreak::proxy
