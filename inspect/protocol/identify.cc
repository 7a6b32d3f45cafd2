#include "inspect/protocol/identify.h"

#include <algorithm>

#include "inspect/protocol/match_datagram.h"
#include "inspect/protocol/matchers.h"

namespace firebreak::inspect {
namespace {

Protocol RowProtocol(size_t row) { return StreamRows()[row].protocol; }

}  // namespace

absl::string_view ConfidenceName(Confidence confidence) {
  switch (confidence) {
    case Confidence::kNone:
      return "none";
    case Confidence::kLikely:
      return "likely";
    case Confidence::kCertain:
      return "certain";
  }
  return "";
}

// The proof of a side is the first row that says yes when every row before it has said that it does
// not. Since such answers are final, the order of arrival cannot matter. A row that refines another
// one (gRPC within HTTP/2) does not hold up the guess, but the decision.
void StreamIdentifier::Try(Side side, absl::string_view bytes, bool last, SideState* state) {
  const Prefix prefix(bytes);
  const auto rows = StreamRows();
  bool waiting = false;
  for (size_t i = state->next_row; i < rows.size(); ++i) {
    const Matcher matcher = side == Side::kClient ? rows[i].client : rows[i].server;
    Fit fit = matcher == nullptr ? Fit::kNo : matcher(prefix);
    if (fit == Fit::kNeedMore && last) fit = Fit::kNo;
    if (fit == Fit::kNeedMore) {
      if (InfoOf(rows[i].protocol).over == Protocol::kUnknown) return;
      waiting = true;
      continue;
    }
    if (fit == Fit::kYes) {
      state->proven = static_cast<uint8_t>(i);
      state->done = !waiting;
      return;
    }
    if (fit == Fit::kFits) state->fits[i / 64] |= uint64_t{1} << (i % 64);
    if (!waiting) state->next_row = static_cast<uint8_t>(i + 1);
  }
  state->done = !waiting;
}

void StreamIdentifier::Feed(Side side, absl::string_view bytes) {
  SideState& state = at(side);
  if (state.done || bytes.empty()) return;
  state.spoke = true;
  // What came before is put in front only where there is something: most connections are decided by
  // their first piece, and nothing is copied.
  absl::string_view window = bytes.substr(0, kProtocolWindow);
  if (!state.held.empty()) {
    const size_t room = kProtocolWindow - state.held.size();
    state.held.append(bytes.data(), std::min(room, bytes.size()));
    window = state.held;
  }
  Try(side, window, window.size() == kProtocolWindow, &state);
  if (state.done) {
    state.held = std::string();
  } else if (state.held.empty()) {
    state.held = std::string(window);
  }
}

void StreamIdentifier::Finish() {
  for (const Side side : {Side::kClient, Side::kServer}) {
    SideState& state = at(side);
    if (state.done) continue;
    if (state.spoke) Try(side, state.held, true, &state);
    state.done = true;
    state.held = std::string();
  }
}

Protocol StreamIdentifier::ProvenBy(Side side) const {
  const uint8_t row = at(side).proven;
  return row == kNoRow ? Protocol::kUnknown : RowProtocol(row);
}

bool StreamIdentifier::SidesDisagree() const {
  const Protocol client = ProvenBy(Side::kClient);
  const Protocol server = ProvenBy(Side::kServer);
  return client != Protocol::kUnknown && server != Protocol::kUnknown &&
         !IsWithin(client, server) && !IsWithin(server, client);
}

StreamIdentifier::Answer StreamIdentifier::answer() const {
  const Protocol client = ProvenBy(Side::kClient);
  const Protocol server = ProvenBy(Side::kServer);
  if (client != Protocol::kUnknown && server != Protocol::kUnknown) {
    return SidesDisagree() ? Answer::kDiffers : Answer::kAgrees;
  }
  if (client == server) return Answer::kOpen;
  const Side side = client == Protocol::kUnknown ? Side::kClient : Side::kServer;
  const SideState& state = at(side);
  if (!state.spoke) return Answer::kOpen;
  const Prefix prefix(state.held);
  const auto rows = StreamRows();
  bool open = false;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Matcher matcher = side == Side::kClient ? rows[i].client : rows[i].server;
    // gRPC is answered as HTTP/2 is.
    if (matcher == nullptr || !IsWithin(ProvenBy(Other(side)), rows[i].protocol)) continue;
    const bool tried = state.done || i < state.next_row;
    const Fit fit = tried ? (state.Fits(i) ? Fit::kFits : Fit::kNo) : matcher(prefix);
    if (fit == Fit::kFits || fit == Fit::kYes) return Answer::kAgrees;
    open = open || fit == Fit::kNeedMore;
  }
  return open ? Answer::kOpen : Answer::kDiffers;
}

