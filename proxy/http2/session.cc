#include "proxy/http2/session.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <memory>
#include <utility>

#include "proxy/http2/callbacks.h"
#include "proxy/http2/h2_error.h"
#include "proxy/http2/library_memory.h"

namespace firebreak::proxy {
namespace {

// The connection's window lets this many streams fill theirs at once.
constexpr int64_t kWindowsAtOnce = 16;
// A message of ours that needs more than this for its headers is an error of ours.
constexpr size_t kMaxSentHeaderBytes = 1'048'576;
// What a peer that does not read may make us hold, beside messages: acknowledgements, resets.
constexpr size_t kMaxControlBytes = 262'144;
// nghttp2's own limit on incoming resets, per second; ours goes by what the peer gets done.
constexpr uint64_t kLibraryResetBurst = 10'000;
constexpr uint64_t kLibraryResetRate = 1'000;

struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
using OptionPtr = std::unique_ptr<nghttp2_option, OptionDeleter>;

OptionPtr MakeOptions() {
  nghttp2_option* option = nullptr;
  if (nghttp2_option_new(&option) != 0) std::abort();  // no memory
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_send_header_block_length(option, kMaxSentHeaderBytes);
  nghttp2_option_set_stream_reset_rate_limit(option, kLibraryResetBurst, kLibraryResetRate);
  return OptionPtr(option);
}

}  // namespace

class Http2Session::Entry {
 public:
  explicit Entry(Http2Session& session) : session_(session) {
    session_.buried_.clear();
    session_.entered_ = true;
  }
  ~Entry() { session_.entered_ = false; }
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

 private:
  Http2Session& session_;
};

Http2Session::Http2Session(const CodecOptions& options, Buffer& output, CodecHost& host,
                           StreamAcceptor* acceptor)
    : options_(options),
      output_(output),
      host_(host),
      acceptor_(acceptor),
      scanner_(acceptor != nullptr ? NGHTTP2_CLIENT_MAGIC_LEN : 0) {
  const OptionPtr option = MakeOptions();
  const auto make = is_server() ? nghttp2_session_server_new3 : nghttp2_session_client_new3;
  const int error = make(&session_, SessionCallbacks(), this, option.get(), LibraryMemory());
  if (error != 0) std::abort();  // no memory
  SubmitPreface();
}

Http2Session::~Http2Session() { nghttp2_session_del(session_); }

void Http2Session::SubmitPreface() {
  std::vector<nghttp2_settings_entry> settings = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(options_.stream_window_bytes)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(options_.max_header_bytes)},
  };
  if (is_server()) {
    settings.push_back(
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, static_cast<uint32_t>(options_.max_streams)});
    settings.push_back({NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1});
  } else {
    settings.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  }
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  const int64_t window =
      std::min(options_.max_streams, kWindowsAtOnce) * options_.stream_window_bytes;
  nghttp2_session_set_local_window_size(
      session_, NGHTTP2_FLAG_NONE, 0,
      static_cast<int32_t>(std::clamp<int64_t>(window, NGHTTP2_INITIAL_CONNECTION_WINDOW_SIZE,
                                               NGHTTP2_MAX_WINDOW_SIZE)));
}

// The calls of the codec.

void Http2Session::Receive(absl::string_view bytes) {
  assert(!entered_);
  const Entry entry(*this);
  while (!bytes.empty() && wants_input()) {
    const FrameScanner::Piece piece = scanner_.Next(bytes);
    if (piece.header != nullptr) CheckFrame(*piece.header);
    if (piece.bytes.empty() || broken()) continue;
    const ssize_t taken = nghttp2_session_mem_recv(
        session_, reinterpret_cast<const uint8_t*>(piece.bytes.data()), piece.bytes.size());
    if (taken < 0) {
      const int error = static_cast<int>(taken);
      Break(H2LibraryErrorName(error), H2ErrorOfLibrary(error));
    }
  }
  Pump();
  if (!output_.empty()) host_.Wake();
}

void Http2Session::CheckFrame(const FrameHeader& frame) {
  const bool gone = Gone(frame.stream_id);
  if (Charge(budget_.OnFrame(frame, gone)) != 0) return;
  // nghttp2 passes over what it cannot tell from frames that crossed a reset of ours, and over
  // PRIORITY altogether.
  const bool message = frame.type == NGHTTP2_DATA || frame.type == NGHTTP2_HEADERS;
  if (gone && message && !cut_.MayHave(frame.stream_id)) {
    Break("h2_stream_closed", NGHTTP2_STREAM_CLOSED);
  }
  if (frame.type == NGHTTP2_PRIORITY && frame.stream_id == 0) {
    Break("h2_protocol_error", NGHTTP2_PROTOCOL_ERROR);
  }
}

