// What the workload has been asked and has not answered yet: the calls that it makes meanwhile are
// most likely for the sake of that.
#ifndef FIREBREAK_PROXY_EXCHANGE_OPEN_REQUESTS_H_
#define FIREBREAK_PROXY_EXCHANGE_OPEN_REQUESTS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>

#include "flows/record.h"

namespace firebreak::proxy {

// OpenRequests is shared by the workers of a process, since a request and the call that it causes
// may be on different ones. Each writes only what is its own, and looks at what is the others' when
// a call goes out; no lock is taken. What a worker reads of another may be a moment old.
class OpenRequests {
 public:
  class Worker;

  // Entry is one request, or one byte stream, that is open for as long as this lives.
  class Entry {
   public:
    // The record is of the request: its flow and trace are what calls are linked to.
    Entry(Worker& worker, const flows::Record& record);
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    Worker& worker_;
    size_t link_;  // into Worker::links_; kNone: it has no trace, or there was no room
  };

  // Worker is written by its own thread alone.
  class Worker {
   public:
    explicit Worker(uint64_t flow_id_high) : flow_id_high_(flow_id_high) {}

   private:
    friend class Entry;
    friend class OpenRequests;
    // At most this many of the open requests can be found by their trace, each at one of kTries
    // places.
    static constexpr size_t kLinks = 1024;
    static constexpr size_t kTries = 8;
    static constexpr size_t kNone = kLinks;
    // A reader that finds the same key before and after has read the flow that belongs to it.
    struct Link {
      std::atomic<uint64_t> key{0};  // of the trace; 0: free
      std::atomic<uint64_t> flow_id_low{0};
    };

    const uint64_t flow_id_high_;
    std::atomic<int32_t> open_{0};
    std::array<Link, kLinks> links_;
  };

  // Join is called for each worker before the first of them runs.
  Worker& Join(uint64_t flow_id_high) { return workers_.emplace_back(flow_id_high); }

  // Note fills in, of a call that begins now, inflight_inbound; and parent_flow_id when an open
  // request has the same trace_id.
  void Note(flows::Record& record) const;

 private:
  std::deque<Worker> workers_;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_EXCHANGE_OPEN_REQUESTS_H_
