// Thrift's compact protocol, as much of it as the headers of a Parquet file need.
#ifndef FIREBREAK_STORE_THRIFT_WRITER_H_
#define FIREBREAK_STORE_THRIFT_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/varint.h"
#include "store/bytes.h"

namespace firebreak::store {

// ThriftWriter writes the fields of a struct, in the order of their numbers.
class ThriftWriter {
 public:
  ThriftWriter& Number32(int field, uint64_t value) { return Number(field, kI32, value); }
  ThriftWriter& Number64(int field, uint64_t value) { return Number(field, kI64, value); }
  ThriftWriter& Text(int field, absl::string_view text) {
    Begin(field, kBinary);
    AppendText(text);
    return *this;
  }
  // Struct takes a struct that has ended.
  ThriftWriter& Struct(int field, const std::string& ended) {
    Begin(field, kStruct);
    bytes_ += ended;
    return *this;
  }
  // Structs takes so many of them, one behind the other.
  ThriftWriter& Structs(int field, size_t count, absl::string_view ended) {
    BeginList(field, kStruct, count);
    bytes_.append(ended.data(), ended.size());
    return *this;
  }
  ThriftWriter& Numbers32(int field, const std::vector<uint64_t>& values) {
    BeginList(field, kI32, values.size());
    for (const uint64_t value : values) AppendVarint(Zigzag(value), &bytes_);
    return *this;
  }
  ThriftWriter& Texts(int field, const std::vector<std::string>& texts) {
    BeginList(field, kBinary, texts.size());
    for (const std::string& text : texts) AppendText(text);
    return *this;
  }
  // End gives the struct; the writer is of no more use.
  std::string End() {
    bytes_.push_back(0);
    return std::move(bytes_);
  }

 private:
  enum Type : uint8_t { kI32 = 5, kI64 = 6, kBinary = 8, kList = 9, kStruct = 12 };
  static constexpr size_t kShortList = 14;

  // Begin: fields are told by how much their number grows, up to 15.
  void Begin(int field, Type type) {
    bytes_.push_back(static_cast<char>((field - last_) << 4 | type));
    last_ = field;
  }
  void BeginList(int field, Type of, size_t count) {
    Begin(field, kList);
    const size_t said = count > kShortList ? kShortList + 1 : count;
    bytes_.push_back(static_cast<char>(said << 4 | of));
    if (count > kShortList) AppendVarint(count, &bytes_);
  }
  ThriftWriter& Number(int field, Type type, uint64_t value) {
    Begin(field, type);
    AppendVarint(Zigzag(value), &bytes_);
    return *this;
  }
  void AppendText(absl::string_view text) {
    AppendVarint(text.size(), &bytes_);
    bytes_.append(text.data(), text.size());
  }

  std::string bytes_;
  int last_ = 0;
};

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_THRIFT_WRITER_H_
