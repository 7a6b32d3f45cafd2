// For tests: a collector that runs, and sidecars that send to it.
#ifndef FIREBREAK_COLLECTOR_TESTING_SERVER_H_
#define FIREBREAK_COLLECTOR_TESTING_SERVER_H_

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "absl/strings/string_view.h"

#include "collector/collector_server.h"
#include "collector/sink/collector_sink.h"
#include "collector/testing.h"
#include "collector/testing_pki.h"
#include "store/query.h"

namespace firebreak::collector {

// Sender is a sidecar's sink with an identity.
struct Sender {
  Sender(std::shared_ptr<const certs::IdentityMaterial> identity, uint16_t port,
         absl::string_view expected) {
    slot.Set(std::move(identity));
    sink = std::make_unique<CollectorSink>(
        LinkTarget{.host = "127.0.0.1",
                   .port = port,
                   .expected = {certs::SpiffeId::ParsePrincipal(expected).value()}},
        slot, Limits(), Clock::Real());
  }

  flows::Delivery Send(const std::string& text) {
    const flows::Batch batch{
        .text = text, .lines = static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'))};
    return sink->Deliver(batch);
  }

  IdentitySlot slot;
  std::unique_ptr<CollectorSink> sink;
};

// RunningCollector runs on a thread of its own, in a trust domain of its own.
class RunningCollector {
 public:
  // folder is for all of its files.
  explicit RunningCollector(std::string folder, const Clock& clock = Clock::Real())
      : folder_(std::move(folder)), clock_(clock) {}
  ~RunningCollector() { Stop(); }

  // Start makes a collector, whose options `change` may change.
  void Start(const std::function<void(CollectorOptions&)>& change = [](CollectorOptions&) {}) {
    CollectorOptions options{.listen = *SocketAddress::Parse("127.0.0.1:0"),
                             .identity = pki_.Issue(folder_, "collector", kCollector),
                             .trust_domain = "shop.example",
                             .intake = {.folder = StoreFolder()},
                             .max_connections = 100};
    change(options);
    auto server = CollectorServer::Make(std::move(options), clock_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    thread_ = std::thread([this] { EXPECT_TRUE(server_->Run().ok()); });
  }
  void Stop() {
    if (!thread_.joinable()) return;
    server_->Stop();
    thread_.join();
    server_.reset();
  }

  const TestPki& pki() const { return pki_; }
  std::string StoreFolder() const { return folder_ + "/store"; }
  SocketAddress address() const { return server_->address(); }
  uint16_t port() const { return address().port(); }

  std::shared_ptr<const certs::IdentityMaterial> Identity(absl::string_view principal) const {
    return pki_.Load(pki_.Issue(folder_, "sender", principal));
  }
  Sender MakeSender(absl::string_view principal = kSender,
                    absl::string_view expected = kCollector) const {
    return Sender(Identity(principal), port(), expected);
  }

  // Stored is how many flows can be asked for.
  int64_t Stored() const {
    auto query = store::Query::Open(StoreFolder(), Clock::Real());
    EXPECT_TRUE(query.ok()) << query.status();
    int64_t rows = -1;
    const auto result = (*query)->Run(
        "SELECT count(*) FROM flows", {}, [](const auto&) {},
        [&rows](absl::Span<const store::Value> row) { rows = std::get<int64_t>(row[0]); });
    EXPECT_TRUE(result.ok()) << result.status();
    return rows;
  }

 private:
  const std::string folder_;
  const Clock& clock_;
  const TestPki pki_{"shop.example"};
  std::unique_ptr<CollectorServer> server_;
  std::thread thread_;
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_TESTING_SERVER_H_
