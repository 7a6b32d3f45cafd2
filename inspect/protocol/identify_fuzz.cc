// Two sides of a connection as hostile peers may write them. Whatever they are, the answer does not
// depend on how they were cut, and a datagram is named or it is not.
//
// Input: a byte that says how long the pieces are, then the client's bytes, then, behind the first
// 0xfe 0xfe, the server's.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"

#include "inspect/protocol/dns_message.h"
#include "inspect/protocol/identify.h"

namespace firebreak::inspect {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void TryStream(absl::string_view client, absl::string_view server, size_t piece) {
  const Identity whole = IdentifyStream(client, server, 25);
  StreamIdentifier identifier(25);
  while (!client.empty() || !server.empty()) {
    identifier.Feed(Side::kServer, server.substr(0, piece));
    identifier.Feed(Side::kClient, client.substr(0, piece));
    server.remove_prefix(std::min(piece, server.size()));
    client.remove_prefix(std::min(piece, client.size()));
  }
  identifier.Finish();
  Require(identifier.identity() == whole);
  Require(identifier.settled());
}

void TryEverything(absl::string_view input) {
  if (input.empty()) return;
  const size_t piece = 1 + static_cast<unsigned char>(input[0]) % 64;
  input.remove_prefix(1);
  const size_t mark = input.find("\xfe\xfe");
  const absl::string_view client = input.substr(0, mark);
  const absl::string_view server = mark == absl::string_view::npos ? "" : input.substr(mark + 2);
  TryStream(client, server, piece);
  DatagramIdentifier datagrams(40000, 53);
  datagrams.Feed(Side::kClient, client);
  datagrams.Feed(Side::kServer, server);
  Require((datagrams.identity().protocol == Protocol::kUnknown) ==
          (datagrams.identity().confidence == Confidence::kNone));
  if (const auto question = ParseDnsQuestion(client)) Require(question->name.size() <= 255);
}

}  // namespace
}  // namespace firebreak::inspect

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  firebreak::inspect::TryEverything({reinterpret_cast<const char*>(data), size});
  return 0;
}
