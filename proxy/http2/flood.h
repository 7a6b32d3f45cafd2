// For tests: floods from a peer that reads nothing, and what they must lead to.
#ifndef FIREBREAK_PROXY_HTTP2_FLOOD_H_
#define FIREBREAK_PROXY_HTTP2_FLOOD_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http2/testing.h"

namespace firebreak::proxy::testing {

// Flood repeats `bytes` to a server that has had the preface, until it takes no more, and returns
// how often it was taken.
inline int Flood(ServerPeer& server, const std::string& bytes, int most) {
  for (int i = 0; i < most; ++i) {
    if (!server.codec().wants_input()) return i;
    server.codec().Receive(bytes);
  }
  return most;
}

inline void ExpectFailure(ServerPeer& server, absl::string_view code) {
  using ::testing::AllOf;
  using ::testing::Contains;
  EXPECT_EQ(server.codec().state(), CodecState::kFailed);
  EXPECT_EQ(server.codec().failure_code(), code);
  EXPECT_THAT(server.transcript().lines(), Contains(absl::StrCat("malformed ", code)));
  EXPECT_EQ(server.codec().live_streams(), 0u);
  EXPECT_THAT(server.TakeFrames(),
              Contains(AllOf(::testing::StartsWith("GOAWAY"), ::testing::HasSubstr("calm"))));
}

}  // namespace firebreak::proxy::testing

#endif  // FIREBREAK_PROXY_HTTP2_FLOOD_H_
