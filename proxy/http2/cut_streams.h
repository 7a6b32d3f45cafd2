// CutStreams remembers the streams that we ended before the peer did.
#ifndef FIREBREAK_PROXY_HTTP2_CUT_STREAMS_H_
#define FIREBREAK_PROXY_HTTP2_CUT_STREAMS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace firebreak::proxy {

// What the peer sent on such a stream before it learnt of that is no fault; on any other stream
// that has ended it is one (RFC 9113 section 5.1). Only the latest are known one by one; about
// older streams we are lenient.
class CutStreams {
 public:
  void Add(int32_t id) {
    forgotten_ = std::max(forgotten_, ids_[next_]);
    ids_[next_] = id;
    next_ = (next_ + 1) % ids_.size();
  }
  bool MayHave(int32_t id) const {
    return id <= forgotten_ || std::find(ids_.begin(), ids_.end(), id) != ids_.end();
  }

 private:
  std::array<int32_t, 64> ids_ = {};
  size_t next_ = 0;
  int32_t forgotten_ = 0;  // the highest that made way for another
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP2_CUT_STREAMS_H_
