#include "proxy/http2/stream_core.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <utility>

#include "http/canonical.h"
#include "proxy/http2/field_list.h"
#include "proxy/http2/h2_error.h"
#include "proxy/http2/session.h"

namespace firebreak::proxy {
namespace {

// A connection with less than this much waiting is never crowded: its streams go on one after the
// other.
constexpr size_t kNeverCrowdedBytes = 65'536;
// What RFC 9113 section 6.5.2 adds to each field's bytes.
constexpr size_t kFieldOverhead = 32;
// Text that grows field by field reserves up to as much again.
constexpr size_t kReserved = 2;

absl::string_view AsText(const iovec& piece) {
  return {static_cast<const char*>(piece.iov_base), piece.iov_len};
}

}  // namespace

StreamCore::StreamCore(Http2Session& session, int32_t id, SlabPool& slabs)
    : session_(session),
      id_(id),
      inbox_(slabs, Buffer::FirstSlab::kSmall),
      outbox_(slabs, Buffer::FirstSlab::kSmall) {}

// Our direction.

void StreamCore::BeginOut(bool end) {
  out_begun_ = true;
  if (end) EndOut();
}

void StreamCore::SendData(absl::string_view bytes) {
  if (dead_ || out_ended_ || wire_closed_) return;
  if (!charge_.MayHold()) {
    full_ = true;
    session_.WantCut(id_);  // not now: the reader is in the midst of a call
    return;
  }
  outbox_.Append(bytes);
  Recount();
  full_ = full_ || outbox_.size() >= kOutboxBytes || crowded();
  session_.ResumeData(id_);
}

bool StreamCore::crowded() const {
  return !outbox_.empty() && !charge_.MayBuffer() && session_.waiting_bytes() >= kNeverCrowdedBytes;
}

void StreamCore::SendEnd(const http::HeaderMap& trailers) {
  if (dead_ || out_ended_) return;
  if (!wire_closed_) {
    out_trailers_ = trailers;
    Recount();
    session_.ResumeData(id_);
  }
  EndOut();
}

void StreamCore::EndOut() {
  out_ended_ = true;
  LetGo();
}

void StreamCore::Reset(StreamError error) {
  if (dead_) return;
  reset_at_will_ = error != StreamError::kMalformed && error != StreamError::kLimit;
  Die();
  if (!wire_closed_) session_.SubmitReset(id_, H2ErrorOf(error));
  LetGo();
}

ssize_t StreamCore::ReadOut(size_t most, uint32_t* data_flags) {
  if (session_.output_full()) return NGHTTP2_ERR_PAUSE;
  const size_t count = std::min(most, outbox_.size());
  if (dead_ || (count == 0 && !out_ended_)) return NGHTTP2_ERR_DEFERRED;
  *data_flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (out_ended_ && count == outbox_.size()) {
    *data_flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!out_trailers_.empty()) {
      *data_flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      session_.SubmitTrailers(id_, FieldList(out_trailers_).fields());
      out_trailers_ = {};
      Recount();
    }
  }
  return static_cast<ssize_t>(count);
}

void StreamCore::WriteOut(absl::string_view frame_header, size_t count) {
  moved_ = true;
  session_.output().Append(frame_header);
  while (count > 0) {
    iovec piece;
    outbox_.Front(&piece, 1);
    const absl::string_view bytes = AsText(piece).substr(0, count);
    session_.output().Append(bytes);
    count -= bytes.size();
    outbox_.Drain(bytes.size());
  }
  Recount();
  if (full_ && outbox_.size() <= kOutboxBytes / 2) session_.WantWritable(id_);
}

void StreamCore::TellWritable() {
  if (!full_ || outbox_.size() > kOutboxBytes / 2) return;
  if (crowded()) return session_.WantUncrowded(id_);
  full_ = false;
  if (reader_ != nullptr && !out_ended_) reader_->OnWritable();
}

// The peer's direction.

void StreamCore::SetReader(StreamReader& reader) {
  told_ = true;
  charge_.Open(reader.memory());  // an answer that was given at once waits in the outbox, too
  if (!dead_ && !over()) reader_ = &reader;
}

void StreamCore::Resume() {
  if (!paused_) return;
  paused_ = false;
  const bool end_kept = in_ended_ && !end_told_;
  if (!dead_ && (!inbox_.empty() || end_kept)) session_.WantDelivery(id_);
}

void StreamCore::BeginBlock() {
  block_bytes_ = block_fields_ = 0;
  in_begun_ = true;
}

void StreamCore::CountField(absl::string_view name, absl::string_view value) {
  ++block_fields_;
  block_bytes_ += name.size() + value.size() + kFieldOverhead;
}

bool StreamCore::block_over(size_t times) const {
  return block_bytes_ > times * static_cast<size_t>(session_.options().max_header_bytes) ||
         block_fields_ > times * static_cast<size_t>(session_.options().max_header_fields);
}

void StreamCore::KeepTrailer(absl::string_view name, absl::string_view value) {
  if (dead_ || over()) return;
  if (!charge_.MayHold()) return CutForMemory();
  trailers_.Add(name, value);
  Recount();
}

