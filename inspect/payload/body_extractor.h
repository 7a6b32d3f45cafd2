// BodyExtractor takes a body apart by what it is, which is not always what it is said to be.
#ifndef FIREBREAK_INSPECT_PAYLOAD_BODY_EXTRACTOR_H_
#define FIREBREAK_INSPECT_PAYLOAD_BODY_EXTRACTOR_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>

#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/payload/bytes_extractor.h"
#include "inspect/payload/content_type.h"
#include "inspect/payload/form_extractor.h"
#include "inspect/payload/graphql_extractor.h"
#include "inspect/payload/grpc_extractor.h"
#include "inspect/payload/json_extractor.h"
#include "inspect/payload/multipart_extractor.h"
#include "inspect/payload/structure.h"
#include "inspect/payload/xml_extractor.h"

namespace firebreak::inspect {

// The first kSniffBytes of a body, at most, are held back until its kind is known:
// - multipart and gRPC are taken at their word, since without it they cannot be told;
// - otherwise "{" or "[" is JSON, "<" with a letter, "!", "?" or "_" behind it XML, a name of
//   letters, digits and "._-[]" before "=" a form. White space and a byte order mark may come
//   first;
// - else what the Content-Type says, if it is a form or GraphQL; JSON and XML are held to it, as
//   they are found to be broken;
// - else bytes, and so are JSON and XML in UTF-16 and UTF-32 (kTextEncoding).
// What differs from a Content-Type that names a structure is reported (kContentType). Some servers
// believe the type and others look: a body that is declared a form and begins like JSON, or is not
// declared XML and begins like it, is read both ways, the second beside the first. One that is
// declared protobuf is read as if nothing were declared, too.
class BodyExtractor {
 public:
  BodyExtractor(const StructureLimits& limits, FieldSink& fields, StructureReport& report);
  // Both before the first Feed. `graphql`: a JSON body is a GraphQL request (its "query" is
  // GraphQL).
  void SetContentType(absl::string_view content_type) { type_ = ParseContentType(content_type); }
  void SetGraphql() { graphql_ = true; }

  void Feed(absl::string_view piece);
  // End may be called without Feed. Nothing may be called after it.
  void End();

 private:
  using Extractor = std::variant<std::monostate, BytesExtractor, FormExtractor, JsonExtractor,
                                 XmlExtractor, MultipartExtractor, GraphqlExtractor, GrpcExtractor>;
  static constexpr size_t kSniffBytes = 64;

  // Each is done once: what kind it is (nullopt: more is needed), and the extractor for it.
  std::optional<BodyKind> Decide(bool at_end);
  void Choose(BodyKind kind);
  // What is odd about a reading that may be nobody's is no news.
  class NoStructure final : public StructureSink {
    void OnOddity(Oddity /*oddity*/, uint64_t /*limit*/, uint64_t /*value*/) override {}
  };
  struct Second {
    NoStructure ignored;
    StructureReport report{ignored};
    Extractor extractor;
  };
  void Start(BodyKind kind, FieldSink& fields, StructureReport& report, Extractor& extractor) const;
  void Pass(absl::string_view piece);

  const StructureLimits& limits_;
  FieldSink& fields_;
  StructureReport& report_;
  ContentType type_;
  bool graphql_ = false;
  uint64_t size_ = 0;
  std::array<char, kSniffBytes> held_;
  size_t held_size_ = 0;
  Extractor extractor_;
  std::optional<BodyKind> also_;  // how some servers read it instead
  std::unique_ptr<Second> second_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_BODY_EXTRACTOR_H_
