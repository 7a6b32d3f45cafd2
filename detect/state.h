// What is saved of the detector, field by field, and read again.
#ifndef FIREBREAK_DETECT_STATE_H_
#define FIREBREAK_DETECT_STATE_H_

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "detect/names.h"

namespace firebreak::detect {

// A class that is saved lists what it has learned once, for both ways:
//
//   template <typename Self, typename State>
//   static void Fields(Self& self, State& state) {
//     state(self.calls_, self.first_us_);      // numbers, arrays of them, structs with Fields
//     state.Names(self.source);                // ids of names: what is read must be in the table
//     state.Map(self.pairs_, kMaxPairs);       // a hash table, in the order of its keys
//   }
//
// where Self is const for a StateWriter. What has Save and Restore of its own is left to them.
//
// Numbers are little-endian and 8 bytes wide, but for arrays of bytes; reals go by their bits, so
// that a restored detector goes on exactly as the saved one would have.

// kStateVersion grows with every change of what is saved, the number of signals among it. Files of
// kOldestStateVersion are read, and what they lack is learned anew.
inline constexpr uint32_t kStateVersion = 4;
inline constexpr uint32_t kOldestStateVersion = 3;

// kMostTime bounds times, in microseconds: the difference of any two is a number.
inline constexpr int64_t kMostTime = int64_t{1} << 60;

class StateWriter {
 public:
  template <typename... T>
  void operator()(const T&... values) {
    (Put(values), ...);
  }
  template <typename... Id>
  void Names(const Id&... ids) {
    (Number(ids), ...);
  }
  template <typename M>
  void Map(const M& map, size_t /*limit*/) {
    std::vector<typename M::key_type> keys;
    keys.reserve(map.size());
    for (const auto& entry : map) keys.push_back(entry.first);
    std::sort(keys.begin(), keys.end());
    Number(keys.size());
    for (const auto& key : keys) {
      Put(key);
      Put(map.at(key));
    }
  }
  // Set is a Map without values.
  template <typename S>
  void Set(const S& set, size_t /*limit*/) {
    std::vector<typename S::key_type> keys(set.begin(), set.end());
    std::sort(keys.begin(), keys.end());
    Number(keys.size());
    for (const auto& key : keys) Put(key);
  }
  template <typename L>
  void List(const L& list, size_t /*limit*/) {
    Number(list.size());
    for (const auto& entry : list) Put(entry);
  }
  // Require is for the reader: a writer's state is as it must be.
  void Require(bool /*holds*/) {}
  uint32_t version() const { return kStateVersion; }

  void Number(uint64_t value);
  void Text(absl::string_view text);

  const std::string& bytes() const { return bytes_; }

 private:
  template <typename T>
  void Put(const T& value) {
    if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
      Number(static_cast<uint64_t>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
      Real(static_cast<double>(value));
    } else if constexpr (requires { value.Save(*this); }) {
      value.Save(*this);
    } else {
      T::Fields(value, *this);
    }
  }
  template <typename T, size_t n>
  void Put(const std::array<T, n>& values) {
    if constexpr (sizeof(T) == 1) {
      Bytes(absl::string_view(reinterpret_cast<const char*>(values.data()), n));
    } else {
      for (const T& value : values) Put(value);
    }
  }
  void Bytes(absl::string_view bytes) { bytes_.append(bytes.data(), bytes.size()); }
  void Real(double value);

  std::string bytes_;
};

// StateReader takes the fields out again. Whatever the bytes are, it never asks for more memory
// than they have: the first thing that is wrong with them is kept as the status (DataLoss), and all
// that is read from there on is zero or empty.
class StateReader {
 public:
  explicit StateReader(absl::string_view bytes, uint32_t version = kStateVersion)
      : rest_(bytes), version_(version) {}

  template <typename... T>
  void operator()(T&... values) {
    (Take(values), ...);
  }
  template <typename... Id>
  void Names(Id&... ids) {
    (TakeName(ids), ...);
  }
  template <typename M>
  void Map(M& map, size_t limit) {
    map.clear();
    typename M::key_type last{};
    const uint64_t count = Count(limit);
    for (uint64_t i = 0; i < count && ok(); ++i) {
      typename M::key_type key{};
      TakeKey(key);
      if (i > 0 && !(last < key)) return Refuse("entries out of order");
      last = key;
      typename M::mapped_type value{};
      Take(value);
      map.emplace(key, std::move(value));
    }
  }
  template <typename S>
  void Set(S& set, size_t limit) {
    set.clear();
    const uint64_t count = Count(limit);
    for (uint64_t i = 0; i < count && ok(); ++i) {
      typename S::key_type key{};
      TakeKey(key);
      if (!set.insert(key).second) Refuse("an entry stands twice");
    }
  }
  template <typename L>
  void List(L& list, size_t limit) {
    list.clear();
    const uint64_t count = Count(limit);
    for (uint64_t i = 0; i < count && ok(); ++i) {
      typename L::value_type value{};
      Take(value);
      list.push_back(std::move(value));
    }
  }
  // Require refuses what does not hold.
  void Require(bool holds) {
    if (!holds) Refuse("it holds what cannot be");
  }
  uint32_t version() const { return version_; }

  uint64_t Number();
  // Text is valid as long as the bytes are.
  absl::string_view Text();
  // Count reads how many entries follow; more than limit, or than the rest could hold, is refused.
  uint64_t Count(uint64_t limit);
  // LimitNames says how many names there are. Before it, there are none.
  void LimitNames(size_t names) { names_ = names; }

  void Refuse(absl::string_view why);
  bool ok() const { return status_.ok(); }
  const absl::Status& status() const { return status_; }
  bool AtEnd() const { return rest_.empty(); }

 private:
  template <typename T>
  void Take(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = TakeUpTo(1) != 0;
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(TakeUpTo(static_cast<uint64_t>(T::kLast)));
    } else if constexpr (std::is_unsigned_v<T>) {
      value = static_cast<T>(TakeUpTo(std::numeric_limits<T>::max()));
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(Signed(std::min<int64_t>(kMostTime, std::numeric_limits<T>::max())));
    } else if constexpr (std::is_floating_point_v<T>) {
      value = static_cast<T>(Real());
      if (!std::isfinite(value)) Refuse("a number is out of range");
    } else if constexpr (requires { value.Restore(*this); }) {
      value.Restore(*this);
    } else {
      T::Fields(value, *this);
    }
  }
  template <typename T, size_t n>
  void Take(std::array<T, n>& values) {
    if constexpr (sizeof(T) == 1) {
      const absl::string_view bytes = Bytes(n);
      if (ok()) std::memcpy(values.data(), bytes.data(), n);
    } else {
      for (T& value : values) Take(value);
    }
  }
  // Keys of tables that are NameIds are those of names.
  template <typename K>
  void TakeKey(K& key) {
    if constexpr (std::is_same_v<K, NameId>) {
      TakeName(key);
    } else {
      Take(key);
    }
  }
  void TakeName(NameId& id);
  absl::string_view Bytes(uint64_t size);
  uint64_t TakeUpTo(uint64_t most);
  int64_t Signed(int64_t most);
  double Real();

  absl::string_view rest_;
  uint32_t version_;
  size_t names_ = 0;
  absl::Status status_;
};

}  // namespace firebreak::detect

#endif  // FIREBREAK_DETECT_STATE_H_
