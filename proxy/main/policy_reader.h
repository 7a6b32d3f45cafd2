// Reads policy files while everything else goes on.
#ifndef FIREBREAK_PROXY_MAIN_POLICY_READER_H_
#define FIREBREAK_PROXY_MAIN_POLICY_READER_H_

#include <functional>
#include <memory>
#include <thread>

#include "policy/policy_set.h"
#include "proxy/event/event_loop.h"

namespace firebreak::proxy {

// PolicyReader reads on a thread of its own: a policy of 100,000 rules takes seconds to compile,
// and probes, scrapes and changes of identity must not wait for it. One reading at a time.
// Everything but the reading itself happens on the thread of the loop.
class PolicyReader {
 public:
  // Null: refused, and the errors are written.
  using Policy = std::shared_ptr<const policy::PolicySet>;
  using Load = std::function<Policy()>;
  using Done = std::function<void(Policy)>;

  // load is called on a thread of its own, never twice at once; done on the loop's. What they use
  // must outlive the reader.
  PolicyReader(EventLoop& loop, Load load, Done done);
  // Waits for a reading that is under way; done is not called any more.
  ~PolicyReader();
  PolicyReader(const PolicyReader&) = delete;
  PolicyReader& operator=(const PolicyReader&) = delete;

  // Read asks for a reading of the files as they are now. One that is under way may have read them
  // too early, so another one follows it.
  void Read();

 private:
  void OnRead(Policy policy);

  EventLoop& loop_;
  const Load load_;
  const Done done_;
  std::thread thread_;  // joinable: a reading is under way
  bool again_ = false;
  // Posted callbacks that outlive the reader see that it is gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_POLICY_READER_H_