void Http2Session::ReceiveEnd() {
  assert(!entered_);
  if (!wants_input()) return;
  const Entry entry(*this);
  input_ended_ = true;
  for (const int32_t id : Ids()) {
    StreamCore* const stream = Find(id);
    // A client that has closed neither waits for its responses nor can it let them flow.
    const bool complete =
        stream == nullptr || (is_server() ? stream->out_ended() : stream->in_ended());
    if (!complete) stream->Cut({ErrorOfLoss(*stream), "connection_closed"});
  }
  Pump();
  host_.Wake();
}

void Http2Session::EndStalled() {
  if (entered_ || lost_) return;
  const Entry entry(*this);
  for (const int32_t id : Ids()) {
    StreamCore* const stream = Find(id);
    if (stream != nullptr && stream->out_ended() && !stream->TakeMoved()) {
      stream->Cut({StreamError::kReset, "h2_stalled"});
    }
  }
  Pump();
  host_.Wake();
}

void Http2Session::ReceiveFailure() {
  assert(!entered_);
  if (lost_) return;
  const Entry entry(*this);
  lost_ = true;
  if (!broken()) failure_code_ = kConnectionLost;
  for (const int32_t id : Ids()) {
    StreamCore* const stream = Find(id);
    if (stream != nullptr) stream->Fail({ErrorOfLoss(*stream), kConnectionLost});
  }
  FailAll({StreamError::kReset, kConnectionLost});
}

StreamError Http2Session::ErrorOfLoss(const StreamCore& stream) const {
  const bool uncertain = !is_server() && answered_ && !stream.in_begun();
  return uncertain ? StreamError::kUncertain : StreamError::kReset;
}

void Http2Session::Resume() {
  if (entered_ || lost_) return;
  const Entry entry(*this);
  for (const int32_t id : std::exchange(deliverable_, {})) {
    StreamCore* const stream = Find(id);
    if (stream != nullptr) stream->Deliver();
  }
  Pump();
}

void Http2Session::Produce() {
  if (entered_ || lost_) return;
  const Entry entry(*this);
  if (output_.empty()) {
    control_bytes_ = 0;
    budget_.OnOutputDrained();
  }
  Pump();
}

void Http2Session::Drain() {
  if (draining_ || !wants_input()) return;
  draining_ = true;
  if (is_server()) {
    nghttp2_submit_shutdown_notice(session_);
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  } else {
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
  }
  host_.Wake();
}

CodecState Http2Session::state() const {
  if (broken()) return CodecState::kFailed;
  const bool no_more_streams = input_ended_ || last_goaway_;
  if (no_more_streams && streams_.empty()) return CodecState::kDone;
  return no_more_streams || draining_ ? CodecState::kDraining : CodecState::kOpen;
}

size_t Http2Session::room() const {
  if (state() != CodecState::kOpen) return 0;
  if (nghttp2_session_check_request_allowed(session_) == 0) return 0;
  const uint32_t theirs =
      nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  const size_t most = std::min<size_t>(theirs, static_cast<size_t>(options_.max_streams));
  return most > on_wire_ ? most - on_wire_ : 0;
}

// For streams. What cannot be submitted is for a stream that nghttp2 has closed, which it will have
// told, or will tell.

int32_t Http2Session::SubmitRequest(absl::Span<const nghttp2_nv> fields, bool end) {
  const nghttp2_data_provider body = BodySource();
  const int32_t id = nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(),
                                            end ? nullptr : &body, nullptr);
  if (id > 0) Wake();
  return id;
}

void Http2Session::SubmitInformational(int32_t id, absl::Span<const nghttp2_nv> fields) {
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, id, nullptr, fields.data(), fields.size(),
                         nullptr);
  Wake();
}

void Http2Session::SubmitResponse(int32_t id, absl::Span<const nghttp2_nv> fields, bool end) {
  const nghttp2_data_provider body = BodySource();
  nghttp2_submit_response(session_, id, fields.data(), fields.size(), end ? nullptr : &body);
  Wake();
}

void Http2Session::SubmitTrailers(int32_t id, absl::Span<const nghttp2_nv> fields) {
  nghttp2_submit_trailer(session_, id, fields.data(), fields.size());
}

void Http2Session::SubmitReset(int32_t id, uint32_t h2_error) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, h2_error);
  Wake();
}

void Http2Session::ResumeData(int32_t id) {
  // Fails when the stream's body was not waiting for us, and then need not be woken.
  if (nghttp2_session_resume_data(session_, id) == 0) Wake();
}

