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

SeenWindows::SeenWindows()
    : point_(RandomPoint()),
      fourth_power_(Multiply(Multiply(point_, point_), Multiply(point_, point_))) {}

uint64_t SeenWindows::KeyOf(absl::string_view window, uint32_t circumstances) const {
  // Words of seven bytes, which are below the prime. Every fourth is of one sum, so that four
  // multiplications are under way at a time; together the sums are one polynomial.
  constexpr size_t kWord = 7;
  constexpr size_t kTurn = 4 * kWord;
  std::array<uint64_t, 4> sums = {uint64_t{circumstances} << 16U | window.size(), 0, 0, 0};
  const auto add = [](uint64_t sum, uint64_t more) {
    return sum + more >= kPrime ? sum + more - kPrime : sum + more;
  };
  while (!window.empty()) {
    std::array<char, kTurn> turn{};
    const size_t size = std::min(window.size(), kTurn);
    std::memcpy(turn.data(), window.data(), size);
    for (size_t i = 0; i < sums.size(); ++i) {
      uint64_t word = 0;
      std::memcpy(&word, turn.data() + i * kWord, kWord);
      sums[i] = add(Multiply(sums[i], fourth_power_), word);
    }
    window.remove_prefix(size);
  }
  uint64_t value = 0;
  for (const uint64_t sum : sums) value = Multiply(add(value, sum), point_);
  return value + 1;
}

}  // namespace firebreak::inspect
