// ProtobufWalker finds the length-delimited fields of a protobuf message by wire type, without a
// schema (protobuf encoding, wire types 0, 1, 2 and 5).
#ifndef FIREBREAK_INSPECT_PAYLOAD_PROTOBUF_WALKER_H_
#define FIREBREAK_INSPECT_PAYLOAD_PROTOBUF_WALKER_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/payload/field_writer.h"
#include "inspect/payload/name_buffer.h"
#include "inspect/payload/structure.h"

namespace firebreak::inspect {

// What a length-delimited field holds is decided on its first kPeekBytes, or all of it if shorter:
// - text, if they are UTF-8 without control characters but tab, line feed and carriage return;
// - else a nested message, if they are the start of a sequence of fields that fits the length;
// - else bytes.
// Text that begins with one of those three control characters is first tried as a nested message
// (line feed is also the tag of a message whose field 1 is a string).
// Text and bytes are kGrpc fields named by the field numbers on the way: "3.1". Behind the first
// byte that is no protobuf the rest of the message is one kBytes field.
class ProtobufWalker {
 public:
  ProtobufWalker(const StructureLimits& limits, FieldSink& sink, StructureReport& report)
      : limits_(limits), writer_(sink), report_(report) {}

  // Begin starts a message of that many bytes; the most there is for one whose end is not known.
  void Begin(uint64_t size);
  // BeginBytes starts one that is not to be looked into.
  void BeginBytes();
  void Feed(absl::string_view bytes);
  void End();

 private:
  static constexpr size_t kPeekBytes = 256;
  enum class State : uint8_t { kTag, kVarint, kFixed, kLength, kPeek, kContent, kBroken };
  struct Level {
    uint64_t left;       // bytes of the message that are still to come
    uint16_t path_size;  // of the path of the message itself
  };

  // How a varint goes on: more bytes, done, or longer than ten.
  enum class Varint : uint8_t { kMore, kDone, kTooLong };
  Varint TakeVarint(uint8_t byte);

  void Byte(uint8_t byte);
  void BeginField(uint64_t tag);
  void BeginContent(uint64_t size);
  void Peek(absl::string_view& bytes);
  void DecideContent();
  void EndField();
  void Spend(uint64_t bytes);
  void Break();

  const StructureLimits& limits_;
  FieldWriter writer_;
  StructureReport& report_;
  State state_ = State::kTag;
  std::array<Level, kMaxDepth> levels_;
  size_t depth_ = 0;  // levels_ in use
  NameBuffer path_;
  uint64_t varint_ = 0;
  uint8_t varint_bytes_ = 0;
  uint64_t field_left_ = 0;  // bytes of the field's content, peeked ones included until decided
  std::array<char, kPeekBytes> peek_;
  size_t peek_size_ = 0;
  uint64_t fields_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_PROTOBUF_WALKER_H_
