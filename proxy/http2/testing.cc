#include "proxy/http2/testing.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "proxy/http2/frame_scanner.h"
#include "proxy/http2/h2_error.h"

namespace firebreak::proxy::testing {
namespace {

constexpr absl::string_view kMagic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kFrameHeaderBytes = 9;

// The integer of RFC 7541 section 5.1 with a prefix of 7 bits.
std::string PrefixedLength(size_t length) {
  std::string out;
  if (length < 0x7f) return std::string(1, static_cast<char>(length));
  out.push_back(0x7f);
  for (length -= 0x7f; length >= 0x80; length >>= 7) {
    out.push_back(static_cast<char>((length & 0x7f) | 0x80));
  }
  out.push_back(static_cast<char>(length));
  return out;
}

absl::string_view FrameName(uint8_t type) {
  constexpr absl::string_view kNames[] = {"DATA",          "HEADERS",      "PRIORITY", "RST_STREAM",
                                          "SETTINGS",      "PUSH_PROMISE", "PING",     "GOAWAY",
                                          "WINDOW_UPDATE", "CONTINUATION"};
  return type < 10 ? kNames[type] : "UNKNOWN";
}

uint32_t NumberAt(absl::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = at; i < at + 4 && i < bytes.size(); ++i) {
    value = value << 8 | static_cast<uint8_t>(bytes[i]);
  }
  return value;
}

std::string Describe(const FrameHeader& header, absl::string_view payload) {
  std::string line(FrameName(header.type));
  if (header.stream_id != 0) absl::StrAppend(&line, " ", header.stream_id);
  switch (header.type) {
    case kDataFrame:
      absl::StrAppend(&line, " ", payload.size());
      break;
    case kRstStreamFrame:
      absl::StrAppend(&line, " ", H2ErrorName(NumberAt(payload, 0)));
      break;
    case kGoawayFrame:
      absl::StrAppend(&line, " ", NumberAt(payload, 0), " ", H2ErrorName(NumberAt(payload, 4)));
      break;
    case kWindowUpdateFrame:
      absl::StrAppend(&line, " ", NumberAt(payload, 0));
      break;
    default:
      break;
  }
  const bool may_end = header.type == kDataFrame || header.type == kHeadersFrame;
  if (may_end && (header.flags & kEndStream) != 0) line += " end";
  const bool may_ack = header.type == kSettingsFrame || header.type == kPingFrame;
  if (may_ack && (header.flags & kAck) != 0) line += " ack";
  return line;
}

std::string FieldsText(const http::HeaderMap& headers) {
  std::string text;
  for (size_t i = 0; i < headers.size(); ++i) {
    absl::StrAppend(&text, " ", headers[i].name, "=", headers[i].value);
  }
  return text;
}

std::string Drain(Buffer& buffer) {
  std::string bytes;
  iovec piece;
  while (buffer.Front(&piece, 1) == 1) {
    bytes.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
    buffer.Drain(piece.iov_len);
  }
  return bytes;
}

void FeedPieces(Codec& codec, absl::string_view bytes, size_t piece) {
  while (!bytes.empty() && codec.wants_input()) {
    const absl::string_view part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    codec.Receive(part);
  }
}

void TurnOnce(Codec& codec, bool& woken) {
  for (int i = 0; i < 100 && woken; ++i) {
    woken = false;
    codec.Resume();
    codec.Produce();
  }
}

// After the client's magic, which is no frame.
std::vector<std::string> FramesAfterMagic(std::string bytes) {
  if (absl::StartsWith(bytes, kMagic)) bytes.erase(0, kMagic.size());
  return FramesIn(bytes);
}

}  // namespace

std::string BigEndian(uint32_t value, int bytes) {
  std::string out;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
  return out;
}

std::string Frame(uint8_t type, uint8_t flags, uint32_t stream_id, absl::string_view payload) {
  return absl::StrCat(BigEndian(static_cast<uint32_t>(payload.size()), 3), BigEndian(type, 1),
                      BigEndian(flags, 1), BigEndian(stream_id), payload);
}

