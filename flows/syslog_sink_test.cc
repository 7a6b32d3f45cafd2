#include "flows/syslog_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "flows/testing.h"
#include "tests/support/bound_socket.h"
#include "tests/support/temp_folder.h"

namespace firebreak::flows {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Receive(int fd) {
  std::string bytes(65'536, '\0');
  const ssize_t count = recv(fd, bytes.data(), bytes.size(), 0);
  bytes.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return bytes;
}

std::string LineOf(const Batch& batch) { return batch.text.substr(0, batch.text.size() - 1); }

TEST(SyslogMessage, IsWhatTheStandardSays) {
  const std::string line = LineOf(TestBatch(1));
  const std::string message = SyslogMessage(16, FlowHeader(line), "host firebreak-proxy 7", line);
  // local0 (16) * 8 + warning (4), since it was dropped
  EXPECT_THAT(message,
              StartsWith("<132>1 2027-01-15T08:00:00.123456Z host firebreak-proxy 7 CLOSE - {"));
  EXPECT_THAT(message, EndsWith(line));
  const std::string head = R"({"time":"2027-01-15T08:00:00Z","event":"HEAD"})";
  EXPECT_THAT(SyslogMessage(0, FlowHeader(head), "h a 1", head),
              StartsWith("<6>1 2027-01-15T08:00:00Z h a 1 HEAD - {"));
  EXPECT_THAT(SyslogMessage(0, FlowHeader("{}"), "h a 1", "{}"), StartsWith("<6>1 - h a 1 - - {}"));
}

TEST(SyslogSink, SendsADatagramALine) {
  const tests::BoundSocket receiver(SOCK_DGRAM);
  SyslogSink sink({.transport = SyslogTransport::kUdp,
                   .host = "127.0.0.1",
                   .port = receiver.port(),
                   .hostname = "payments-0"},
                  Clock::Real());
  EXPECT_EQ(sink.Deliver(TestBatch(1, 2)).fate, Delivery::Fate::kTaken);
  EXPECT_THAT(Receive(receiver.fd()), testing::AllOf(HasSubstr(" payments-0 firebreak-proxy "),
                                                     HasSubstr("\"sequence\":1}")));
  EXPECT_THAT(Receive(receiver.fd()), HasSubstr("\"sequence\":2}"));
}

TEST(SyslogSink, SpeaksForAnotherProgramAndOfAnotherKindOfLine) {
  const tests::BoundSocket receiver(SOCK_DGRAM);
  SyslogSink sink({.transport = SyslogTransport::kUdp,
                   .host = "127.0.0.1",
                   .port = receiver.port(),
                   .hostname = "ops",
                   .program = "firebreak",
                   .header_of =
                       [](absl::string_view line) {
                         return SyslogHeader{2, "2027-01-15T08:00:00Z", std::string(line)};
                       }},
                  Clock::Real());
  EXPECT_EQ(sink.Deliver({.text = "fire\n", .lines = 1}).fate, Delivery::Fate::kTaken);
  EXPECT_THAT(Receive(receiver.fd()),
              testing::AllOf(StartsWith("<130>1 2027-01-15T08:00:00Z ops firebreak "),
                             EndsWith(" fire - fire")));
}

TEST(SyslogSink, CountsALineThatNoDatagramHolds) {
  const tests::BoundSocket receiver(SOCK_DGRAM);
  SyslogSink sink(
      {.transport = SyslogTransport::kUdp, .host = "127.0.0.1", .port = receiver.port()},
      Clock::Real());
  const Batch batch{.text = absl::StrCat(std::string(70'000, 'x'), "\n", TestBatch(2).text),
                    .lines = 2};
  const Delivery delivery = sink.Deliver(batch);
  EXPECT_EQ(delivery.fate, Delivery::Fate::kTaken);
  EXPECT_EQ(delivery.refused_lines, 1U);
  EXPECT_THAT(Receive(receiver.fd()), HasSubstr("\"sequence\":2}"));
}

TEST(SyslogSink, CountsOctetsOverTcpAndConnectsAnew) {
  const tests::BoundSocket receiver;
  SyslogSink sink(
      {.transport = SyslogTransport::kTcp, .host = "127.0.0.1", .port = receiver.port()},
      Clock::Real());
  for (int connection = 0; connection < 2; ++connection) {
    EXPECT_EQ(sink.Deliver(TestBatch(1)).fate, Delivery::Fate::kTaken);
    const int peer = receiver.Accept();
    ASSERT_GE(peer, 0);
    const std::string got = Receive(peer);
    const size_t space = got.find(' ');
    EXPECT_EQ(got.substr(0, space), std::to_string(got.size() - space - 1));
    close(peer);
  }
}

TEST(SyslogSink, SpeaksToAUnixSocketAndWaitsForOneThatIsNotThere) {
  const tests::TempFolder folder;
  const std::string path = folder.Path("log");
  SyslogSink sink({.transport = SyslogTransport::kUnix, .host = path}, Clock::Real());
  EXPECT_EQ(sink.Deliver(TestBatch(1)).fate, Delivery::Fate::kLater);
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(sink.Deliver(TestBatch(1)).fate, Delivery::Fate::kTaken);
  EXPECT_THAT(Receive(fd), HasSubstr("\"sequence\":1}"));
  close(fd);
}

}  // namespace
}  // namespace firebreak::flows
