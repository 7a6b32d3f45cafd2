// GrpcExtractor takes a stream of gRPC messages apart (gRPC over HTTP2: flag, length, message).
#ifndef FIREBREAK_INSPECT_PAYLOAD_GRPC_EXTRACTOR_H_
#define FIREBREAK_INSPECT_PAYLOAD_GRPC_EXTRACTOR_H_

#include <cstdint>

#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/payload/protobuf_walker.h"
#include "inspect/payload/structure.h"

namespace firebreak::inspect {

class GrpcExtractor {
 public:
  // `framed`: false for a body that is one protobuf message and nothing else.
  GrpcExtractor(bool framed, const StructureLimits& limits, FieldSink& sink,
                StructureReport& report);

  void Feed(absl::string_view piece);
  void End();

 private:
  static constexpr uint8_t kPrefixBytes = 5;

  void BeginMessage();

  StructureReport& report_;
  ProtobufWalker walker_;
  const bool framed_;
  uint8_t prefix_size_ = 0;  // bytes of the prefix read; kPrefixBytes: in a message
  uint8_t flag_ = 0;
  uint64_t left_ = 0;  // bytes of the message
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_GRPC_EXTRACTOR_H_