// Neither side proves anything: both have to fit the same, or one and the port.
Identity StreamIdentifier::FromFits() const {
  const SideState& client = at(Side::kClient);
  const SideState& server = at(Side::kServer);
  const auto rows = StreamRows();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (client.Fits(i) && server.Fits(i)) return {rows[i].protocol, Confidence::kCertain};
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    // A side that spoke and does not fit is an argument against.
    const bool client_agrees = client.Fits(i) || !client.spoke || rows[i].client == nullptr;
    const bool server_agrees = server.Fits(i) || !server.spoke || rows[i].server == nullptr;
    const bool either = client.Fits(i) || server.Fits(i);
    if (either && client_agrees && server_agrees && UsesPort(rows[i].protocol, server_port_)) {
      return {rows[i].protocol, Confidence::kLikely};
    }
  }
  return {};
}

Identity StreamIdentifier::identity() const {
  const Protocol client = ProvenBy(Side::kClient);
  const Protocol server = ProvenBy(Side::kServer);
  if (client == Protocol::kUnknown && server == Protocol::kUnknown) return FromFits();
  if (SidesDisagree()) return {};
  if (client != Protocol::kUnknown && server != Protocol::kUnknown) {
    return {IsWithin(client, server) ? client : server, Confidence::kCertain};
  }
  const Side proving = client != Protocol::kUnknown ? Side::kClient : Side::kServer;
  const SideState& other = at(Other(proving));
  const size_t row = at(proving).proven;
  const bool asked =
      (proving == Side::kClient ? StreamRows()[row].server : StreamRows()[row].client) != nullptr;
  const bool contradicted = asked && other.done && other.spoke && !other.Fits(row);
  return {RowProtocol(row), contradicted ? Confidence::kLikely : Confidence::kCertain};
}

Identity IdentifyStream(absl::string_view client, absl::string_view server, uint16_t server_port) {
  StreamIdentifier identifier(server_port);
  identifier.Feed(Side::kClient, client);
  identifier.Feed(Side::kServer, server);
  identifier.Finish();
  return identifier.identity();
}

// RFC 3550: the packets of one source are numbered, and sent in this order.
bool DatagramIdentifier::ContinuesRtp(Side side, absl::string_view datagram) {
  RtpRun& run = rtp_[static_cast<size_t>(side)];
  const Prefix p(datagram);
  if (MatchRtp(p) != Fit::kFits) {
    run.length = 0;
    return false;
  }
  const auto step = static_cast<uint16_t>(p.Be16(2) - run.number);
  const bool next = run.length > 0 && p.Be32(8) == run.source && step >= 1 && step <= 4;
  run.length = next ? run.length + 1 : 1;
  run.source = p.Be32(8);
  run.number = p.Be16(2);
  return run.length >= kRtpRun;
}

void DatagramIdentifier::Feed(Side side, absl::string_view datagram) {
  if (proven_.protocol != Protocol::kUnknown || seen_ >= kLookedAt || datagram.empty()) return;
  ++seen_;
  if (seen_ <= kProving) Try(side, datagram);
  if (proven_.protocol == Protocol::kUnknown && ContinuesRtp(side, datagram)) {
    proven_ = {Protocol::kRtp, Confidence::kCertain};
  }
}

void DatagramIdentifier::Try(Side side, absl::string_view datagram) {
  const Prefix prefix(datagram);
  const auto rows = DatagramRows();
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool port = PortAgrees(rows[i].protocol);
    if (rows[i].port_needed && !port) continue;
    switch (rows[i].either(prefix)) {
      case Fit::kYes:
        proven_ = {rows[i].protocol, Confidence::kCertain};
        return;
      case Fit::kFits:
        fits_[static_cast<size_t>(side)] |= uint64_t{1} << i;
        break;
      case Fit::kNo:
      case Fit::kNeedMore:
        break;
    }
  }
}

Identity DatagramIdentifier::identity() const {
  if (proven_.protocol != Protocol::kUnknown) return proven_;
  const auto rows = DatagramRows();
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint64_t bit = uint64_t{1} << i;
    const bool either = ((fits_[0] | fits_[1]) & bit) != 0;
    if (either && PortAgrees(rows[i].protocol)) return {rows[i].protocol, Confidence::kLikely};
    if ((fits_[0] & fits_[1] & bit) != 0) return {rows[i].protocol, Confidence::kLikely};
  }
  return {};
}

}  // namespace firebreak::inspect
