// Which connections count as idle, and which do not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "proxy/exchange/http_session.h"
#include "proxy/http2/testing.h"
#include "tests/support/one_worker.h"

namespace firebreak::proxy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tests::OneWorker;
using tests::OneWorkerOptions;
using tests::SocketPeer;

constexpr int64_t kIdleMs = 60'000;
constexpr char kGet[] = "GET /ok HTTP/1.1\r\nhost: shop\r\n\r\n";
constexpr char kOk[] = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

class IdleSessionTest : public ::testing::Test {
 protected:
  static OneWorkerOptions Options() {
    OneWorkerOptions options;
    options.limits.idle_timeout_ms = kIdleMs;
    options.limits.stream_idle_timeout_ms = 10 * kIdleMs;
    return options;
  }

  // Pass lets time pass as timers would have it, and the client say something each second.
  void Pass(SocketPeer& client, int64_t milliseconds, const std::string& each_second = "") {
    for (int64_t passed = 0; passed < milliseconds; passed += 1'000) {
      if (!each_second.empty()) client.Send(each_second);
      worker_.Settle();
      worker_.Advance(1'000);
    }
    worker_.Settle();
  }
  std::vector<std::string> Closed() { return worker_.EndingsOf(flows::Event::kClose); }

  OneWorker worker_{Options()};
};

TEST_F(IdleSessionTest, AnHttp1ConnectionEndsOnceItHasHadNoRequestForSoLong) {
  SocketPeer& client = worker_.Connect();
  for (size_t i = 1; i <= 3; ++i) {
    client.Send(kGet);
    worker_.RunUntil([&] {
      return !worker_.Server(0).received().empty() &&
             worker_.EndingsOf(flows::Event::kRequest).size() + 1 == i;
    });
    worker_.Server(0).Send(kOk);
    worker_.RunUntil([&] { return worker_.EndingsOf(flows::Event::kRequest).size() == i; });
    Pass(client, kIdleMs - 2'000);
    EXPECT_THAT(Closed(), IsEmpty()) << "each request starts its time anew";
  }
  Pass(client, 10'000);
  EXPECT_THAT(Closed(), ElementsAre("FORWARDED TIMEOUT IDLE_TIMEOUT"));
}

TEST_F(IdleSessionTest, PingsKeepNoConnectionWithoutStreams) {
  SocketPeer& client = worker_.Connect();
  client.Send(testing::ClientPreface());
  Pass(client, kIdleMs - 2'000, testing::Ping());
  EXPECT_THAT(Closed(), IsEmpty());
  Pass(client, 10'000, testing::Ping());
  EXPECT_THAT(Closed(), ElementsAre("FORWARDED TIMEOUT IDLE_TIMEOUT"));
}

TEST_F(IdleSessionTest, NorDoSettingsPrioritiesOrWindows) {
  SocketPeer& client = worker_.Connect();
  client.Send(testing::ClientPreface());
  Pass(client, kIdleMs + 10'000,
       absl::StrCat(testing::Settings(), testing::WindowUpdate(0, 1),
                    testing::Frame(testing::kPriorityFrame, 0, 1, std::string(5, '\0'))));
  EXPECT_THAT(Closed(), ElementsAre("FORWARDED TIMEOUT IDLE_TIMEOUT"));
}

TEST_F(IdleSessionTest, ARequestUnderWayMayBeSilentForLonger) {
  SocketPeer& client = worker_.Connect();
  client.Send(kGet);
  worker_.RunUntilReceived(worker_.Server(0), "\r\n\r\n");
  Pass(client, 5 * kIdleMs);
  EXPECT_THAT(Closed(), IsEmpty());
  worker_.Server(0).Send(kOk);
  worker_.RunUntilReceived(client, "ok");
  Pass(client, kIdleMs + 10'000);
  EXPECT_THAT(Closed(), ElementsAre("FORWARDED TIMEOUT IDLE_TIMEOUT"));
}

}  // namespace
}  // namespace firebreak::proxy
