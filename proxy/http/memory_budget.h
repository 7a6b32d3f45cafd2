// MemoryBudget bounds what one worker holds for its peers: the headers of requests that are under
// way, bodies that a slow receiver has not taken yet, and what filters need to look into them.
#ifndef FIREBREAK_PROXY_HTTP_MEMORY_BUDGET_H_
#define FIREBREAK_PROXY_HTTP_MEMORY_BUDGET_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace firebreak::proxy {

class MemoryShare;

// What bytes are held for. Filters have theirs apart: what a source's bodies need to be looked into
// holds up none of its headers, nor they its bodies.
enum class HeldFor : uint8_t { kMessages, kFilters };

// Little sent can make much held: header blocks by reference, windows that are never opened. So
// bytes are counted for whoever is at their origin, over all of its connections, and what one may
// hold shrinks as less is left (dynamic thresholds: Choudhury and Hahne, 1998): whoever takes much
// meets its bound first, and there is always something left for those who come after.
//
// Filters get no more than half of the budget: requests have to begin and bodies to go on when
// every decoder is taken.
//
// What everybody is assured of, whatever is left, comes out of a reserve beside the budget: half as
// much again, and 12 MiB at least. Of budget and reserve together everybody may hold
//  - for messages a quarter of what is left, at most 1 MiB;
//  - for filters as much as is left to others then, at most 3 MiB: a body with the window of
//    `zstd -3`, 2 MiB and 0.4 MiB around it, and a dozen with gzip at 44 KiB each;
//  - 64 KiB of each at the least: a few requests, and one decoder of gzip.
// A source that holds all of the budget, and 3 MiB for filters, leaves 9 of 12 MiB. One that then
// takes all it is assured of leaves 5, and half of that is a window for a third. All together hold
// no more than budget and reserve, and twice 64 KiB for each source.
//
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

  static constexpr size_t kLeastReserve = size_t{12} << 20;

  static size_t Left(size_t most, size_t held) { return most > held ? most - held : 0; }

  size_t reserve() const { return std::max(most_ / 2, kLeastReserve); }
  // To messages.
  size_t left() const {
    return Left(most_, held_ - for_filters_ + std::min(for_filters_, most_ / 2));
  }
  size_t left_to_filters() const { return for_filters_ > most_ / 2 ? 0 : Left(most_, held_); }
  size_t left_with_reserve() const { return Left(most_ + reserve(), held_); }
  size_t assured() const;
  size_t assured_to_filters() const;

  const size_t most_;
  size_t held_ = 0;         // for anything
  size_t for_filters_ = 0;  // of it
  absl::flat_hash_map<std::string, std::weak_ptr<MemoryShare>> shares_;
};

class MemoryShare {
 public:
  // The bounds of what everybody may hold when nothing is left.
  static constexpr size_t kMostAssured = 1'048'576;
  static constexpr size_t kMostAssuredToFilters = 3'145'728;
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
  // MayFilter: what filters hold, all of which is counted, may stay. One alone comes to half of the
  // budget.
  bool MayFilter() const {
    return for_filters_ <= budget_.assured_to_filters() ||
           for_filters_ <= budget_.left_to_filters();
  }
  // For messages.
  size_t held() const { return held_; }

 private:
  friend class MemoryCharge;

  void Change(HeldFor what, size_t before, size_t after) {
    (what == HeldFor::kMessages ? held_ : for_filters_) += after - before;
    if (what == HeldFor::kFilters) budget_.for_filters_ += after - before;
    budget_.held_ += after - before;
  }

  MemoryBudget& budget_;
  const std::string who_;
  size_t held_ = 0;
  size_t for_filters_ = 0;
};

inline size_t MemoryBudget::assured() const {
  return std::clamp(left_with_reserve() / 4, MemoryShare::kLeastAssured, MemoryShare::kMostAssured);
}

// What is to be judged counts already: to hold no more than remains then is to take no more than
// half of what there was without it.
inline size_t MemoryBudget::assured_to_filters() const {
  const size_t theirs = Left(most_ / 2 + reserve(), for_filters_);
  return std::clamp(std::min(theirs, left_with_reserve()), MemoryShare::kLeastAssured,
                    MemoryShare::kMostAssuredToFilters);
}

// MemoryCharge is what one holder of bytes has on a share, and gives back when it goes. Without a
// share it counts nothing, and everything is allowed.
class MemoryCharge {
 public:
  explicit MemoryCharge(HeldFor what = HeldFor::kMessages) : what_(what) {}
  ~MemoryCharge() { Set(0); }
  MemoryCharge(const MemoryCharge&) = delete;
  MemoryCharge& operator=(const MemoryCharge&) = delete;

  // Open is called once; what was counted before it goes on the share now.
  void Open(std::shared_ptr<MemoryShare> share) {
    share_ = std::move(share);
    if (share_ != nullptr) share_->Change(what_, 0, bytes_);
  }
  void Set(size_t bytes) {
    if (share_ != nullptr) share_->Change(what_, bytes_, bytes);
    bytes_ = bytes;
  }
  size_t bytes() const { return bytes_; }
  bool MayBuffer() const { return share_ == nullptr || share_->MayBuffer(); }
  bool MayBegin() const { return share_ == nullptr || share_->MayBegin(); }
  bool MayHold() const { return share_ == nullptr || share_->MayHold(); }
  bool MayFilter() const { return share_ == nullptr || share_->MayFilter(); }

 private:
  const HeldFor what_;
  std::shared_ptr<MemoryShare> share_;
  size_t bytes_ = 0;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_HTTP_MEMORY_BUDGET_H_
