#include "proxy/main/policy_reader.h"

#include <utility>

namespace firebreak::proxy {

PolicyReader::PolicyReader(EventLoop& loop, Load load, Done done)
    : loop_(loop), load_(std::move(load)), done_(std::move(done)) {}

PolicyReader::~PolicyReader() {
  *alive_ = false;
  if (thread_.joinable()) thread_.join();
}

void PolicyReader::Read() {
  if (thread_.joinable()) {
    again_ = true;
    return;
  }
  thread_ = std::thread([this, alive = alive_] {
    loop_.Post([this, alive, policy = load_()] {
      if (*alive) OnRead(policy);
    });
  });
}

void PolicyReader::OnRead(Policy policy) {
  thread_.join();
  done_(std::move(policy));
  if (std::exchange(again_, false)) Read();
}

}  // namespace firebreak::proxy
