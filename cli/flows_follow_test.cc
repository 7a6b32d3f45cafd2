#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <sstream>
#include <streambuf>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "cli/flows_observe.h"
#include "cli/testing.h"
#include "cli/testing_flows.h"
#include "store/flow_store.h"
#include "tests/support/temp_folder.h"

namespace firebreak::cli {
namespace {

// SharedText is a stream's buffer that another thread may look at.
class SharedText : public std::streambuf {
 public:
  bool WaitFor(const std::string& text) {
    std::unique_lock<std::mutex> lock(mutex_);
    return grown_.wait_for(lock, std::chrono::seconds(10),
                           [&] { return text_.find(text) != std::string::npos; });
  }
  bool Has(const std::string& text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return text_.find(text) != std::string::npos;
  }

 protected:
  int overflow(int byte) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    text_.push_back(static_cast<char>(byte));
    if (byte == '\n') grown_.notify_all();
    return byte;
  }

 private:
  std::mutex mutex_;
  std::condition_variable grown_;
  std::string text_;
};

TEST(ObserveFollowing, TakesAppendsAndRotationUntilStopped) {
  const tests::TempFolder folder;
  const std::string path = folder.Path("flows.jsonl");
  std::ofstream(path) << Numbered(1);
  SharedText text;
  std::ostream out(&text);
  std::ostringstream err;
  std::istringstream in;
  const SimulatedClock clock;
  CommandContext context{.in = in, .out = out, .err = err, .clock = clock};
  std::atomic<bool> stop{false};
  ObserveRequest request;
  request.source.files.arguments = {path};
  request.follow = true;
  int code = -1;
  std::thread observer([&] { code = Observe(request, stop, context); });

  EXPECT_TRUE(text.WaitFor(":1 "));
  const std::string second = Numbered(2);
  std::ofstream(path, std::ios::app) << second.substr(0, 30) << std::flush;
  std::ofstream(path, std::ios::app) << second.substr(30);
  EXPECT_TRUE(text.WaitFor(":2 "));
  ASSERT_EQ(rename(path.c_str(), (path + ".1").c_str()), 0);
  std::ofstream(path + ".1", std::ios::app) << Numbered(3);  // the writer has not moved on yet
  std::ofstream(path) << Numbered(4);
  EXPECT_TRUE(text.WaitFor(":3 "));
  EXPECT_TRUE(text.WaitFor(":4 "));
  stop.store(true);
  observer.join();
  EXPECT_EQ(code, kExitYes);
  EXPECT_EQ(err.str(), "");
}

TEST(ObserveFollowing, SaysHowManyLinesItDidNotSee) {
  const tests::TempFolder folder;
  const std::string path = folder.Path("flows.jsonl");
  const auto line = [](int number) {
    return absl::StrCat(R"({"run_id":"0011223344556677","sequence":)", number, ",",
                        Numbered(number).substr(1));
  };
  std::ofstream(path) << line(1);
  SharedText text;
  std::ostream out(&text);
  SharedText told;
  std::ostream err(&told);
  std::istringstream in;
  const SimulatedClock clock;
  CommandContext context{.in = in, .out = out, .err = err, .clock = clock};
  std::atomic<bool> stop{false};
  ObserveRequest request;
  request.source.files.arguments = {path};
  request.follow = true;
  std::thread observer([&] { Observe(request, stop, context); });
  EXPECT_TRUE(text.WaitFor(":1 "));
  std::ofstream(path + ".new") << line(5);
  ASSERT_EQ(rename((path + ".new").c_str(), path.c_str()), 0);  // and the old one is gone
  EXPECT_TRUE(text.WaitFor(":5 "));
  EXPECT_TRUE(told.WaitFor("rotated: 3 lines of run 0011223344556677 were not seen\n"));
  stop.store(true);
  observer.join();
}

TEST(ObserveFollowing, TakesWhatComesIntoAStore) {
  const tests::TempFolder folder;
  const std::string path = folder.Path("store");
  const SimulatedClock clock;
  auto store = store::FlowStore::Open(path, clock);
  ASSERT_TRUE(store.ok()) << store.status();
  const auto add = [&](int number, const std::string& verdict) {
    flows::Flow flow;
    flow.time = clock.WallNow() - absl::Seconds(number);  // the later they come the older they are
    flow.event = "CLOSE";
    flow.verdict = verdict;
    flow.source.ip = "10.0.0.1";
    flow.source.port = static_cast<uint16_t>(number);
    EXPECT_TRUE(store->Add(flow).ok());
  };
  for (int number = 1; number <= 3; ++number) add(number, "FORWARDED");
  ASSERT_TRUE(store->Flush().ok());
  SharedText text;
  std::ostream out(&text);
  std::ostringstream err;
  std::istringstream in;
  CommandContext context{.in = in, .out = out, .err = err, .clock = clock};
  std::atomic<bool> stop{false};
  ObserveRequest request;
  request.source.store = path;
  request.follow = true;
  request.last = 1;
  request.question.filter.wanted.verdicts = {"FORWARDED"};
  int code = -1;
  std::thread observer([&] { code = Observe(request, stop, context); });
  EXPECT_TRUE(text.WaitFor(":1 "));
  add(4, "DROPPED");
  add(5, "FORWARDED");
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_TRUE(text.WaitFor(":5 "));
  add(6, "FORWARDED");
  ASSERT_TRUE(store->Flush().ok());
  EXPECT_TRUE(text.WaitFor(":6 "));
  stop.store(true);
  observer.join();
  EXPECT_EQ(code, kExitYes);
  EXPECT_EQ(err.str(), "");
  for (const char* other : {":2 ", ":3 ", ":4 "}) EXPECT_FALSE(text.Has(other)) << other;
}

}  // namespace
}  // namespace firebreak::cli
