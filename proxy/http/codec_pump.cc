#include "proxy/http/codec_pump.h"

#include <algorithm>
#include <cstring>

namespace firebreak::proxy {
namespace {

// A connection that is always ready lets others run after this many reads.
constexpr int kReadsPerTurn = 4;

}  // namespace

CodecPump::CodecPump(Transport& transport, Scratch& scratch, Agenda& agenda, PumpOwner& owner)
    : Chore(agenda),
      transport_(transport),
      scratch_(scratch),
      owner_(owner),
      output_(scratch.slabs()) {}

void CodecPump::Start(Codec& codec, absl::string_view first) {
  codec_ = &codec;
  if (!first.empty()) codec.Receive(first);
  Schedule();
}

void CodecPump::OnEvents(FdEvents events) {
  transport_.Note(events);
  writable_ = writable_ || events.writable;
  Schedule();
}

void CodecPump::DoChore() {
  if (stopped_ || codec_ == nullptr) return;
  if (writable_ && transport_.write_blocked() && transport_.Flush() == IoState::kReset) {
    return End(PumpEnd::kReset);
  }
  writable_ = false;
  codec_->Resume();
  if (!ReadSome() || !WriteSome()) return;
  owner_.OnTurn();
}

bool CodecPump::ReadSome() {
  for (int reads = 0; !input_ended_ && codec_->wants_input(); ++reads) {
    if (reads == kReadsPerTurn) {
      transport_.watcher()->Again();
      return true;
    }
    const absl::Span<char> into = scratch_.plain();
    const ReadResult got = transport_.Read(into);
    if (got.bytes > 0) {
      codec_->Receive(absl::string_view(into.data(), got.bytes));
      if (stopped_) return false;
    }
    if (got.state == IoState::kBlocked) return true;
    if (got.state == IoState::kOk) continue;
    input_ended_ = true;
    if (got.state != IoState::kEof) {
      codec_->ReceiveFailure();
      End(PumpEnd::kReset);
      return false;
    }
    codec_->ReceiveEnd();
    if (stopped_) return false;
  }
  return true;
}

bool CodecPump::WriteSome() {
  do {
    codec_->Produce();
    if (stopped_) return false;
    if (output_.empty()) break;
    if (!Write()) return false;
    // Once more when all is written: who waits for room hears of it in Produce.
  } while (!transport_.write_blocked());
  if (!output_.empty() || transport_.write_blocked()) return true;
  switch (codec_->state()) {
    case CodecState::kOpen:
    case CodecState::kDraining:
      if (!input_ended_ || codec_->live_streams() > 0) return true;
      End(PumpEnd::kPeerEnded);
      return false;
    case CodecState::kDone:
      End(PumpEnd::kDone);
      return false;
    case CodecState::kFailed:
      End(PumpEnd::kFailed);
      return false;
  }
  return true;
}

// Gather joins what lies in several slabs: a copy costs less than a system call for each.
absl::string_view CodecPump::Gather() {
  constexpr int kMaxPieces = 8;
  iovec pieces[kMaxPieces];
  const int count = output_.Front(pieces, kMaxPieces);
  if (count == 1) return {static_cast<const char*>(pieces[0].iov_base), pieces[0].iov_len};
  const absl::Span<char> into = scratch_.plain();
  size_t size = 0;
  for (int i = 0; i < count && size < into.size(); ++i) {
    const size_t bytes = std::min(pieces[i].iov_len, into.size() - size);
    std::memcpy(into.data() + size, pieces[i].iov_base, bytes);
    size += bytes;
  }
  return {into.data(), size};
}

bool CodecPump::Write() {
  while (!output_.empty() && !transport_.write_blocked()) {
    const absl::string_view bytes = Gather();
    if (transport_.Write(bytes) == IoState::kReset) {
      codec_->ReceiveFailure();
      End(PumpEnd::kReset);
      return false;
    }
    bytes_out_ += bytes.size();
    output_.Drain(bytes.size());
  }
  return true;
}

void CodecPump::End(PumpEnd end) {
  if (stopped_) return;
  stopped_ = true;
  owner_.OnPumpEnd(end);
}

}  // namespace firebreak::proxy
