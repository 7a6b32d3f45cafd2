// MemoryBudget bounds what one worker holds for its peers: the headers of requests that are under
// way, and bodies that a slow receiver has not taken yet.
#ifndef FIREBREAK_PROXY_HTTP_MEMORY_BUDGET_H_
#define FIREBREAK_PROXY_HTTP_MEMORY_BUDGET_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace firebreak::proxy {

class MemoryShare;

// Little sent can make much held: header blocks by reference, windows that are never opened. So
// bytes are counted for whoever is at their origin, over all of its connections, and what one may
// hold shrinks as less is left (dynamic thresholds: Choudhury and Hahne, 1998): whoever takes much
// meets its bound first, and there is always something left for those who come after.
// Belongs to one worker.
class MemoryBudget {
 public:
  explicit MemoryBudget(size_t most) : most_(most) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // ShareOf is the one share of `who`, a principal or an address. The budget outlives it.
  std::shared_ptr<MemoryShare> ShareOf(absl::string_view who);
  size_t held() const { return held_; }

 private:
  friend class MemoryShare;

  size_t left() const { return most_ > held_ ? most_ - held_ : 0; }
  size_t assured() const;

  const size_t most_;
  size_t held_ = 0;
  absl::flat_hash_map<std::string, std::weak_ptr<MemoryShare>> shares_;
};

class MemoryShare {
 public:
  // What everybody may hold when nothing is left: a quarter of what remains of half as much again
  // as the budget, so that many who hold this much each leave something to those who come after;
  // between these bounds.
  static constexpr size_t kMostAssured = 1'048'576;
  static constexpr size_t kLeastAssured = 65'536;

  MemoryShare(MemoryBudget& budget, std::string who) : budget_(budget), who_(std::move(who)) {}
  ~MemoryShare() { budget_.shares_.erase(who_); }
  MemoryShare(const MemoryShare&) = delete;
  MemoryShare& operator=(const MemoryShare&) = delete;

  // MayBuffer: more may be fetched for a receiver that is slow. One alone comes to a fifth of the
  // budget.
  bool MayBuffer() const { return held_ < budget_.assured() || held_ < budget_.left() / 4; }
  // MayBegin: another request may begin. One alone comes to half of the budget.
  bool MayBegin() const { return held_ < budget_.assured() || held_ < budget_.left(); }
  // MayHold: anything more may be kept. The budget ends here, but for what is assured.
  bool MayHold() const { return held_ < budget_.assured() || budget_.left() > 0; }
  size_t held() const { return held_; }

 private:
  friend class MemoryCharge;

  void Change(size_t before, size_t after) {
    held_ += after - before;
    budget_.held_ += after - before;
  }

  MemoryBudget& budget_;
  const std::string who_;
  size_t held_ = 0;
};

inline size_t MemoryBudget::assured() const {
  const size_t end = most_ + most_ / 2;
  const size_t rest = end > held_ ? end - held_ : 0;
  return std::clamp(rest / 4, MemoryShare::kLeastAssured, MemoryShare::kMostAssured);
}

// MemoryCharge is what one holder of bytes has on a share, and gives back when it goes. Without a
// share it counts nothing, and everything is allowed.
class MemoryCharge {
 public:
  MemoryCharge() = default;
  ~MemoryCharge() { Set(0); }
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;

  // Open is called once; what was counted before it goes on the share now.
  void Open(std::shared_ptr<MemoryShare> share) {
    share_ = std::move(share);
    if (share_ != nullptr) share_->Change(0, bytes_);
  }
  void Set(size_t bytes) {
    if (share_ != nullptr) share_->Change(bytes_, bytes);
    bytes_ = bytes;
  }
  bool MayBuffer() const { return share_ == nullptr || share_->MayBuffer(); }
  bool MayBegin() const { return share_ == nullptr || share_->MayBegin(); }
  bool MayHold() const { return share_ == nullptr || share_->MayHold(); }

 private:
  std::shared_ptr<MemoryShare> share_;
  size_t bytes_ = 0;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP_MEMORY_BUDGET_H_
