#include "proxy/upstream/http_pool.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "proxy/upstream/pooled_connection.h"

namespace firebreak::proxy {
namespace {

std::chrono::milliseconds Ms(int64_t count) { return std::chrono::milliseconds(count); }

}  // namespace

HttpPool::HttpPool(const PoolServices& services)
    : services_(services),
      connect_(services.loop, Ms(services.limits.connect_timeout_ms)),
      handshake_(services.loop, Ms(services.limits.handshake_timeout_ms)),
      idle_(services.loop, Ms(services.limits.upstream_idle_timeout_ms)) {}

HttpPool::~HttpPool() = default;

HttpPool::Acquired HttpPool::Acquire(policy::Permit permit, const PoolKey& key,
                                     UpstreamWaiter& waiter) {
  std::unique_ptr<Entry>& slot = entries_[key];
  if (slot == nullptr) slot = std::make_unique<Entry>();
  Entry& entry = *slot;
  if (entry.waiting.empty()) {
    if (PooledConnection* ready = FindRoom(entry); ready != nullptr)
      return {.connection = ready, .failure = std::nullopt};
  }
  if (entry.waiting.size() >= kMaxWaiting) {
    return {.connection = nullptr,
            .failure = UpstreamFailure{.reason = Reason::kLimit,
                                       .detail = "too many requests wait for this upstream"}};
  }
  entry.waiting.push_back({.waiter = &waiter, .permit = std::nullopt});
  if (!NeedsMore(key, entry)) {
    entry.waiting.back().permit = std::move(permit);
    return {};
  }
  std::optional<UpstreamFailure> failure = Open(key, entry, std::move(permit));
  if (!failure.has_value()) return {};
  entry.waiting.pop_back();
  ForgetIfEmpty(key);
  return {.connection = nullptr, .failure = std::move(failure)};
}

void HttpPool::Cancel(const PoolKey& key, UpstreamWaiter& waiter) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second->waiting.remove_if(
      [&](const Waiting& waiting) { return waiting.waiter == &waiter; });
}

// The connection used last is tried first: those that are not needed stay idle, and end.
PooledConnection* HttpPool::FindRoom(Entry& entry) {
  while (!entry.roomy.empty()) {
    PooledConnection* const last = entry.roomy.back();
    if (last->room() > 0) return last;
    last->listed_as_roomy_ = false;
    entry.roomy.pop_back();
  }
  return nullptr;
}

// One HTTP/2 connection will do for all who wait; HTTP/1.1 takes one each.
bool HttpPool::NeedsMore(const PoolKey& key, const Entry& entry) {
  if (entry.connections.size() >= kMaxConnections) return false;
  return key.protocol == HttpProtocol::kHttp2 ? entry.opening == 0 && !entry.waiting.empty()
                                              : entry.opening < entry.waiting.size();
}

std::optional<UpstreamFailure> HttpPool::Open(const PoolKey& key, Entry& entry,
                                              policy::Permit permit) {
  UpstreamTarget target{.address = key.address, .expected = key.expected, .alpn = {}};
  target.alpn.http1 = key.protocol == HttpProtocol::kHttp1;
  target.alpn.http2 = key.protocol == HttpProtocol::kHttp2;
  UpstreamFailure failure;
  auto opened = OpenUpstream(std::move(permit), std::move(target), services_.scratch, services_.tls,
                             &failure);
  if (opened == nullptr) return failure;
  entry.connections.push_back(std::make_unique<PooledConnection>(*this, key, std::move(opened)));
  ++connection_count_;
  ++entry.opening;
  entry.connections.back()->Begin();
  return std::nullopt;
}