std::string Block(const Fields& fields) {
  std::string block;
  for (const auto& [name, value] : fields) {
    block.push_back(0);
    absl::StrAppend(&block, PrefixedLength(name.size()), name, PrefixedLength(value.size()), value);
  }
  return block;
}

std::string Headers(uint32_t stream_id, const Fields& fields, uint8_t flags) {
  return Frame(kHeadersFrame, flags | kEndHeaders, stream_id, Block(fields));
}

std::string Data(uint32_t stream_id, absl::string_view bytes, uint8_t flags) {
  return Frame(kDataFrame, flags, stream_id, bytes);
}

std::string Reset(uint32_t stream_id, uint32_t error) {
  return Frame(kRstStreamFrame, 0, stream_id, BigEndian(error));
}

std::string Settings(const std::vector<std::pair<uint16_t, uint32_t>>& settings) {
  std::string payload;
  for (const auto& [id, value] : settings) {
    absl::StrAppend(&payload, BigEndian(id, 2), BigEndian(value));
  }
  return Frame(kSettingsFrame, 0, 0, payload);
}

std::string WindowUpdate(uint32_t stream_id, uint32_t increment) {
  return Frame(kWindowUpdateFrame, 0, stream_id, BigEndian(increment));
}

std::string SettingsAck() { return Frame(kSettingsFrame, kAck, 0, ""); }

std::string Ping() { return Frame(kPingFrame, 0, 0, "12345678"); }

std::string ClientPreface() { return absl::StrCat(kMagic, Settings()); }

Fields GetFields(const std::string& path) {
  return {{":method", "GET"}, {":scheme", "https"}, {":authority", "a.example"}, {":path", path}};
}

Fields PostFields(const std::string& path) {
  Fields fields = GetFields(path);
  fields[0].second = "POST";
  return fields;
}

void Transcript::Add(std::string line) {
  lines_.push_back(std::move(line));
  last_is_bytes_ = false;
}

void Transcript::AddBytes(uint64_t stream_id, absl::string_view bytes) {
  std::string& body = bodies_[stream_id];
  absl::StrAppend(&body, bytes);
  const std::string prefix = absl::StrCat(stream_id, " data ");
  const std::string line = absl::StrCat(prefix, body.size());
  if (last_is_bytes_ && absl::StartsWith(lines_.back(), prefix)) {
    lines_.back() = line;
  } else {
    lines_.push_back(line);
  }
  last_is_bytes_ = true;
}

std::string Transcript::Text() const { return absl::StrJoin(lines_, "\n"); }

void RecordingReader::Note(const std::string& what) {
  transcript_.Add(absl::StrCat(id_, deaf ? " DEAF " : " ", what));
}

void RecordingReader::OnData(absl::string_view bytes) {
  if (deaf) Note("data");
  transcript_.AddBytes(id_, bytes);
  if (on_data) on_data();
}

void RecordingReader::OnEnd(const http::HeaderMap& trailers) {
  Note(absl::StrCat("end", FieldsText(trailers)));
  if (on_end) on_end();
}

void RecordingReader::OnFailure(StreamFailure failure) {
  Note(absl::StrCat("failure ", StreamErrorName(failure.error), " ", failure.code));
  if (on_failure) on_failure();
}

void RecordingReader::OnWritable() {
  Note("writable");
  if (on_writable) on_writable();
}

void RecordingReader::OnInformational(http::Response& response) {
  Note(absl::StrCat("informational ", response.status, FieldsText(response.headers)));
}

void RecordingReader::OnResponse(http::Response& response) {
  std::string line = absl::StrCat("response ", response.status, FieldsText(response.headers));
  if (response.content_length.has_value()) absl::StrAppend(&line, " #", *response.content_length);
  if (response.has_body) line += " body";
  Note(line);
}

ServerPeer::ServerPeer(const CodecOptions& options)
    : codec_(MakeHttp2Server(options, output_, slabs_, *this)) {
  codec_->Produce();
}