void StreamCore::EndBlock(bool end_stream) {
  if (block_over(1)) {
    const auto fields = static_cast<size_t>(session_.options().max_header_fields);
    Refuse({StreamError::kLimit, block_fields_ > fields ? "header_fields" : "header_bytes"});
  } else if (expects_headers()) {
    OnHeaders(end_stream);
  } else if (const auto rejection = http::CanonicaliseTrailers(trailers_)) {
    Refuse({StreamError::kMalformed, rejection->code});
  }
  if (end_stream && !dead_) OnEndStream();
}

void StreamCore::OnData(absl::string_view bytes) {
  const bool keep = reader_ != nullptr && !drop_body_ && (paused_ || !inbox_.empty());
  if (keep) {
    if (!charge_.MayHold()) return CutForMemory();
    inbox_.Append(bytes);
    return Recount();
  }
  if (reader_ != nullptr && !drop_body_) reader_->OnData(bytes);
  session_.ConsumeStream(id_, bytes.size());
}

void StreamCore::Deliver() {
  if (delivering_) return;
  delivering_ = true;
  while (reader_ != nullptr && !paused_ && !inbox_.empty()) {
    iovec piece;
    inbox_.Front(&piece, 1);
    reader_->OnData(AsText(piece));
    inbox_.Drain(piece.iov_len);
    if (!wire_closed_) session_.ConsumeStream(id_, piece.iov_len);
  }
  delivering_ = false;
  if (reader_ == nullptr) DropInput();
  Recount();
  TellEnd();
}

void StreamCore::OnEndStream() {
  session_.OnMessageEnd();
  in_ended_ = true;
  TellEnd();
}

void StreamCore::TellEnd() {
  if (!in_ended_ || end_told_ || reader_ == nullptr || paused_ || !inbox_.empty()) return;
  end_told_ = true;
  reader_->OnEnd(std::exchange(trailers_, {}));
  Recount();
  LetGo();
}

// A piece of the inbox that is being delivered stays.
void StreamCore::DropInput() {
  if (!delivering_) inbox_.Clear();
  trailers_ = {};
}

// Ends.

void StreamCore::OnWireClosed(uint32_t h2_error) {
  wire_closed_ = true;
  // A response is complete also when the server wants no more of the request.
  const bool complete = in_ended_ && (!peer_reset_ || !session_.is_server());
  if (dead_ || over() || (h2_error == NGHTTP2_NO_ERROR && complete)) {
    outbox_.Clear();
    out_trailers_ = {};
    Recount();
    if (full_) session_.WantWritable(id_);
    LetGo();
    return;
  }
  Fail(FailureOf(h2_error));
}

StreamFailure StreamCore::FailureOf(uint32_t h2_error) const {
  if (peer_reset_) {
    const bool again = !session_.is_server() && h2_error == NGHTTP2_REFUSED_STREAM;
    return {again ? StreamError::kUnprocessed : StreamError::kReset, "h2_peer_reset"};
  }
  if (h2_error == NGHTTP2_REFUSED_STREAM) return {StreamError::kUnprocessed, "h2_goaway"};
  return {StreamError::kMalformed, H2ErrorName(h2_error)};
}

void StreamCore::Fail(StreamFailure failure) {
  if (dead_) return;
  StreamReader* const reader = reader_;
  Die();
  if (reader != nullptr) {
    reader->OnFailure(failure);
  } else if (!told_ && !session_.broken()) {
    OnUntold(failure.code);
  }
  LetGo();
}

void StreamCore::Refuse(StreamFailure failure) {
  if (dead_) return;
  if (!wire_closed_) session_.SubmitReset(id_, H2ErrorOf(failure.error));
  Fail(failure);
}

void StreamCore::Cut(StreamFailure failure) {
  if (dead_) return;
  reset_at_will_ = true;
  if (!wire_closed_) session_.SubmitReset(id_, NGHTTP2_CANCEL);
  Fail(failure);
}

void StreamCore::Die() {
  dead_ = true;
  reader_ = nullptr;
  outbox_.Clear();
  out_trailers_ = {};
  DropInput();
  Recount();
  session_.OnDead();
}

void StreamCore::Recount() {
  const size_t fields = kReserved * (trailers_.bytes() + out_trailers_.bytes());
  charge_.Set(inbox_.size() + outbox_.size() + fields);
  session_.OnOutboxChange(counted_outbox_, outbox_.size());
  counted_outbox_ = outbox_.size();
}

bool StreamCore::over() const { return out_ended_ && (end_told_ || session_.is_server()); }

// LetGo forgets the reader once it has nothing more to hear, and the stream once it is done.
void StreamCore::LetGo() {
  if (over()) {
    reader_ = nullptr;
    DropInput();
    Recount();
    // The server has said everything and not asked for the rest of the request: it may never.
    if (!session_.is_server() && !outbox_.empty()) return Reset(StreamError::kCancelled);
  }
  if (!done()) return;
  session_.Bury(*this);
  dead_ = true;  // whoever still holds it for the rest of this turn does no harm
}

}  // namespace firebreak::proxy
