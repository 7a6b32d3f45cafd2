// Fields: what a payload is taken apart into, each with its place and name.
#ifndef FIREBREAK_INSPECT_FIELD_H_
#define FIREBREAK_INSPECT_FIELD_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace firebreak::inspect {

// Place: where in a message a field stands.
enum class Place : uint8_t {
  kPath,   // one segment of the canonical path
  kQuery,  // a parameter of the query string
  kHeader,
  kCookie,
  kForm,  // application/x-www-form-urlencoded
  kMultipart,
  kJson,
  kXml,
  kGraphql,
  kGrpc,  // a length-delimited field of a protobuf message, found by wire type
  kWebSocket,
  kBytes,  // a body or stream without a structure we know
};

// As flow records and reports spell it: "query", "json".
absl::string_view PlaceName(Place place);

// FieldSink: takes the fields of one message, in order, in pieces of any size.
//
// A field is BeginField, any number of FieldBytes (none for an empty value), EndField; fields do
// not nest. What a container's own encoding hides (percent and plus in a form, backslashes in JSON,
// entities in XML) has been undone; whatever else an attacker wrapped around it has not.
// The same message gives the same fields and the same bytes in each however it was cut on the wire;
// only the sizes of the pieces differ. Called on one thread; views live for the call.
class FieldSink {
 public:
  virtual ~FieldSink() = default;

  // `name`: the parameter, the header in lower case, a JSON or XML path such as "$.items[].price"
  // (array positions are left out), a protobuf path such as "3.1"; empty where there is none.
  // Cut at kMaxFieldName; an inspection of names gets them as fields of their own (`is_name`).
  virtual void BeginField(Place place, absl::string_view name, bool is_name) = 0;
  virtual void FieldBytes(absl::string_view bytes) = 0;
  virtual void EndField() = 0;

  // Recall: that these bytes, which hold all fields of a place, came before and nothing was found
  // in them, so that they need not be taken apart again; and the note that Remember was given then.
  // nullopt: they do, and Remember is called behind their fields.
  virtual std::optional<uint64_t> Recall(Place /*place*/, absl::string_view /*whole*/) {
    return std::nullopt;
  }
  virtual void Remember(uint64_t /*note*/) {}

  // Beside takes further fields while one of this sink is open: those of a second reading of the
  // same bytes, where servers differ in how they read them. Null: they are not wanted. Owned by
  // this sink.
  virtual FieldSink* Beside() { return nullptr; }
};

inline constexpr size_t kMaxFieldName = 256;

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_FIELD_H_
