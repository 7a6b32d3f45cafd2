#include "proxy/tls/tls_transport.h"

#include <gtest/gtest.h>

#include <random>

#include "base/simulated_clock.h"
#include "tests/support/socket_pair.h"
#include "tests/support/test_identity.h"

namespace firebreak::proxy {
namespace {

using tests::TestCa;
using HandshakeState = TlsTransport::HandshakeState;

constexpr char kOrders[] = "shop.example/ns/shop/sa/orders";
constexpr char kPayments[] = "shop.example/ns/shop/sa/payments";

// One side of a session with a worker's worth of scratch and engine.
struct End {
  End(const Limits& limits, const Clock& clock) : engine(scratch, limits, clock) {}
  Scratch scratch;
  TlsEngine engine;
  std::unique_ptr<TlsTransport> transport;
};

class TlsTransportTest : public testing::Test {
 protected:
  TlsTransportTest() {
    EXPECT_TRUE(client_.engine.SetIdentity(ca_.Material(kOrders, {&ca_})).ok());
    EXPECT_TRUE(server_.engine.SetIdentity(ca_.Material(kPayments, {&ca_})).ok());
  }

  void Connect(int buffer_bytes = 0) {
    tests::SocketPair pair = tests::MakeSocketPair(buffer_bytes);
    client_.transport =
        TlsTransport::Client(std::move(pair.near), client_.scratch, client_.engine, expected_);
    server_.transport = TlsTransport::Server(std::move(pair.far), server_.scratch, server_.engine);
    ASSERT_NE(client_.transport, nullptr);
    ASSERT_NE(server_.transport, nullptr);
  }

  // Drives both sides until neither waits for the other.
  std::pair<HandshakeState, HandshakeState> Shake() {
    auto client = HandshakeState::kBlocked;
    auto server = HandshakeState::kBlocked;
    for (int turn = 0; turn < 10'000; ++turn) {
      for (End* end : {&client_, &server_}) end->transport->Note({.readable = true});
      if (client == HandshakeState::kBlocked) client = client_.transport->Handshake();
      if (server == HandshakeState::kBlocked) server = server_.transport->Handshake();
      if (client != HandshakeState::kBlocked && server != HandshakeState::kBlocked) break;
    }
    return {client, server};
  }

  // Reads from an end until it has `bytes`, or its stream ends.
  static std::string ReadUpTo(End& end, size_t bytes, IoState* state) {
    std::string all;
    for (int turn = 0; turn < 1'000'000 && all.size() < bytes; ++turn) {
      end.transport->Note({.readable = true});
      const ReadResult got = end.transport->Read(end.scratch.plain());
      all.append(end.scratch.plain().data(), got.bytes);
      *state = got.state;
      if (got.state != IoState::kOk && got.state != IoState::kBlocked) break;
    }
    return all;
  }