// OpenForWaiting opens for those who wait beyond what is being opened for others.
void HttpPool::OpenForWaiting(const PoolKey& key, Entry& entry) {
  while (NeedsMore(key, entry)) {
    const auto next =
        std::find_if(entry.waiting.begin(), entry.waiting.end(),
                     [](const Waiting& waiting) { return waiting.permit.has_value(); });
    if (next == entry.waiting.end()) return;
    policy::Permit permit = *std::move(next->permit);
    next->permit.reset();
    const std::optional<UpstreamFailure> failure = Open(key, entry, std::move(permit));
    if (!failure.has_value()) continue;
    UpstreamWaiter* const waiter = next->waiter;
    entry.waiting.erase(next);
    waiter->OnUpstreamFailed(*failure);
  }
}

void HttpPool::OnRoom(PooledConnection& connection) {
  const auto found = entries_.find(connection.key());
  if (found == entries_.end()) return;
  Entry& entry = *found->second;
  ++entry.calls;
  if (connection.counted_as_opening_ && connection.settled()) {
    connection.counted_as_opening_ = false;
    --entry.opening;
  }
  while (!entry.waiting.empty() && connection.room() > 0) {
    UpstreamWaiter* const waiter = entry.waiting.front().waiter;
    entry.waiting.pop_front();
    waiter->OnUpstreamReady(connection);
  }
  if (!connection.listed_as_roomy_ && connection.room() > 0) {
    connection.listed_as_roomy_ = true;
    entry.roomy.push_back(&connection);
  }
  OpenForWaiting(connection.key(), entry);
  --entry.calls;
}

void HttpPool::OnClosed(PooledConnection& connection, const UpstreamFailure* failure) {
  const PoolKey key = connection.key();
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = *found->second;
  ++entry.calls;
  if (connection.counted_as_opening_) --entry.opening;
  connection.counted_as_opening_ = false;
  if (connection.listed_as_roomy_) {
    entry.roomy.erase(std::find(entry.roomy.begin(), entry.roomy.end(), &connection));
    connection.listed_as_roomy_ = false;
  }
  const auto mine = std::find_if(entry.connections.begin(), entry.connections.end(),
                                 [&](const auto& held) { return held.get() == &connection; });
  if (mine != entry.connections.end()) {
    services_.loop.DeleteLater(std::move(*mine));
    entry.connections.erase(mine);
    --connection_count_;
  }
  if (failure != nullptr) FailWaiting(key, entry, *failure);
  OpenForWaiting(key, entry);
  --entry.calls;
  ForgetIfEmpty(key);
}

// A connection that could not be opened fails who waited for it: over HTTP/2 everybody does.
void HttpPool::FailWaiting(const PoolKey& key, Entry& entry, const UpstreamFailure& failure) {
  size_t count = key.protocol == HttpProtocol::kHttp2 ? entry.waiting.size() : 1;
  for (; count > 0 && !entry.waiting.empty(); --count) {
    UpstreamWaiter* const waiter = entry.waiting.front().waiter;
    entry.waiting.pop_front();
    waiter->OnUpstreamFailed(failure);
  }
}

void HttpPool::ForgetIfEmpty(const PoolKey& key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  const Entry& entry = *found->second;
  if (entry.calls == 0 && entry.connections.empty() && entry.waiting.empty()) entries_.erase(found);
}

template <typename Call>
void HttpPool::ForEach(Call call) {
  // A connection that ends within leaves its entry, which may go too: walk over a copy.
  std::vector<PooledConnection*> all;
  for (const auto& [key, entry] : entries_) {
    for (const auto& connection : entry->connections) all.push_back(connection.get());
  }
  for (PooledConnection* connection : all) call(*connection);
}

void HttpPool::RecheckTrust() {
  ForEach([](PooledConnection& connection) { connection.Recheck(); });
}

void HttpPool::OnNewIdentity() {
  ForEach([](PooledConnection& connection) {
    if (connection.peer() != nullptr) connection.Retire();
  });
}

void HttpPool::Clear() {
  ForEach([](PooledConnection& connection) { connection.Abort(Reason::kDrained); });
}

}  // namespace firebreak::proxy
