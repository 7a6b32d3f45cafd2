// Frames by hand, and peers that write down what they are told: for tests and fuzzers only.
#ifndef FIREBREAK_PROXY_HTTP2_TESTING_H_
#define FIREBREAK_PROXY_HTTP2_TESTING_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/buffer.h"
#include "proxy/http/codec.h"
#include "proxy/http2/http2_codec.h"

namespace firebreak::proxy::testing {

// Frames (RFC 9113 section 6).
inline constexpr uint8_t kDataFrame = 0;
inline constexpr uint8_t kHeadersFrame = 1;
inline constexpr uint8_t kPriorityFrame = 2;
inline constexpr uint8_t kRstStreamFrame = 3;
inline constexpr uint8_t kSettingsFrame = 4;
inline constexpr uint8_t kPushPromiseFrame = 5;
inline constexpr uint8_t kPingFrame = 6;
inline constexpr uint8_t kGoawayFrame = 7;
inline constexpr uint8_t kWindowUpdateFrame = 8;
inline constexpr uint8_t kContinuationFrame = 9;
inline constexpr uint8_t kEndStream = 0x1;
inline constexpr uint8_t kAck = 0x1;
inline constexpr uint8_t kEndHeaders = 0x4;
inline constexpr uint8_t kPadded = 0x8;
inline constexpr uint32_t kCancel = 8;

using Fields = std::vector<std::pair<std::string, std::string>>;

std::string BigEndian(uint32_t value, int bytes = 4);
std::string Frame(uint8_t type, uint8_t flags, uint32_t stream_id, absl::string_view payload);
// Block is a header block of literals that are not indexed (RFC 7541 section 6.2.2).
std::string Block(const Fields& fields);
std::string Headers(uint32_t stream_id, const Fields& fields, uint8_t flags = kEndStream);
std::string Data(uint32_t stream_id, absl::string_view bytes, uint8_t flags = 0);
std::string Reset(uint32_t stream_id, uint32_t error = kCancel);
std::string Settings(const std::vector<std::pair<uint16_t, uint32_t>>& settings = {});
std::string SettingsAck();
std::string WindowUpdate(uint32_t stream_id, uint32_t increment);
std::string Ping();
// ClientPreface is the magic and SETTINGS; each request on it is complete with these fields.
std::string ClientPreface();
Fields GetFields(const std::string& path = "/");
Fields PostFields(const std::string& path = "/");

// Transcript is what happened, a line an event: "1 request GET https://a.example/ end". Bytes that
// follow each other are one line, so that it does not depend on how they were cut.
class Transcript {
 public:
  void Add(std::string line);
  void AddBytes(uint64_t stream_id, absl::string_view bytes);
  const std::vector<std::string>& lines() const { return lines_; }
  std::string Text() const;
  // Bodies by stream.
  const std::string& body(uint64_t stream_id) { return bodies_[stream_id]; }

 private:
  std::vector<std::string> lines_;
  std::map<uint64_t, std::string> bodies_;
  bool last_is_bytes_ = false;
};

// RecordingReader is the reader of one stream. The hooks run after an event is written down.
class RecordingReader final : public ResponseReader {
 public:
  RecordingReader(Transcript& transcript, uint64_t id) : transcript_(transcript), id_(id) {}

  void OnData(absl::string_view bytes) override;
  void OnEnd(const http::HeaderMap& trailers) override;
  void OnFailure(StreamFailure failure) override;
  void OnWritable() override;
  std::shared_ptr<MemoryShare> memory() const override { return share; }
  void OnInformational(http::Response& response) override;
  void OnResponse(http::Response& response) override;

  std::function<void()> on_data;
  std::function<void()> on_end;
  std::function<void()> on_failure;
  std::function<void()> on_writable;
  std::shared_ptr<MemoryShare> share;  // set before the codec knows of the reader
  // Set once the stream may say nothing more: any event is then a failed test.
  bool deaf = false;
  uint64_t id() const { return id_; }
  void set_id(uint64_t id) { id_ = id; }