void Http2Session::ConsumeStream(int32_t id, size_t bytes) {
  nghttp2_session_consume_stream(session_, id, bytes);
}

void Http2Session::WantDelivery(int32_t id) {
  deliverable_.push_back(id);
  host_.Wake();
}

void Http2Session::WantCut(int32_t id) {
  cut_next_.push_back(id);
  Wake();
}

void Http2Session::Wake() {
  // What is submitted while a call runs goes out at its end.
  if (!entered_) host_.Wake();
}

StreamCore* Http2Session::Find(int32_t id) const {
  if (found_ != nullptr && found_->id() == id) return found_;
  const auto found = streams_.find(id);
  if (found == streams_.end()) return nullptr;
  return found_ = found->second.get();
}

void Http2Session::Adopt(std::unique_ptr<StreamCore> stream) {
  last_id_ = std::max(last_id_, stream->id());
  ++live_;
  ++on_wire_;
  const int32_t id = stream->id();
  streams_.emplace(id, std::move(stream));
}

void Http2Session::Bury(StreamCore& stream) {
  const auto found = streams_.find(stream.id());
  if (found == streams_.end()) return;
  if (!stream.dead()) --live_;
  if (found_ == &stream) found_ = nullptr;
  buried_.push_back(std::move(found->second));
  streams_.erase(found);
}

bool Http2Session::Gone(int32_t id) const {
  if (id == 0 || id > last_id_) return false;
  const StreamCore* const stream = Find(id);
  return stream == nullptr || stream->wire_closed();
}

std::vector<int32_t> Http2Session::Ids() const {
  std::vector<int32_t> ids;
  ids.reserve(streams_.size());
  for (const auto& [id, stream] : streams_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

// Output.

void Http2Session::Pump() {
  for (const int32_t id : std::exchange(cut_next_, {})) {
    StreamCore* const stream = Find(id);
    if (stream != nullptr) stream->CutForMemory();
  }
  PumpFrames();
  TellWritable();
  if (input_ended_ && is_server() && !output_full()) CutStuck();
  if (!broken()) return;
  PumpFrames();  // GOAWAY
  FailAll({StreamError::kReset, failure_code_});
}

void Http2Session::TellWritable() {
  for (const int32_t id : std::exchange(crowded_, {})) {
    const StreamCore* const stream = Find(id);
    if (stream == nullptr) continue;
    if (stream->crowded()) {
      crowded_.insert(id);
    } else {
      writable_.push_back(id);
    }
  }
  while (!broken() && !writable_.empty()) {
    for (const int32_t id : std::exchange(writable_, {})) {
      StreamCore* const stream = Find(id);
      if (stream != nullptr) stream->TellWritable();
    }
    PumpFrames();
  }
}

void Http2Session::CutStuck() {
  for (const int32_t id : Ids()) {
    StreamCore* const stream = Find(id);
    if (stream != nullptr) stream->Cut({StreamError::kReset, "connection_closed"});
  }
  PumpFrames();
}

void Http2Session::PumpFrames() {
  for (;;) {
    const uint8_t* bytes = nullptr;
    const ssize_t count = nghttp2_session_mem_send(session_, &bytes);
    if (count < 0) Break("h2_library_error", NGHTTP2_INTERNAL_ERROR);
    if (count <= 0) break;
    output_.Append({reinterpret_cast<const char*>(bytes), static_cast<size_t>(count)});
  }
  // What has left the output no longer counts, whichever it was.
  control_bytes_ = std::min(control_bytes_, output_.size());
  if (control_bytes_ > kMaxControlBytes) Charge("h2_outbound_flood");
}

void Http2Session::FailAll(StreamFailure failure) {
  if (acceptor_ != nullptr && !streams_failed_ && !lost_) acceptor_->OnBroken(failure.code);
  streams_failed_ = true;
  for (const int32_t id : Ids()) {
    StreamCore* const stream = Find(id);
    if (stream != nullptr) stream->Fail(failure);
  }
  for (auto& [id, stream] : streams_) buried_.push_back(std::move(stream));
  streams_.clear();
  found_ = nullptr;
  on_wire_ = 0;
}

int Http2Session::Break(absl::string_view code, uint32_t h2_error) {
  if (!broken()) {
    failure_code_ = code;
    nghttp2_session_terminate_session(session_, h2_error);
  }
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int Http2Session::Charge(absl::string_view breach) {
  return breach.empty() ? 0 : Break(breach, NGHTTP2_ENHANCE_YOUR_CALM);
}

}  // namespace firebreak::proxy