StreamReader* ServerPeer::OnRequest(ServerStream& stream, http::Request& request,
                                    const http::Rejection* rejection) {
  const uint64_t id = stream.id();
  std::string line = absl::StrCat(id, " request ", request.method, " ", request.scheme, "://",
                                  request.authority, request.path);
  if (request.has_query) absl::StrAppend(&line, "?", request.query);
  line += FieldsText(request.headers);
  if (request.content_length.has_value()) absl::StrAppend(&line, " #", *request.content_length);
  if (request.has_body) line += " body";
  if (rejection != nullptr) line = absl::StrCat(id, " rejected ", rejection->code);
  transcript_.Add(line);
  streams_[id] = &stream;
  auto& reader = readers_[id];
  reader = std::make_unique<RecordingReader>(transcript_, id);
  reader->share = share;
  if (on_request) on_request(stream, request);
  return reader.get();
}

void ServerPeer::OnMalformed(absl::string_view code) {
  transcript_.Add(absl::StrCat("malformed ", code));
}

void ServerPeer::Feed(absl::string_view bytes, size_t piece) {
  FeedPieces(*codec_, bytes, piece);
  Turn();
}

void ServerPeer::Turn() { TurnOnce(*codec_, woken_); }

std::string ServerPeer::TakeOutput() {
  std::string bytes = Drain(output_);
  codec_->Produce();
  return bytes;
}

std::vector<std::string> ServerPeer::TakeFrames() { return FramesIn(Drain(output_)); }

void ServerPeer::Answer(uint64_t stream_id, int status, absl::string_view body) {
  ServerStream& answered = stream(stream_id);
  answered.SendResponse(MakeResponse(status), body.empty());
  if (!body.empty()) {
    answered.SendData(body);
    answered.SendEnd({});
  }
  Turn();
}

ClientPeer::ClientPeer(const CodecOptions& options)
    : codec_(MakeHttp2Client(options, output_, slabs_, *this)) {
  codec_->Produce();
}

void ClientPeer::Feed(absl::string_view bytes, size_t piece) {
  FeedPieces(*codec_, bytes, piece);
  Turn();
}

void ClientPeer::Turn() { TurnOnce(*codec_, woken_); }

std::string ClientPeer::TakeOutput() {
  std::string bytes = Drain(output_);
  codec_->Produce();
  return bytes;
}

std::vector<std::string> ClientPeer::TakeFrames() { return FramesAfterMagic(Drain(output_)); }

ClientStream* ClientPeer::Request(const http::Request& request, bool end) {
  auto reader = std::make_unique<RecordingReader>(transcript_, 0);
  ClientStream* const opened = codec_->Request(request, end, *reader);
  if (opened == nullptr) return nullptr;
  reader->set_id(opened->id());
  readers_[opened->id()] = std::move(reader);
  if (on_open) on_open(*opened);
  Turn();
  return opened;
}

ClientStream* ClientPeer::Get(const std::string& path) {
  return Request(MakeRequest("GET", path), true);
}

http::Request MakeRequest(const std::string& method, const std::string& path) {
  http::Request request;
  request.version = http::Version::kHttp2;
  request.method = method;
  request.scheme = "https";
  request.authority = "a.example";
  request.path = path;
  return request;
}

http::Response MakeResponse(int status) {
  http::Response response;
  response.version = http::Version::kHttp2;
  response.status = status;
  return response;
}

std::vector<std::string> FramesIn(absl::string_view bytes) {
  std::vector<std::string> frames;
  FrameScanner scanner(0);
  while (!bytes.empty()) {
    const FrameScanner::Piece piece = scanner.Next(bytes);
    if (piece.header == nullptr) continue;
    frames.push_back(Describe(*piece.header, piece.bytes.substr(kFrameHeaderBytes)));
  }
  return frames;
}

size_t CountFrames(const std::vector<std::string>& frames, absl::string_view word) {
  return static_cast<size_t>(
      std::count_if(frames.begin(), frames.end(),
                    [word](const std::string& frame) { return absl::StartsWith(frame, word); }));
}

void Shuttle(ClientPeer& client, ServerPeer& server, size_t piece) {
  for (;;) {
    const std::string up = client.TakeOutput();
    server.Feed(up, piece);
    const std::string down = server.TakeOutput();
    client.Feed(down, piece);
    if (up.empty() && down.empty()) break;
  }
}

}  // namespace firebreak::proxy::testing
