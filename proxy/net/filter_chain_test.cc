#include "proxy/net/filter_chain.h"

#include <gtest/gtest.h>

#include <string>

#include "proxy/net/connection_guard.h"

namespace firebreak::proxy {
namespace {

using filters::Connection;
using filters::Step;

// Writes down what it is asked, and answers as it is told.
class Recorder final : public filters::ConnectionFilter {
 public:
  Recorder(std::string name, Step answer, bool bytes, std::vector<std::string>* log)
      : name_(std::move(name)), answer_(answer), bytes_(bytes), log_(log) {}
  Step OnConnect(Connection& /*connection*/) override { return Say("connect"); }
  bool WantsBytes() const override { return bytes_; }
  Step OnBytes(Connection& /*connection*/, filters::Towards /*towards*/,
               absl::string_view bytes) override {
    return Say(std::string(bytes));
  }
  void OnEnd(Connection& /*connection*/) override { Say("end"); }

 private:
  Step Say(const std::string& what) {
    log_->push_back(name_ + " " + what);
    return answer_;
  }
  std::string name_;
  Step answer_;
  bool bytes_;
  std::vector<std::string>* log_;
};

class FilterChainTest : public testing::Test {
 protected:
  FilterChain Chain(Step first, Step second) {
    std::vector<std::unique_ptr<filters::ConnectionFilter>> filters;
    filters.push_back(std::make_unique<Recorder>("a", first, false, &log_));
    filters.push_back(std::make_unique<Recorder>("b", second, true, &log_));
    return FilterChain(std::move(filters));
  }
  std::vector<std::string> log_;
};

TEST_F(FilterChainTest, RunsInOrderUntilOneCloses) {
  Connection connection;
  EXPECT_EQ(Chain(Step::kContinue, Step::kContinue).OnConnect(connection), Step::kContinue);
  EXPECT_EQ(Chain(Step::kClose, Step::kContinue).OnConnect(connection), Step::kClose);
  EXPECT_EQ(log_, (std::vector<std::string>{"a connect", "b connect", "a connect"}));
}

TEST_F(FilterChainTest, BytesGoOnlyToFiltersThatWantThem) {
  Connection connection;
  FilterChain chain = Chain(Step::kContinue, Step::kClose);
  EXPECT_EQ(chain.OnBytes(connection, filters::Towards::kUpstream, "x"), Step::kClose);
  EXPECT_EQ(log_, (std::vector<std::string>{"b x"}));
}

TEST_F(FilterChainTest, GuardEndsTheConnectionOnceForEveryFilterWhateverTheyAnswered) {
  FilterChain chain = Chain(Step::kClose, Step::kClose);
  {
    ConnectionGuard guard(chain);
    chain.OnConnect(*guard);
  }
  EXPECT_EQ(log_, (std::vector<std::string>{"a connect", "a end", "b end"}));
}

}  // namespace
}  // namespace firebreak::proxy
