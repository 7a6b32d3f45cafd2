// A HeaderMap against a plain list of pairs, under any sequence of calls.
//
// Input: steps of three bytes: what to do, which name, how long a value.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "http/header_map.h"

namespace firebreak::http {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

// Pair is a map and what it should hold.
class Pair {
 public:
  void Step(uint8_t what, uint8_t which, uint8_t length) {
    // Few names, some the beginning of others.
    const std::string name = std::string("cookie-name").substr(0, 1 + which % 5);
    const std::string value(length, static_cast<char>('a' + which % 26));
    switch (what % 6) {
      case 0:
      case 1:
        Add(name, value);
        break;
      case 2:
        Require(map_.Remove(name) == Drop(name));
        break;
      case 3:
        map_.Set(name, value);
        Drop(name);
        list_.emplace_back(name, value);
        bytes_ += name.size() + value.size() + 32;
        break;
      case 4:
        if (!map_.empty()) AddItsOwnLine(length % map_.size());
        break;
      case 5:
        if (length == 255) Clear();
        break;
    }
    Compare(name);
  }

 private:
  void Add(const std::string& name, const std::string& value) {
    map_.Add(name, value);
    list_.emplace_back(name, value);
    bytes_ += name.size() + value.size() + 32;
  }

  void AddItsOwnLine(size_t i) {
    map_.Add(map_[i].name, map_[i].value);
    const auto line = list_[i];
    list_.push_back(line);
    bytes_ += line.first.size() + line.second.size() + 32;
  }

  void Clear() {
    map_.Clear();
    list_.clear();
    bytes_ = 0;
  }

  size_t Drop(const std::string& name) {
    return std::erase_if(list_, [&name](const auto& line) { return line.first == name; });
  }

  void Compare(const std::string& name) const {
    Require(map_.size() == list_.size() && map_.empty() == list_.empty());
    Require(map_.bytes() == bytes_);
    const auto count = static_cast<size_t>(std::count_if(
        list_.begin(), list_.end(), [&name](const auto& line) { return line.first == name; }));
    Require(map_.Count(name) == count && map_.Has(name) == (count > 0));
    Require(map_.Get(name).has_value() == (count == 1));
    for (size_t i = 0; i < list_.size(); ++i) {
      Require(map_[i].name == list_[i].first && map_[i].value == list_[i].second);
    }
  }

  HeaderMap map_;
  std::vector<std::pair<std::string, std::string>> list_;
  size_t bytes_ = 0;
};

}  // namespace
}  // namespace firebreak::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kStepBytes = 3;
  constexpr size_t kMostSteps = 300;  // each compares all lines
  const absl::string_view steps(reinterpret_cast<const char*>(data),
                                std::min(size, kMostSteps * kStepBytes));
  firebreak::http::Pair pair;
  for (size_t at = 0; at + kStepBytes <= steps.size(); at += kStepBytes) {
    pair.Step(static_cast<uint8_t>(steps[at]), static_cast<uint8_t>(steps[at + 1]),
              static_cast<uint8_t>(steps[at + 2]));
  }
  return 0;
}
