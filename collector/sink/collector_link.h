// CollectorLink is one connection to a collector, with the one stream of batches it carries.
#ifndef FIREBREAK_COLLECTOR_SINK_COLLECTOR_LINK_H_
#define FIREBREAK_COLLECTOR_SINK_COLLECTOR_LINK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "collector/wire/grpc.h"
#include "collector/wire/messages.h"
#include "proxy/http/codec.h"
#include "proxy/tls/tls_transport.h"

namespace firebreak::collector {

// LinkTarget is where a collector is, and who it must prove to be.
struct LinkTarget {
  std::string host;  // IP address, without brackets, or name
  uint16_t port = 0;
  proxy::ExpectedIdentities expected = {};  // never empty
};

// CollectorLink blocks, each call up to its deadline; for one thread. Nothing but a TLS handshake
// is sent to a peer that has not proved to be the collector. After an error of any call it is of no
// more use.
class CollectorLink final : private proxy::CodecHost, private proxy::ResponseReader {
 public:
  // Open connects to the first address of the host that answers, and shakes hands. Target, engine
  // and scratch outlive the link. Looking up a name may take as long as the resolver's time-outs.
  static absl::StatusOr<std::unique_ptr<CollectorLink>> Open(const LinkTarget& target,
                                                             proxy::TlsEngine& engine,
                                                             proxy::Scratch& scratch,
                                                             const Clock& clock, MonoTime deadline);
  ~CollectorLink() override;

  // IsUsable: whether the collector has not taken leave while nobody asked.
  bool IsUsable();
  // Publish sends one batch and returns what the collector says of it. An error is the gRPC status
  // that the stream ended with, or Unavailable: the connection was lost, and nobody knows.
  absl::StatusOr<Receipt> Publish(uint64_t lines, absl::string_view text, MonoTime deadline);

 private:
  CollectorLink(const LinkTarget& target, std::unique_ptr<proxy::TlsTransport> transport,
                proxy::Scratch& scratch, const Clock& clock);

  absl::Status Handshake(MonoTime deadline);
  absl::Status OpenStream();
  absl::Status WaitFor(const std::function<bool()>& done, MonoTime deadline);
  absl::Status WaitForSocket(MonoTime deadline);
  void Exchange();
  void Read();
  void Write();
  void SendBody();
  void Lose(absl::string_view why);

  void Wake() override {}  // every turn produces
  void OnInformational(http::Response& /*response*/) override {}
  void OnResponse(http::Response& response) override;
  void OnData(absl::string_view bytes) override;
  void OnEnd(const http::HeaderMap& trailers) override;
  void OnFailure(proxy::StreamFailure failure) override;
  void OnWritable() override {}
  void EndStream(absl::Status status);

  const LinkTarget& target_;
  const Clock& clock_;
  proxy::Scratch& scratch_;
  std::unique_ptr<proxy::TlsTransport> transport_;
  Buffer output_;
  std::unique_ptr<proxy::ClientCodec> codec_;
  proxy::ClientStream* stream_ = nullptr;  // the codec's; null once it has ended
  MessageReader answers_;
  http::HeaderMap answer_headers_;
  std::string body_;  // of the batch under way, from sent_ on not yet given to the stream
  size_t sent_ = 0;
  uint64_t number_ = 0;  // of the last batch
  std::string answer_;   // the last message of the collector, while answered_
  bool answered_ = false;
  absl::Status ended_;  // why the stream ended; OK: it goes on
};

}  // namespace firebreak::collector

#endif  // FIREBREAK_COLLECTOR_SINK_COLLECTOR_LINK_H_
