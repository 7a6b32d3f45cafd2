#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "inspect/capture/capture_file.h"
#include "inspect/capture/capture_inspector.h"
#include "inspect/capture/packet.h"
#include "inspect/capture/tcp_assembly.h"
#include "inspect/capture/testing.h"

namespace firebreak::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

const Ends kUp{.source = 1, .destination = 2, .source_port = 40000, .destination_port = 8080};
const Ends kDown{.source = 2, .destination = 1, .source_port = 8080, .destination_port = 40000};

std::vector<CapturedPacket> PacketsOf(absl::string_view file) {
  std::vector<CapturedPacket> packets;
  auto capture = CaptureFile::Open(file);
  EXPECT_TRUE(capture.ok());
  CapturedPacket packet;
  while (capture.ok() && capture->Next(&packet)) packets.push_back(packet);
  return packets;
}

TEST(CaptureFile, ReadsPcapOfBothByteOrdersAndClocks) {
  for (const bool big : {false, true}) {
    for (const bool nanos : {false, true}) {
      const std::string file = PcapFile({"one", "three"}, big, nanos);
      const auto packets = PacketsOf(file);
      ASSERT_THAT(packets, SizeIs(2));
      EXPECT_EQ(packets[1].bytes, "three");
      EXPECT_EQ(packets[1].link, 1U);
      EXPECT_EQ(packets[1].micros, 1'000'000 + 5);
    }
  }
}

TEST(CaptureFile, ReadsPcapng) {
  const std::string file = PcapngFile({"one", "three"});
  const auto packets = PacketsOf(file);
  ASSERT_THAT(packets, SizeIs(2));
  EXPECT_EQ(packets[0].bytes, "one");
  EXPECT_EQ(packets[1].micros, 7);
}

TEST(CaptureFile, RefusesWhatIsNoCaptureAndStopsWhereItIsDamaged) {
  EXPECT_FALSE(CaptureFile::Open("").ok());
  EXPECT_FALSE(CaptureFile::Open(std::string(100, 'x')).ok());
  std::string file = PcapFile({"one", "three"}, false, false);
  file[24 + 8 + 3] = '\x7f';  // the length of the first record
  auto capture = CaptureFile::Open(file);
  ASSERT_TRUE(capture.ok());
  CapturedPacket packet;
  EXPECT_FALSE(capture->Next(&packet));
  EXPECT_TRUE(capture->damaged());
}

TEST(CaptureFile, EveryTruncationIsAnEndAndNoCrash) {
  for (const std::string& file :
       {PcapFile({"one", "three"}, true, false), PcapngFile({"one", "three"})}) {
    for (size_t size = 0; size < file.size(); ++size) {
      auto capture = CaptureFile::Open(absl::string_view(file).substr(0, size));
      CapturedPacket packet;
      while (capture.ok() && capture->Next(&packet)) EXPECT_LE(packet.bytes.size(), 5U);
    }
  }
}

TEST(DecodeFrame, FindsSegmentsThroughEveryWrapping) {
  const std::string ip = Ipv4(6, kUp, TcpSegment(kUp, 100, kTcpAck, "hello"));
  const std::string ip6 = Ipv6(6, TcpSegment(kUp, 100, kTcpAck, "hello"));
  const std::string ethernet = Ethernet(0x0800, ip);
  const std::vector<std::pair<uint32_t, std::string>> frames = {
      {1, ethernet},
      {1, Ethernet(0x86dd, ip6)},
      {1, Ethernet(0x8100, Be({0x00, 0x05, 0x08, 0x00}) + ip)},
      {1, Ethernet(0x8847, Be({0, 1, 0x01, 64}) + ip)},
      {1, Ethernet(0x8864, Be({0x11, 0, 0, 1, 0, 0, 0x00, 0x21}) + ip)},
      {113, std::string(14, '\0') + Be({0x08, 0x00}) + ip},
      {276, Be({0x08, 0x00}) + std::string(18, '\0') + ip},
      {101, ip},
      {0, Be({2, 0, 0, 0}) + ip},
      {9, Be({0xff, 0x03, 0x00, 0x21}) + ip},
      {101, Ipv4(4, kUp, ip)},
      {101, Ipv4(47, kUp, Be({0, 0, 0x08, 0}) + ip)},
      {101,
       Ipv4(17, kUp,
            UdpDatagram({.source = 1, .destination = 2, .source_port = 9, .destination_port = 4789},
                        Be({8, 0, 0, 0, 0, 0, 1, 0}) + ethernet))},
  };
  for (const auto& [link, frame] : frames) {
    Segment segment;
    ASSERT_TRUE(DecodeFrame(link, frame, &segment)) << link;
    EXPECT_EQ(segment.payload, "hello") << link;
    EXPECT_EQ(segment.destination.port(), 8080) << link;
    for (size_t size = 0; size < frame.size(); ++size) {
      Segment cut;
      if (DecodeFrame(link, frame.substr(0, size), &cut)) {
        EXPECT_LE(cut.payload.size(), frame.size());
      }
    }
  }
}

