// HttpPool keeps the HTTP connections of one worker to its upstreams.
#ifndef FIREBREAK_PROXY_UPSTREAM_HTTP_POOL_H_
#define FIREBREAK_PROXY_UPSTREAM_HTTP_POOL_H_

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "base/limits.h"
#include "base/verdict.h"
#include "policy/permit.h"
#include "proxy/event/event_loop.h"
#include "proxy/event/timeout_queue.h"
#include "proxy/http/agenda.h"
#include "proxy/http/codec.h"
#include "proxy/net/io.h"
#include "proxy/tls/tls_engine.h"
#include "proxy/upstream/upstream.h"

namespace firebreak::proxy {

class PooledConnection;

enum class HttpProtocol : uint8_t { kHttp1, kHttp2 };

// PoolKey says which requests may share a connection: those for the same place, that expect the
// same identities there, on behalf of the same source. An upstream that loses count of its messages
// can then answer one principal with what is another's only where both are the same.
struct PoolKey {
  SocketAddress address;
  std::shared_ptr<const ExpectedIdentities> expected;
  SharedString source;
  HttpProtocol protocol = HttpProtocol::kHttp1;

  friend bool operator==(const PoolKey& a, const PoolKey& b) {
    return a.address == b.address && a.expected == b.expected && a.source == b.source &&
           a.protocol == b.protocol;
  }
  template <typename H>
  friend H AbslHashValue(H h, const PoolKey& key) {
    return H::combine(std::move(h), key.address, key.expected.get(), key.source.get(),
                      key.protocol);
  }
};

// UpstreamWaiter waits for a connection. It is called at most once for each Acquire that had it
// wait, and never from within Acquire.
class UpstreamWaiter {
 public:
  virtual void OnUpstreamReady(PooledConnection& connection) = 0;
  virtual void OnUpstreamFailed(const UpstreamFailure& failure) = 0;

 protected:
  ~UpstreamWaiter() = default;
};

// PoolServices is what the pool needs of its worker; all of it outlives the pool.
struct PoolServices {
  EventLoop& loop;
  Scratch& scratch;
  TlsEngine& tls;
  Agenda& agenda;
  const Limits& limits;
  const CodecOptions& codec;
};

class HttpPool {
 public:
  // Connections of one key; more requests than they carry wait.
  static constexpr size_t kMaxConnections = 1024;
  // Requests that may wait for one key's connections.
  static constexpr size_t kMaxWaiting = 4096;

  explicit HttpPool(const PoolServices& services);
  ~HttpPool();
  HttpPool(const HttpPool&) = delete;
  HttpPool& operator=(const HttpPool&) = delete;

  // Acquire finds a connection with room for one more stream, to be used at once; or says why there
  // is none to be had; or neither, and the waiter hears later. The permit is the one the policy
  // gave for this request: without it nothing is opened.
  struct Acquired {
    PooledConnection* connection = nullptr;
    std::optional<UpstreamFailure> failure;
  };
  Acquired Acquire(policy::Permit permit, const PoolKey& key, UpstreamWaiter& waiter);
  // Cancel: the waiter waits no more for what it has asked for with key. Nothing happens when it
  // does not wait.
  void Cancel(const PoolKey& key, UpstreamWaiter& waiter);

  // RecheckTrust ends connections whose peers are no longer trusted. OnNewIdentity lets connections
  // that were made with an older SVID end after the requests they carry.
  void RecheckTrust();
  void OnNewIdentity();
  // Ends all connections now.
  void Clear();

  size_t connections() const { return connection_count_; }

 private:
  friend class PooledConnection;
  struct Waiting {
    UpstreamWaiter* waiter;
    std::optional<policy::Permit> permit;  // until a connection was opened with it
  };
  struct Entry {
    std::vector<std::unique_ptr<PooledConnection>> connections;
    // Of these, those that have told of room and were not found without since.
    std::vector<PooledConnection*> roomy;
    std::list<Waiting> waiting;
    size_t opening = 0;
    int calls = 0;  // under way on this entry: it may not go
  };

  static PooledConnection* FindRoom(Entry& entry);
  // Whether one more connection would serve somebody who waits.
  static bool NeedsMore(const PoolKey& key, const Entry& entry);
  std::optional<UpstreamFailure> Open(const PoolKey& key, Entry& entry, policy::Permit permit);
  void OpenForWaiting(const PoolKey& key, Entry& entry);
  void FailWaiting(const PoolKey& key, Entry& entry, const UpstreamFailure& failure);
  void ForgetIfEmpty(const PoolKey& key);
  template <typename Call>
  void ForEach(Call call);
  // Called by connections.
  void OnRoom(PooledConnection& connection);
  void OnClosed(PooledConnection& connection, const UpstreamFailure* failure);

  PoolServices services_;
  TimeoutQueue connect_;
  TimeoutQueue handshake_;
  TimeoutQueue idle_;
  absl::flat_hash_map<PoolKey, std::unique_ptr<Entry>> entries_;
  size_t connection_count_ = 0;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_UPSTREAM_HTTP_POOL_H_
