#include "inspect/seen_windows.h"

#include <algorithm>
#include <cstring>
#include <random>

namespace firebreak::inspect {
namespace {

constexpr uint64_t kPrime = (uint64_t{1} << 61U) - 1;

// a * b modulo kPrime; both are below it.
uint64_t Multiply(uint64_t a, uint64_t b) {
  using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  const uint64_t sum =
      (static_cast<uint64_t>(product) & kPrime) + static_cast<uint64_t>(product >> 61U);
  return sum >= kPrime ? sum - kPrime : sum;
}

uint64_t RandomPoint() {
  std::random_device device;  // the kernel's
  return std::uniform_int_distribution<uint64_t>(uint64_t{1} << 32U, kPrime - 1)(device);
}

}  // namespace

SeenWindows::SeenWindows() : point_(RandomPoint()) {}

uint64_t SeenWindows::KeyOf(absl::string_view window, uint32_t circumstances) const {
  constexpr size_t kWord = 7;  // bytes that are below the prime
  uint64_t value = Multiply(uint64_t{circumstances} << 16U | window.size(), point_);
  while (!window.empty()) {
    const size_t size = std::min(window.size(), kWord);
    uint64_t word = 0;
    std::memcpy(&word, window.data(), size);
    value += word;
    value = Multiply(value >= kPrime ? value - kPrime : value, point_);
    window.remove_prefix(size);
  }
  return value + 1;
}

}  // namespace firebreak::inspect
