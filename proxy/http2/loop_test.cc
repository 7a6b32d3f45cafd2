// Client and server joined to each other: bytes come through exactly, and nobody hears of a stream
// that is over, wherever it is reset.
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proxy/http2/testing.h"

namespace firebreak::proxy {
namespace {

using testing::ClientPeer;
using ::testing::Contains;
using ::testing::HasSubstr;
using testing::MakeRequest;
using testing::MakeResponse;
using ::testing::Not;
using testing::ServerPeer;
using testing::Shuttle;

// Noise of a given length that is the same every time.
std::string Noise(size_t length, uint32_t seed) {
  std::string noise(length, '\0');
  std::minstd_rand random(seed);
  for (char& c : noise) c = static_cast<char>(random() >> 8);
  return noise;
}

// Sender writes a body as fast as the stream takes it.
template <typename StreamType>
class Sender {
 public:
  Sender(StreamType& stream, std::string body, size_t step)
      : stream_(stream), body_(std::move(body)), step_(step) {}

  void Send() {
    while (stream_.writable() && sent_ < body_.size()) {
      stream_.SendData(absl::string_view(body_).substr(sent_, step_));
      sent_ += std::min(step_, body_.size() - sent_);
    }
    if (sent_ == body_.size() && !std::exchange(ended_, true)) {
      http::HeaderMap trailers;
      trailers.Add("size", absl::StrCat(body_.size()));
      stream_.SendEnd(trailers);
    }
  }

