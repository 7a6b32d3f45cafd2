#include "proxy/tls/wire.h"

#include <openssl/bio.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "proxy/tls/tls_transport.h"

namespace firebreak::proxy {
namespace {

Wire* WireOf(BIO* bio) { return static_cast<Wire*>(BIO_get_data(bio)); }

}  // namespace

Wire::Wire(Scratch& scratch) : scratch_(scratch) {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_TYPE_SOCKET, "firebreak wire");
    if (made == nullptr) std::abort();  // out of memory at start-up
    BIO_meth_set_read(made, &Wire::OnRead);
    BIO_meth_set_write(made, &Wire::OnWrite);
    BIO_meth_set_ctrl(made, &Wire::OnControl);
    return made;
  }();
  bio_ = BIO_new(method);
  if (bio_ == nullptr) std::abort();
  BIO_set_data(bio_, this);
  BIO_set_init(bio_, 1);
}

Wire::~Wire() { BIO_free(bio_); }

IoState Wire::Leave() {
  SendSealed();
  if (!wire_in_.empty()) session_->Stash({wire_in_.data(), wire_in_.size()});
  wire_in_ = {};
  session_ = nullptr;
  const IoState state = send_state_;
  send_state_ = IoState::kOk;
  return state;
}

bool Wire::Refill() {
  const ReadResult got = session_->ReceiveWire(scratch_.wire_in());
  wire_in_ = scratch_.wire_in().subspan(0, got.bytes);
  return got.bytes > 0;
}

void Wire::SendSealed() {
  if (sealed_ == 0) return;
  const IoState state = session_->SendWire({scratch_.wire_out().data(), sealed_});
  if (send_state_ != IoState::kReset) send_state_ = state;
  sealed_ = 0;
}

int Wire::OnRead(BIO* bio, char* out, int length) {
  Wire* wire = WireOf(bio);
  BIO_clear_retry_flags(bio);
  if (wire->wire_in_.empty() && !wire->Refill()) {
    if (wire->session_->wire_state() == IoState::kEof) return 0;
    if (wire->session_->wire_state() == IoState::kBlocked) BIO_set_retry_read(bio);
    return -1;
  }
  const size_t count = std::min(wire->wire_in_.size(), static_cast<size_t>(length));
  std::memcpy(out, wire->wire_in_.data(), count);
  wire->wire_in_.remove_prefix(count);
  return static_cast<int>(count);
}

// OnWrite always takes everything: what the socket does not, the transport holds.
int Wire::OnWrite(BIO* bio, const char* in, int length) {
  Wire* wire = WireOf(bio);
  const absl::Span<char> room = wire->scratch_.wire_out();
  absl::string_view left(in, static_cast<size_t>(length));
  while (!left.empty()) {
    if (wire->sealed_ == room.size()) wire->SendSealed();
    const size_t count = std::min(left.size(), room.size() - wire->sealed_);
    std::memcpy(room.data() + wire->sealed_, left.data(), count);
    wire->sealed_ += count;
    left.remove_prefix(count);
  }
  return length;
}

long Wire::OnControl(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

}  // namespace firebreak::proxy
