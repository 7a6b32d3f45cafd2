#include "proxy/exchange/open_requests.h"

namespace firebreak::proxy {
namespace {

// KeyOf makes 64 bits of the 128 of a trace-id in hex, never 0; 0 stands for none.
uint64_t KeyOf(const SharedString& trace_id) {
  if (trace_id == nullptr) return 0;
  uint64_t key = 0;
  for (const char c : *trace_id) {
    const auto digit = static_cast<uint64_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    key = (key << 4 | key >> 60) ^ digit;
  }
  return key != 0 ? key : 1;
}

}  // namespace

OpenRequests::Entry::Entry(Worker& worker, const flows::Record& record)
    : worker_(worker), link_(Worker::kNone) {
  worker_.open_.store(worker_.open_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  const uint64_t key = KeyOf(record.trace_id);
  if (key == 0) return;
  for (size_t i = 0; i < Worker::kTries && link_ == Worker::kNone; ++i) {
    const size_t place = (key + i) % Worker::kLinks;
    if (worker_.links_[place].key.load(std::memory_order_relaxed) == 0) link_ = place;
  }
  if (link_ == Worker::kNone) return;
  Worker::Link& link = worker_.links_[link_];
  // Whoever reads this flow sees that the key of the one before it is gone.
  link.flow_id_low.store(record.flow_id_low, std::memory_order_release);
  link.key.store(key, std::memory_order_release);
}

OpenRequests::Entry::~Entry() {
  worker_.open_.store(worker_.open_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  if (link_ != Worker::kNone) worker_.links_[link_].key.store(0, std::memory_order_relaxed);
}

void OpenRequests::Note(flows::Record& record) const {
  const uint64_t key = KeyOf(record.trace_id);
  record.inflight_inbound = 0;
  for (const Worker& worker : workers_) {
    record.inflight_inbound += worker.open_.load(std::memory_order_relaxed);
    if (key == 0 || record.parent_flow_id_low != 0) continue;
    for (size_t i = 0; i < Worker::kTries; ++i) {
      const Worker::Link& link = worker.links_[(key + i) % Worker::kLinks];
      if (link.key.load(std::memory_order_acquire) != key) continue;
      const uint64_t flow = link.flow_id_low.load(std::memory_order_acquire);
      if (link.key.load(std::memory_order_relaxed) != key) continue;
      record.parent_flow_id_high = worker.flow_id_high_;
      record.parent_flow_id_low = flow;
      break;
    }
  }
}

}  // namespace firebreak::proxy