 private:
  StreamType& stream_;
  const std::string body_;
  const size_t step_;
  size_t sent_ = 0;
  bool ended_ = false;
};

TEST(Http2Loop, U_06_LargeBodiesAreExactBothWaysAtOnce) {
  for (const size_t piece : {size_t{7}, size_t{1'000}, SIZE_MAX}) {
    const size_t size = piece == 7 ? 300'000 : 5'000'000;
    const std::string up = Noise(size, 1);
    const std::string down = Noise(size + 1'234, 2);
    ClientPeer client;
    ServerPeer server;
    std::unique_ptr<Sender<ServerStream>> answer;
    server.on_request = [&](ServerStream& stream, http::Request&) {
      stream.SendResponse(MakeResponse(200), false);
      answer = std::make_unique<Sender<ServerStream>>(stream, down, 10'007);
    };
    ClientStream* const stream = client.Request(MakeRequest("POST", "/"), false);
    Sender<ClientStream> ask(*stream, up, 8'191);
    client.reader(1).on_writable = [&] { ask.Send(); };
    // The answer begins with the first byte and ends after the last, or the request would be cut.
    bool hooked = false;
    ask.Send();
    size_t most_held = 0;
    for (;;) {
      const std::string to_server = client.TakeOutput();
      server.Feed(to_server, piece);
      if (answer != nullptr && !std::exchange(hooked, true)) {
        server.reader(1).on_writable = [&] {
          if (server.transcript().body(1).size() == up.size()) answer->Send();
        };
        server.reader(1).on_end = [&] { answer->Send(); };
      }
      const std::string to_client = server.TakeOutput();
      client.Feed(to_client, piece);
      most_held = std::max({most_held, client.slabs().in_use(), server.slabs().in_use()});
      if (to_server.empty() && to_client.empty()) break;
    }
    EXPECT_TRUE(server.transcript().body(1) == up) << server.transcript().body(1).size();
    EXPECT_TRUE(client.transcript().body(1) == down) << client.transcript().body(1).size();
    EXPECT_THAT(server.transcript().lines(), Contains(absl::StrCat("1 end size=", up.size())));
    EXPECT_THAT(client.transcript().lines(), Contains(absl::StrCat("1 end size=", down.size())));
    EXPECT_LE(most_held, 20u) << "slabs of 16 KiB";
    EXPECT_EQ(client.codec().live_streams() + server.codec().live_streams(), 0u);
  }
}

TEST(Http2Loop, U_06_RandomPausesLoseNothing) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    std::minstd_rand random(seed);
    const std::string body = Noise(400'000, seed);
    CodecOptions options;
    options.write_high_bytes = 4'096 + random() % 65'536;
    ClientPeer client(options);
    ServerPeer server(options);
    ClientStream* const stream = client.Request(MakeRequest("POST", "/"), false);
    Sender<ClientStream> ask(*stream, body, 1 + random() % 30'000);
    client.reader(1).on_writable = [&] { ask.Send(); };
    ask.Send();
    bool paused = false;
    for (int idle = 0; idle < 3;) {
      const std::string bytes = client.TakeOutput();
      server.Feed(bytes, 1 + random() % 20'000);
      const std::string back = server.TakeOutput();
      client.Feed(back);
      if (server.requests() == 0) continue;
      const bool over =
          !server.transcript().lines().empty() &&
          server.transcript().lines().back() != absl::StrCat("1 data ", body.size()) &&
          server.transcript().body(1).size() == body.size();
      if (!over && (paused || random() % 3 == 0)) {
        paused ? server.stream(1).Resume() : server.stream(1).Pause();
        paused = !paused;
        server.Turn();
      }
      idle = bytes.empty() && back.empty() && !paused ? idle + 1 : 0;
    }
    EXPECT_TRUE(server.transcript().body(1) == body) << seed;
    EXPECT_THAT(server.transcript().lines(), Contains(absl::StrCat("1 end size=", body.size())));
  }
}

TEST(Http2Loop, ManyStreamsShareAConnection) {
  ClientPeer client;
  ServerPeer server;
  server.on_request = [](ServerStream& stream, http::Request& request) {
    stream.SendResponse(MakeResponse(200), false);
    stream.SendData(request.path);
    stream.SendEnd({});
  };
  for (int i = 0; i < 1'000; ++i) {
    while (client.codec().room() == 0) Shuttle(client, server);
    ASSERT_NE(client.Get(absl::StrCat("/", i)), nullptr);
  }
  Shuttle(client, server);
  for (uint64_t i = 0; i < 1'000; ++i) {
    EXPECT_EQ(client.transcript().body(2 * i + 1), absl::StrCat("/", i));
  }
  EXPECT_EQ(client.slabs().in_use() + server.slabs().in_use(), 0u);
}

TEST(Http2Loop, X_05_HeadersOfTheLargestSizePassBothWays) {
  CodecOptions options;
  ClientPeer client(options);
  ServerPeer server(options);
  const std::string large(60'000, 'h');
  http::Request request = MakeRequest("GET", "/");
  request.headers.Add("x-large", large);
  http::Response response = MakeResponse(200);
  response.headers.Add("x-large", large);
  server.on_request = [&](ServerStream& stream, http::Request&) {
    stream.SendResponse(response, true);
  };
  client.Request(request, true);
  Shuttle(client, server, 1'000);
  EXPECT_EQ(server.Text(), absl::StrCat("1 request GET https://a.example/ x-large=", large));
  EXPECT_EQ(client.Text(), absl::StrCat("1 response 200 x-large=", large, "\n1 end"));
}

TEST(Http2Loop, DrainOfTheServerMovesTheClientOn) {
  ClientPeer client;
  ServerPeer server;
  client.Get();
  Shuttle(client, server);
  server.codec().Drain();
  Shuttle(client, server);
  EXPECT_EQ(client.codec().state(), CodecState::kDraining);
  EXPECT_EQ(client.codec().room(), 0u);
  server.Answer(1);
  Shuttle(client, server);
  EXPECT_EQ(client.codec().state(), CodecState::kDone);
  EXPECT_EQ(server.codec().state(), CodecState::kDone);
}

// U-04: a storm in which every callback, and every turn, may reset, pause, resume, answer or
// abandon any stream. A reader that is told anything after its stream was over writes "DEAF".
class Storm {
 public:
  explicit Storm(uint32_t seed) : random_(seed) {
    server_.on_request = [this](ServerStream& stream, http::Request&) {
      const uint64_t id = stream.id();
      server_streams_[id] = &stream;
      Hook(server_.reader(id), server_streams_);
      Chaos();
    };
    client_.on_open = [this](ClientStream& stream) {
      const uint64_t id = stream.id();
      client_streams_[id] = &stream;
      Hook(client_.reader(id), client_streams_);
      client_.reader(id).on_end = [this, id] {
        heard_out_.insert(id);
        ForgetIfOver(client_streams_, id);
        Chaos();
      };
    };
  }

  void Run() {
    for (int round = 0; round < 200; ++round) {
      if (Chance(2)) OpenRequest();
      Chaos();
      client_.Turn();
      server_.Turn();
      if (Chance(2)) server_.Feed(client_.TakeOutput(), 1 + random_() % 300);
      if (Chance(2)) client_.Feed(server_.TakeOutput(), 1 + random_() % 300);
    }
    if (Chance(2)) server_.codec().Drain();
    Shuttle(client_, server_);
    client_.codec().ReceiveFailure();
    server_.codec().ReceiveFailure();
    EXPECT_THAT(client_.transcript().lines(), Not(Contains(HasSubstr("DEAF"))));
    EXPECT_THAT(server_.transcript().lines(), Not(Contains(HasSubstr("DEAF"))));
    EXPECT_EQ(client_.codec().live_streams(), 0u);
    EXPECT_EQ(server_.codec().live_streams(), 0u);
  }

 private:
  bool Chance(uint32_t one_in) { return random_() % one_in == 0; }

  void OpenRequest() {
    const bool end = Chance(3);
    if (end) ended_.insert(next_id_);
    if (client_.Request(MakeRequest("POST", "/"), end) != nullptr) next_id_ += 2;
  }

  template <typename Streams>
  void Hook(testing::RecordingReader& reader, Streams& streams) {
    const uint64_t id = reader.id();
    reader.on_data = reader.on_writable = reader.on_end = [this] { Chaos(); };
    reader.on_failure = [this, &reader, &streams, id] {
      reader.deaf = true;
      streams.erase(id);
      Chaos();
    };
  }

  // Chaos does one thing to one stream of each side.
  void Chaos() {
    if (++depth_ <= 2) {
      Act(
          client_streams_, [this](uint64_t id) -> auto& { return client_.reader(id); });
      Act(
          server_streams_, [this](uint64_t id) -> auto& { return server_.reader(id); });
    }
    --depth_;
  }

  template <typename Streams, typename ReaderOf>
  void Act(Streams& streams, ReaderOf reader_of) {
    if (streams.empty()) return;
    auto it = streams.begin();
    std::advance(it, random_() % streams.size());
    auto& stream = *it->second;
    const uint64_t id = it->first;
    switch (random_() % 8) {
      case 0:
        streams.erase(it);
        reader_of(id).deaf = true;
        stream.Reset(static_cast<StreamError>(random_() % 6));
        break;
      case 1:
        stream.Pause();
        break;
      case 2:
        stream.Resume();
        break;
      case 3:
      case 4:
        Respond(stream);
        stream.SendData(std::string(random_() % 40'000, 'd'));
        break;
      case 5:
        Respond(stream);
        stream.SendEnd({});
        NoteEnd(stream);
        ForgetIfOver(streams, id);
        break;
      default:
        break;
    }
  }

  static void Respond(ClientStream&) {}
  static void Respond(ServerStream& stream) { stream.SendResponse(MakeResponse(200), false); }

  // A server's stream is over with its end, a client's with both.
  void ForgetIfOver(std::map<uint64_t, ServerStream*>& streams, uint64_t id) {
    streams.erase(id);
    server_.reader(id).deaf = true;
  }
  void ForgetIfOver(std::map<uint64_t, ClientStream*>& streams, uint64_t id) {
    if (ended_.count(id) == 0 || heard_out_.count(id) == 0) return;
    streams.erase(id);
    client_.reader(id).deaf = true;
  }
  void NoteEnd(ServerStream&) {}
  void NoteEnd(ClientStream& stream) { ended_.insert(stream.id()); }

  std::minstd_rand random_;
  ClientPeer client_;
  ServerPeer server_;
  std::map<uint64_t, ClientStream*> client_streams_;
  std::map<uint64_t, ServerStream*> server_streams_;
  // Of the client's streams: our end was sent, the peer's was heard.
  std::set<uint64_t> ended_;
  std::set<uint64_t> heard_out_;
  uint64_t next_id_ = 1;
  int depth_ = 0;
};

TEST(Http2Loop, U_04_NobodyHearsOfAStreamThatIsOver) {
  for (uint32_t seed = 1; seed <= 150; ++seed) {
    SCOPED_TRACE(seed);
    Storm(seed).Run();
  }
}

TEST(Http2Loop, U_04_HeadersResetAndDataInOneRead) {
  ServerPeer server;
  server.Feed(testing::ClientPreface() + testing::Headers(1, testing::PostFields(), 0) +
              testing::Data(1, "a") + testing::Reset(1) + testing::Data(1, "b") +
              testing::Headers(1, {{"t", "1"}}));
  EXPECT_EQ(server.Text(),
            "1 request POST https://a.example/ body\n1 data 1\n1 failure reset h2_peer_reset\n"
            "malformed h2_stream_closed");
}

TEST(Http2Loop, U_04_ResetWithinEachCallback) {
  for (const int at : {0, 1, 2}) {
    ServerPeer server;
    server.on_request = [&](ServerStream& stream, http::Request&) {
      if (at == 0) stream.Reset(StreamError::kCancelled);
    };
    server.Feed(testing::ClientPreface() + testing::Headers(1, testing::PostFields(), 0));
    const auto reset = [&] {
      server.reader(1).deaf = true;
      server.stream(1).Reset(StreamError::kCancelled);
    };
    if (at == 0) server.reader(1).deaf = true;
    if (at == 1) server.reader(1).on_data = reset;
    if (at == 2) server.reader(1).on_end = reset;
    server.Feed(testing::Data(1, "a") + testing::Data(1, "b") +
                testing::Data(1, "", testing::kEndStream));
    EXPECT_THAT(server.transcript().lines(), Not(Contains(HasSubstr("DEAF"))));
    EXPECT_THAT(server.TakeFrames(), Contains("RST_STREAM 1 h2_cancel"));
    EXPECT_EQ(server.codec().live_streams(), 0u);
  }
}

}  // namespace
}  // namespace firebreak::proxy
