// What it costs to name the protocol of a connection, and to look for secrets in a stream.
//
// Usage: protocol_speed CAPTURE... The beginnings of all TCP flows are named over and over, on one
// thread; the bytes of all streams, one after the other, are looked through for secrets.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "inspect/capture/capture_file.h"
#include "inspect/capture/flow_table.h"
#include "inspect/protocol/identify.h"
#include "inspect/protocol/prefix.h"
#include "inspect/secrets/secret_scanner.h"

namespace firebreak::inspect {
namespace {

using Clock = std::chrono::steady_clock;

struct Streams {
  std::vector<std::pair<std::string, std::string>> beginnings;  // client, server
  std::string bytes;
};

void Read(const char* path, Streams* streams) {
  std::ifstream in(path, std::ios::binary);
  const std::string file(std::istreambuf_iterator<char>(in), {});
  auto capture = CaptureFile::Open(file);
  if (!capture.ok()) return;
  FlowTable table;
  std::map<size_t, std::pair<std::string, std::string>> flows;
  const auto take = [&](size_t flow, Side side, absl::string_view payload) {
    if (table.flows()[flow].transport != Transport::kTcp) return;
    streams->bytes.append(payload.data(), payload.size());
    auto& held = flows[flow];
    std::string& beginning = side == Side::kClient ? held.first : held.second;
    const size_t room = kProtocolWindow - std::min(kProtocolWindow, beginning.size());
    beginning.append(payload.data(), std::min(room, payload.size()));
  };
  CapturedPacket packet;
  Segment segment;
  while (capture->Next(&packet)) {
    if (DecodeFrame(packet.link, packet.bytes, &segment)) table.Add(segment, packet.micros, take);
  }
  table.Finish(take);
  for (auto& [number, beginning] : flows) streams->beginnings.push_back(std::move(beginning));
}

void Measure(const Streams& streams) {
  constexpr auto kLong = std::chrono::milliseconds(700);
  size_t connections = 0;
  size_t bytes = 0;
  size_t named = 0;
  auto start = Clock::now();
  while (Clock::now() - start < kLong) {
    for (const auto& [client, server] : streams.beginnings) {
      named += IdentifyStream(client, server).protocol != Protocol::kUnknown ? 1 : 0;
      bytes += client.size() + server.size();
    }
    connections += streams.beginnings.size();
  }
  const double naming = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf(
      "naming: %.0f ns a connection, %.2f GB/s of beginnings (%zu connections, %.0f %% named)\n",
      naming * 1e9 / static_cast<double>(connections), static_cast<double>(bytes) / naming / 1e9,
      streams.beginnings.size(),
      100.0 * static_cast<double>(named) / static_cast<double>(connections));
  size_t scanned = 0;
  start = Clock::now();
  while (Clock::now() - start < kLong) {
    SecretScanner scanner;
    scanner.Feed(streams.bytes);
    scanner.Finish();
    scanned += streams.bytes.size();
  }
  const double scanning = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("secrets: %.2f GB/s over %.1f MB of streams\n",
              static_cast<double>(scanned) / scanning / 1e9,
              static_cast<double>(streams.bytes.size()) / 1e6);
}

}  // namespace
}  // namespace firebreak::inspect

int main(int argc, char** argv) {
  firebreak::inspect::Streams streams;
  for (int i = 1; i < argc; ++i) firebreak::inspect::Read(argv[i], &streams);
  if (streams.beginnings.empty()) {
    std::fprintf(stderr, "usage: protocol_speed CAPTURE...; no TCP flow in them\n");
    return 2;
  }
  firebreak::inspect::Measure(streams);
  return 0;
}
