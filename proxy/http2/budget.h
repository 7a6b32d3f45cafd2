// Budget bounds what a peer may ask of us for nothing on one HTTP/2 connection: resets, and frames
// that carry neither requests nor bytes.
#ifndef FIREBREAK_PROXY_HTTP2_BUDGET_H_
#define FIREBREAK_PROXY_HTTP2_BUDGET_H_

#include <algorithm>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "proxy/http2/frame_scanner.h"

namespace firebreak::proxy {

// Allowance is a stock of tokens that useful work refills, so that no clock is needed: an idle
// connection earns nothing, a busy one is never in want.
class Allowance {
 public:
  constexpr Allowance(int64_t at_first, int64_t most) : left_(at_first), most_(most) {}
  // Spend is false when there was none left.
  bool Spend() { return left_-- > 0; }
  void Earn(int64_t count) { left_ = std::min(most_, left_ + count); }
  void Refill() { left_ = most_; }

 private:
  int64_t left_;
  int64_t most_;
};

// Each function that may find a breach returns its name ("h2_reset_flood"), or nothing. After a
// breach the connection ends.
class Budget {
 public:
  // More than these many CONTINUATION frames in one header block are a flood (CVE-2024-28182).
  static constexpr int kMaxContinuations = 8;

  // OnFrame: the header of a frame has come in. `gone`: its stream has ended already.
  absl::string_view OnFrame(const FrameHeader& frame, bool gone);
  // OnWastedStream: a stream was reset by the peer before we began to answer, or by us for a fault
  // of the peer. Allowed: 100 at first, and one for every stream that ended well; so about half of
  // all streams, as rapid reset (CVE-2023-44487) and "MadeYouReset" (CVE-2025-8671) never do. A
  // stream that the peer resets after our response began costs it a round trip and counts neither
  // way.
  absl::string_view OnWastedStream();
  // OnRefusedStream: refused for being one too many, which clients may do until our SETTINGS
  // arrive.
  absl::string_view OnRefusedStream();

  void OnStreamOpened();
  void OnStreamCompleted();
  // OnDataSent: one DATA frame of ours went out.
  void OnDataSent() { window_updates_.Earn(20); }
  // OnOutputDrained: the peer has taken everything we had for it. PING and SETTINGS are bounded by
  // what we have to answer while it does not read, not for the life of the connection: keep-alives
  // go on for days.
  void OnOutputDrained();

 private:
  absl::string_view OnDataFrame(const FrameHeader& frame);

  int continuations_ = 0;
  Allowance wasted_streams_{100, 1'000};
  Allowance empty_data_{100, 100};
  Allowance priorities_{100, 10'000};
  Allowance window_updates_{100, 10'000};
  Allowance pings_{1'000, 1'000};
  Allowance settings_{100, 100};
  Allowance strays_{1'000, 1'000};  // unknown types, frames on closed streams, GOAWAYs
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_BUDGET_H_
