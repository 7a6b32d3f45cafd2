#include "detect/state.h"

namespace firebreak::detect {
namespace {

constexpr size_t kNumberBytes = 8;

}  // namespace

void StateWriter::Number(uint64_t value) {
  for (size_t i = 0; i < kNumberBytes; ++i) bytes_.push_back(static_cast<char>(value >> (8 * i)));
}

void StateWriter::Real(double value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  Number(bits);
}

void StateWriter::Text(absl::string_view text) {
  Number(text.size());
  bytes_.append(text.data(), text.size());
}

void StateReader::Refuse(absl::string_view why) {
  if (status_.ok()) status_ = absl::DataLossError(why);
  rest_ = {};
}

uint64_t StateReader::Number() {
  if (rest_.size() < kNumberBytes) {
    Refuse("cut short");
    return 0;
  }
  uint64_t value = 0;
  for (size_t i = 0; i < kNumberBytes; ++i) {
    value |= uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
  }
  rest_.remove_prefix(kNumberBytes);
  return value;
}

uint64_t StateReader::TakeUpTo(uint64_t most) {
  const uint64_t value = Number();
  if (value <= most) return value;
  Refuse("a number is out of range");
  return 0;
}

int64_t StateReader::Signed(int64_t most) {
  const auto value = static_cast<int64_t>(Number());
  if (value >= -most && value <= most) return value;
  Refuse("a number is out of range");
  return 0;
}

double StateReader::Real() {
  const uint64_t bits = Number();
  double value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

void StateReader::TakeName(NameId& id) {
  id = static_cast<NameId>(TakeUpTo(std::numeric_limits<NameId>::max()));
  if (ok() && id >= names_) {
    Refuse("there is no such name");
    id = kNoName;
  }
}

absl::string_view StateReader::Bytes(uint64_t size) {
  if (size > rest_.size()) {
    Refuse("cut short");
    return {};
  }
  const absl::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

absl::string_view StateReader::Text() { return Bytes(Number()); }

uint64_t StateReader::Count(uint64_t limit) {
  const uint64_t count = Number();
  // Every entry takes one number at least.
  if (count <= limit && count <= rest_.size() / kNumberBytes) return count;
  Refuse("a count is too large");
  return 0;
}

}  // namespace firebreak::detect
