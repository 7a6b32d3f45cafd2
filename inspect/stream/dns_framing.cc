#include "inspect/stream/dns_framing.h"

#include <algorithm>

namespace firebreak::inspect {

void DnsFraming::Feed(absl::string_view bytes,
                      absl::FunctionRef<void(absl::string_view message)> sink) {
  while (!bytes.empty()) {
    const size_t take = std::min(bytes.size(), remaining_);
    const size_t room = (in_message_ ? kKept : 2) - kept_.size();
    kept_.append(bytes.data(), std::min(take, room));
    remaining_ -= take;
    bytes.remove_prefix(take);
    if (remaining_ > 0) return;
    if (in_message_) {
      sink(kept_);
      remaining_ = 2;
    } else {
      remaining_ = static_cast<size_t>(static_cast<unsigned char>(kept_[0])) << 8 |
                   static_cast<unsigned char>(kept_[1]);
    }
    // An empty message is followed by the next length.
    in_message_ = !in_message_ && remaining_ > 0;
    if (remaining_ == 0) remaining_ = 2;
    kept_.clear();
  }
}

}  // namespace firebreak::inspect
