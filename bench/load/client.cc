#include "bench/load/client.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace firebreak::bench {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kLate = 1'000'000;
constexpr uint64_t kGrace = 10 * kSecond;
constexpr size_t kOpeningAtOnce = 32;
constexpr uint64_t kErrorsToGiveUp = 1000;

uint64_t Now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

}  // namespace

Load::Load(const LoadOptions& options)
    : options_(options),
      epoll_fd_(epoll_create1(EPOLL_CLOEXEC)),
      scratch_(std::make_unique<IoBuffer>()),
      engine_(options.address.sin_port) {
  const bool serial = options_.protocol == Protocol::kRaw || options_.protocol == Protocol::kHttp1;
  const auto make = serial ? MakeSerialChannel : MakeHttp2Channel;
  for (int i = 0; i < options_.connections; ++i) {
    channels_.push_back(make(options_, epoll_fd_, *scratch_, *this));
    for (Slot& slot : channels_.back()->slots()) idle_.push_back(&slot);
  }
  slots_ = idle_.size();
}

Load::~Load() {
  channels_.clear();
  close(epoll_fd_);
}

bool Load::Open() {
  if (options_.reconnect) return true;
  errors_ = 0;
  size_t started = 0;
  const uint64_t deadline = Now() + 6 * kGrace;
  std::vector<Slot*> to_open;
  to_open.swap(idle_);
  while (idle_.size() < slots_ && Now() < deadline && errors_ == 0) {
    while (started < to_open.size() && started - idle_.size() < kOpeningAtOnce) {
      Start(*to_open[started++], Now());
    }
    Wait(Now() + kSecond / 10);
  }
  return errors_ == 0 && idle_.size() == slots_;
}

std::string Load::RunBlock(double seconds) {
  latencies_.Clear();
  errors_ = late_ = 0;
  const uint64_t start = Now();
  block_end_ = start + static_cast<uint64_t>(seconds * 1e9);
  next_arrival_ = start;
  if (options_.rate > 0) {
    NextArrival();
  } else {
    std::vector<Slot*> all;
    all.swap(idle_);
    for (Slot* slot : all) Start(*slot, Now());
  }
  uint64_t now = start;
  while (now < block_end_ + kGrace && errors_ < kErrorsToGiveUp) {
    if (options_.rate > 0) StartDueArrivals(now);
    const bool pending = options_.rate > 0 && next_arrival_ < block_end_;
    if (!pending && queue_.empty() && idle_.size() == slots_) break;
    Wait(pending ? next_arrival_ : now + kSecond / 10);
    now = Now();
  }
  block_end_ = 0;
  for (const auto& channel : channels_) {
    const auto busy = [](const Slot& slot) { return slot.busy; };
    if (std::any_of(channel->slots().begin(), channel->slots().end(), busy)) channel->Fail();
  }
  errors_ += queue_.size();
  queue_.clear();
  std::array<char, 256> text;
  const auto us = [&](double q) { return static_cast<double>(latencies_.Quantile(q)) / 1e3; };
  snprintf(text.data(), text.size(),
           "{\"exchanges\": %llu, \"seconds\": %.6f, \"errors\": %llu, \"late\": %llu, "
           "\"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f, \"latencies\": [",
           static_cast<unsigned long long>(latencies_.count()),
           static_cast<double>(now - start) / 1e9, static_cast<unsigned long long>(errors_),
           static_cast<unsigned long long>(late_), us(0.5), us(0.99), us(0.999));
  std::string result = text.data();
  latencies_.ForEach([&](uint64_t nanoseconds, uint32_t count) {
    if (result.back() != '[') result += ", ";
    result += "[" + std::to_string(nanoseconds) + ", " + std::to_string(count) + "]";
  });
  return result + "]}";
}

void Load::NextArrival() {
  std::exponential_distribution<double> gap(options_.rate);
  next_arrival_ += static_cast<uint64_t>(gap(engine_) * 1e9);
}

void Load::StartDueArrivals(uint64_t now) {
  for (; next_arrival_ <= now && next_arrival_ < block_end_; NextArrival()) {
    queue_.push_back(next_arrival_);
  }
  while (!queue_.empty() && !idle_.empty()) {
    Slot* slot = idle_.back();
    idle_.pop_back();
    const uint64_t intended = queue_.front();
    queue_.pop_front();
    Start(*slot, intended);
  }
}

void Load::Start(Slot& slot, uint64_t intended) {
  slot.intended = intended;
  if (options_.rate > 0 && Now() > intended + kLate) ++late_;
  slot.channel->Start(slot);
}

void Load::Wait(uint64_t until) {
  std::array<epoll_event, 256> events;
  const uint64_t now = Now();
  const uint64_t left = until > now ? until - now : 0;
  const timespec timeout = {static_cast<time_t>(left / kSecond), static_cast<long>(left % kSecond)};
  const int n = epoll_pwait2(epoll_fd_, events.data(), events.size(), &timeout, nullptr);
  for (int i = 0; i < n; ++i) {
    static_cast<Channel*>(events[i].data.ptr)->OnEvent(events[i].events);
  }
}

void Load::OnFinished(Slot& slot, bool ok) {
  const uint64_t now = Now();
  if (ok) {
    latencies_.Record(now - slot.intended);
  } else {
    ++errors_;
  }
  if (options_.reconnect) slot.channel->Close();
  const bool again = options_.rate <= 0 && now < block_end_ && errors_ < kErrorsToGiveUp;
  if (again && ok) {
    Start(slot, now);
  } else {
    idle_.push_back(&slot);
  }
}

}  // namespace firebreak::bench
