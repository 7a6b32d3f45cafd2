// Reads files while everything else goes on.
#ifndef FIREBREAK_PROXY_MAIN_BACKGROUND_READER_H_
#define FIREBREAK_PROXY_MAIN_BACKGROUND_READER_H_

#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include "proxy/event/event_loop.h"

namespace firebreak::proxy {

// BackgroundReader reads on a thread of its own: a policy of 100,000 rules takes seconds to
// compile, and probes, scrapes and changes of identity must not wait for it. One reading at a time.
// Everything but the reading itself happens on the thread of the loop.
template <typename Content>
class BackgroundReader {
 public:
  // Null: refused, and the errors are written.
  using Result = std::shared_ptr<const Content>;
  using Load = std::function<Result()>;
  using Done = std::function<void(Result)>;

  // load is called on a thread of its own, never twice at once; done on the loop's. What they use
  // must outlive the reader.
  BackgroundReader(EventLoop& loop, Load load, Done done)
      : loop_(loop), load_(std::move(load)), done_(std::move(done)) {}
  // Waits for a reading that is under way; done is not called any more.
  ~BackgroundReader() {
    *alive_ = false;
    if (thread_.joinable()) thread_.join();
  }
  BackgroundReader(const BackgroundReader&) = delete;
  BackgroundReader& operator=(const BackgroundReader&) = delete;

  // Read asks for a reading of the files as they are now. One that is under way may have read them
  // too early, so another one follows it.
  void Read() {
    if (thread_.joinable()) {
      again_ = true;
      return;
    }
    thread_ = std::thread([this, alive = alive_] {
      loop_.Post([this, alive, result = load_()] {
        if (*alive) OnRead(result);
      });
    });
  }

 private:
  void OnRead(Result result) {
    thread_.join();
    done_(std::move(result));
    if (std::exchange(again_, false)) Read();
  }

  EventLoop& loop_;
  const Load load_;
  const Done done_;
  std::thread thread_;  // joinable: a reading is under way
  bool again_ = false;
  // Posted callbacks that outlive the reader see that it is gone.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_BACKGROUND_READER_H_