TEST(DecodeFrame, EndlessNestingIsRefused) {
  std::string packet = Ipv4(6, kUp, TcpSegment(kUp, 1, 0, "x"));
  for (int i = 0; i < 20; ++i) packet = Ipv4(4, kUp, packet);
  Segment segment;
  EXPECT_FALSE(DecodeFrame(101, packet, &segment));
}

std::vector<std::string> Assemble(const std::vector<std::pair<uint32_t, std::string>>& segments,
                                  uint64_t* gaps) {
  TcpAssembly assembly;
  std::vector<std::string> pieces;
  const auto sink = [&](absl::string_view bytes) { pieces.emplace_back(bytes); };
  for (const auto& [sequence, bytes] : segments) assembly.Add(sequence, false, bytes, sink);
  assembly.Finish(sink);
  *gaps = assembly.gaps();
  return pieces;
}

TEST(TcpAssembly, OrdersTrimsAndCountsGaps) {
  uint64_t gaps = 0;
  EXPECT_THAT(Assemble({{10, "ab"}, {14, "ef"}, {12, "cd"}}, &gaps), ElementsAre("ab", "cd", "ef"));
  EXPECT_EQ(gaps, 0U);
  // What was first counts: a retransmission that differs changes nothing.
  EXPECT_THAT(Assemble({{10, "abcd"}, {10, "XXXXef"}}, &gaps), ElementsAre("abcd", "ef"));
  EXPECT_THAT(Assemble({{0xfffffffe, "abcd"}, {2, "ef"}}, &gaps), ElementsAre("abcd", "ef"));
  EXPECT_THAT(Assemble({{10, "ab"}, {20, "yz"}}, &gaps), ElementsAre("ab", "yz"));
  EXPECT_EQ(gaps, 1U);
}

TEST(TcpAssembly, HoldsABoundedAmount) {
  TcpAssembly assembly;
  size_t got = 0;
  const auto sink = [&](absl::string_view bytes) { got += bytes.size(); };
  assembly.Add(0, false, "a", sink);
  const std::string block(1000, 'x');
  for (uint32_t i = 1; i < 1000; ++i) assembly.Add(i * 2000, false, block, sink);
  EXPECT_GE(got, 999'000U - TcpAssembly::kMaxHeld);
  EXPECT_GT(assembly.gaps(), 0U);
}

CaptureInspector Inspect(const std::vector<std::string>& frames) {
  CaptureInspector inspector;
  int64_t now = 1'000'000;
  for (const std::string& frame : frames)
    inspector.Add({.micros = now += 1000, .link = 101, .bytes = frame});
  inspector.Finish();
  return inspector;
}

TEST(CaptureInspector, NamesFlowsAndTheirRisks) {
  const auto inspector = Inspect({
      Ipv4(6, kUp, TcpSegment(kUp, 99, kTcpSyn, "")),
      Ipv4(6, kDown, TcpSegment(kDown, 499, kTcpSyn | kTcpAck, "")),
      Ipv4(6, kDown, TcpSegment(kDown, 500, kTcpAck, "SSH-2.0-a\r\n")),
      Ipv4(6, kUp, TcpSegment(kUp, 104, kTcpAck, "2.0-b\r\n")),
      Ipv4(6, kUp, TcpSegment(kUp, 100, kTcpAck, "SSH-")),
  });
  ASSERT_THAT(inspector.flows(), SizeIs(1));
  EXPECT_TRUE(inspector.flows()[0].opening_seen);
  EXPECT_EQ(inspector.flows()[0].server.port(), 8080);
  EXPECT_EQ(inspector.identity(0), (Identity{Protocol::kSsh, Confidence::kCertain}));
  EXPECT_THAT(inspector.risks(0), SizeIs(2));  // interactive, and on HTTP's port
}

TEST(CaptureInspector, TurnsAFlowRoundWhoseOpeningWasNotSeen) {
  const auto inspector = Inspect({
      Ipv4(6, kDown, TcpSegment(kDown, 500, kTcpAck, "HTTP/1.1 200 OK\r\n\r\n")),
      Ipv4(6, kUp, TcpSegment(kUp, 100, kTcpAck, "GET / HTTP/1.1\r\n\r\n")),
  });
  ASSERT_THAT(inspector.flows(), SizeIs(1));
  EXPECT_EQ(inspector.identity(0).protocol, Protocol::kHttp1);
}

TEST(CaptureInspector, PortsThatAreUsedAgainAreAnotherFlow) {
  const auto inspector = Inspect({
      Ipv4(6, kUp, TcpSegment(kUp, 99, kTcpSyn, "")),
      Ipv4(6, kUp, TcpSegment(kUp, 100, kTcpAck, "SSH-2.0-b\r\n")),
      Ipv4(6, kUp, TcpSegment(kUp, 111, kTcpRst, "")),
      Ipv4(6, kUp, TcpSegment(kUp, 7000, kTcpSyn, "")),
      Ipv4(6, kUp, TcpSegment(kUp, 7001, kTcpAck, "GET / HTTP/1.1\r\n\r\n")),
  });
  ASSERT_THAT(inspector.flows(), SizeIs(2));
  EXPECT_EQ(inspector.identity(0).protocol, Protocol::kSsh);
  EXPECT_EQ(inspector.identity(1).protocol, Protocol::kHttp1);
}

}  // namespace
}  // namespace firebreak::inspect