 private:
  void Note(const std::string& what);

  Transcript& transcript_;
  uint64_t id_;
};

// ServerPeer is a server codec with a host that answers nothing by itself.
class ServerPeer final : public ServerHost {
 public:
  explicit ServerPeer(const CodecOptions& options = {});

  void Wake() override { woken_ = true; }
  StreamReader* OnRequest(ServerStream& stream, http::Request& request,
                          const http::Rejection* rejection) override;
  void OnMalformed(absl::string_view code) override;

  // Feed gives the codec bytes in pieces of at most `piece`, then turns the loop.
  void Feed(absl::string_view bytes, size_t piece = SIZE_MAX);
  // Turn does what a host does after Wake.
  void Turn();
  // TakeOutput drains what the codec wrote.
  std::string TakeOutput();
  // TakeFrames is the same as frames in words: "SETTINGS", "RST_STREAM 1 PROTOCOL_ERROR".
  std::vector<std::string> TakeFrames();
  // Answer sends a complete response.
  void Answer(uint64_t stream_id, int status = 200, absl::string_view body = "");

  Transcript& transcript() { return transcript_; }
  std::string Text() const { return transcript_.Text(); }
  Codec& codec() { return *codec_; }
  ServerStream& stream(uint64_t id) { return *streams_.at(id); }
  RecordingReader& reader(uint64_t id) { return *readers_.at(id); }
  Buffer& output() { return output_; }
  SlabPool& slabs() { return slabs_; }
  size_t requests() const { return readers_.size(); }
  // Whose share the readers to come are on.
  std::shared_ptr<MemoryShare> share;
  // Runs within OnRequest, after it was written down.
  std::function<void(ServerStream&, http::Request&)> on_request;

 private:
  SlabPool slabs_;
  Buffer output_{slabs_};
  Transcript transcript_;
  std::map<uint64_t, ServerStream*> streams_;
  std::map<uint64_t, std::unique_ptr<RecordingReader>> readers_;
  std::unique_ptr<Codec> codec_;
  bool woken_ = false;
};

// ClientPeer is a client codec.
class ClientPeer final : public CodecHost {
 public:
  explicit ClientPeer(const CodecOptions& options = {});

  void Wake() override { woken_ = true; }
  void Feed(absl::string_view bytes, size_t piece = SIZE_MAX);
  void Turn();
  std::string TakeOutput();
  std::vector<std::string> TakeFrames();
  // Request opens a stream with these fields; null when there is no room.
  ClientStream* Request(const http::Request& request, bool end);
  ClientStream* Get(const std::string& path = "/");
  // Runs when a stream has been opened, before the loop turns.
  std::function<void(ClientStream&)> on_open;

  std::string Text() const { return transcript_.Text(); }
  Transcript& transcript() { return transcript_; }
  ClientCodec& codec() { return *codec_; }
  RecordingReader& reader(uint64_t id) { return *readers_.at(id); }
  Buffer& output() { return output_; }
  SlabPool& slabs() { return slabs_; }

 private:
  SlabPool slabs_;
  Buffer output_{slabs_};
  Transcript transcript_;
  std::map<uint64_t, std::unique_ptr<RecordingReader>> readers_;
  std::unique_ptr<ClientCodec> codec_;
  bool woken_ = false;
};

http::Request MakeRequest(const std::string& method, const std::string& path);
http::Response MakeResponse(int status);

// FramesIn puts a byte stream of whole frames into words; header blocks are left alone.
std::vector<std::string> FramesIn(absl::string_view bytes);
// CountFrames counts those that begin with `word`.
size_t CountFrames(const std::vector<std::string>& frames, absl::string_view word);

// Shuttle carries bytes between the two, `piece` at a time, until nobody has anything to say.
void Shuttle(ClientPeer& client, ServerPeer& server, size_t piece = SIZE_MAX);

}  // namespace firebreak::proxy::testing

#endif  // FIREBREAK_PROXY_HTTP2_TESTING_H_