  SimulatedClock clock_;
  Limits limits_;
  TestCa ca_{"shop.example", clock_.WallNow()};
  ExpectedIdentities expected_{TestCa::Id(kPayments)};
  End client_{limits_, clock_};
  End server_{limits_, clock_};
};

TEST_F(TlsTransportTest, BothSidesProveWhoTheyAre) {
  Connect();
  EXPECT_EQ(Shake(), std::make_pair(HandshakeState::kDone, HandshakeState::kDone));
  EXPECT_EQ(server_.transport->peer()->id.principal(), kOrders);
  EXPECT_EQ(client_.transport->peer()->id.principal(), kPayments);
  EXPECT_EQ(server_.transport->Info().version, 0x0304);
  EXPECT_NE(server_.transport->Info().group, 0);
}

TEST_F(TlsTransportTest, EngineWithoutIdentityServesNobody) {
  End bare(limits_, clock_);
  tests::SocketPair pair = tests::MakeSocketPair();
  EXPECT_EQ(TlsTransport::Server(std::move(pair.far), bare.scratch, bare.engine), nullptr);
}

TEST_F(TlsTransportTest, DeniesPeerOutsideTrustDomain) {
  const TestCa other("other.example", clock_.WallNow());
  ASSERT_TRUE(
      client_.engine.SetIdentity(other.Material("other.example/ns/shop/sa/orders", {&other, &ca_}))
          .ok());
  Connect();
  EXPECT_EQ(Shake().second, HandshakeState::kFailed);
  EXPECT_EQ(server_.transport->failure_reason(), Reason::kIdentityInvalid);
  EXPECT_EQ(server_.transport->failure_detail().rfind("UNKNOWN_TRUST_DOMAIN", 0), 0U)
      << server_.transport->failure_detail();
}

TEST_F(TlsTransportTest, DeniesExpiredSvid) {
  Connect();
  clock_.Advance(absl::Hours(2));
  EXPECT_NE(Shake(), std::make_pair(HandshakeState::kDone, HandshakeState::kDone));
  EXPECT_EQ(client_.transport->failure_reason(), Reason::kIdentityInvalid);
}

TEST_F(TlsTransportTest, ClientDeniesAnIdentityItDidNotExpectBeforeShowingItsOwn) {
  expected_ = {TestCa::Id("shop.example/ns/shop/sa/ledger")};
  Connect();
  const auto [client, server] = Shake();
  EXPECT_EQ(client, HandshakeState::kFailed);
  EXPECT_EQ(server, HandshakeState::kFailed);
  EXPECT_EQ(client_.transport->failure_reason(), Reason::kIdentityMismatch);
  EXPECT_EQ(server_.transport->peer(), nullptr);
}

TEST_F(TlsTransportTest, NobodyExpectedMeansNobodyAccepted) {
  expected_.clear();
  Connect();
  EXPECT_EQ(Shake().first, HandshakeState::kFailed);
}

TEST_F(TlsTransportTest, CarriesManyRecordsThroughSmallSocketBuffersByteExactly) {
  Connect(/*buffer_bytes=*/8192);
  ASSERT_EQ(Shake(), std::make_pair(HandshakeState::kDone, HandshakeState::kDone));
  std::string sent;
  for (size_t i = 0; sent.size() < Scratch::kPlainBytes; ++i) sent += std::to_string(i);
  sent.resize(Scratch::kPlainBytes);
  EXPECT_EQ(client_.transport->Write(sent), IoState::kBlocked);
  std::string received;
  while (received.size() < sent.size()) {
    client_.transport->Flush();
    server_.transport->Note({.readable = true});
    const ReadResult got = server_.transport->Read(server_.scratch.plain());
    ASSERT_TRUE(got.state == IoState::kOk || got.state == IoState::kBlocked);
    received.append(server_.scratch.plain().data(), got.bytes);
  }
  EXPECT_EQ(received, sent);
  EXPECT_EQ(client_.scratch.slabs().in_use(), 0U);
  EXPECT_EQ(server_.scratch.slabs().in_use(), 0U);
}

// A piece may end in the middle of what one read of the socket brought: the rest waits its turn.
class TlsPieceTest : public TlsTransportTest, public testing::WithParamInterface<size_t> {};

TEST_P(TlsPieceTest, KeepsTheOrderOfBytesWhateverTheSizesOfPiecesAndRecords) {
  Connect();
  ASSERT_EQ(Shake(), std::make_pair(HandshakeState::kDone, HandshakeState::kDone));
  std::mt19937 random(20261122);
  std::string sent;
  std::string received;
  constexpr size_t kEnough = 1U << 20;
  while (sent.size() < kEnough || received.size() < sent.size()) {
    while (!client_.transport->write_blocked() && sent.size() < kEnough) {
      std::string record(1 + random() % 20'000, '\0');
      for (char& byte : record) byte = static_cast<char>(random());
      client_.transport->Write(record);
      sent += record;
    }
    client_.transport->Flush();
    server_.transport->Note({.readable = true});
    const ReadResult got = server_.transport->Read(server_.scratch.plain().subspan(0, GetParam()));
    ASSERT_TRUE(got.state == IoState::kOk || got.state == IoState::kBlocked)
        << server_.transport->failure_detail();
    received.append(server_.scratch.plain().data(), got.bytes);
  }
  EXPECT_TRUE(received == sent);
  EXPECT_EQ(server_.scratch.slabs().in_use(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Pieces, TlsPieceTest,
                         testing::Values(1'000, 4'096, 16'384, 30'000, 65'536, 81'920));

TEST_F(TlsTransportTest, DataSentWithTheHandshakeWaitsForTheFirstRead) {
  Connect();
  ASSERT_EQ(client_.transport->Handshake(), HandshakeState::kBlocked);
  ASSERT_EQ(server_.transport->Handshake(), HandshakeState::kBlocked);
  client_.transport->Note({.readable = true});
  ASSERT_EQ(client_.transport->Handshake(), HandshakeState::kDone);
  client_.transport->Write("early");
  client_.transport->Finish();
  server_.transport->Note({.readable = true});
  ASSERT_EQ(server_.transport->Handshake(), HandshakeState::kDone);
  IoState state = IoState::kOk;
  EXPECT_EQ(ReadUpTo(server_, 5, &state), "early");
  EXPECT_EQ(ReadUpTo(server_, 1, &state), "");
  EXPECT_EQ(state, IoState::kEof);
}

TEST_F(TlsTransportTest, EndIsOneWayAndTheOtherWayGoesOn) {
  Connect();
  ASSERT_EQ(Shake(), std::make_pair(HandshakeState::kDone, HandshakeState::kDone));
  client_.transport->Finish();
  IoState state = IoState::kOk;
  EXPECT_EQ(ReadUpTo(server_, 1, &state), "");
  EXPECT_EQ(state, IoState::kEof);
  server_.transport->Write("answer");
  EXPECT_EQ(ReadUpTo(client_, 6, &state), "answer");
}

TEST_F(TlsTransportTest, SocketEndWithoutCloseNotifyIsATruncation) {
  Connect();
  ASSERT_EQ(Shake(), std::make_pair(HandshakeState::kDone, HandshakeState::kDone));
  client_.transport->Write("half");
  client_.transport.reset();
  IoState state = IoState::kOk;
  EXPECT_EQ(ReadUpTo(server_, 5, &state), "half");
  EXPECT_EQ(state, IoState::kTruncated);
}

TEST_F(TlsTransportTest, RevalidateRefusesAPeerWhoseBundleIsGone) {
  Connect();
  ASSERT_EQ(Shake(), std::make_pair(HandshakeState::kDone, HandshakeState::kDone));
  const certs::PeerIdentityPtr peer = server_.transport->peer();
  EXPECT_TRUE(server_.engine.Revalidate(*peer).ok());
  const TestCa renewed("shop.example", clock_.WallNow());
  ASSERT_TRUE(
      server_.engine.SetIdentity(renewed.Material(kPayments, {&renewed}, /*epoch=*/2)).ok());
  EXPECT_FALSE(server_.engine.Revalidate(*peer).ok());
}

TEST_F(TlsTransportTest, ExpiryAloneDoesNotEndALiveSession) {
  Connect();
  ASSERT_EQ(Shake(), std::make_pair(HandshakeState::kDone, HandshakeState::kDone));
  clock_.Advance(absl::Hours(2));
  EXPECT_TRUE(server_.engine.Revalidate(*server_.transport->peer()).ok());
}

}  // namespace
}  // namespace firebreak::proxy
