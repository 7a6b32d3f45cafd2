// The fields of a flow line by name: the one list that readers, columns and writers share.
#ifndef FIREBREAK_FLOWS_FLOW_FIELDS_H_
#define FIREBREAK_FLOWS_FLOW_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

#include "flows/flow.h"

namespace firebreak::flows {

// FieldTarget is where a field's value goes.
using FieldTarget =
    std::variant<std::string*, uint64_t*, uint16_t*, bool*, absl::Time*, std::optional<uint64_t>*>;
using FieldPlace = FieldTarget (*)(Flow&);
// FieldValue is where it is read.
using FieldValue = std::variant<const std::string*, const uint64_t*, const uint16_t*, const bool*,
                                const absl::Time*, const std::optional<uint64_t>*>;
using FieldRead = FieldValue (*)(const Flow&);

// FlowField is a field by its dotted name, "source.principal". Those of "inspection.matches[]" are
// of the last match, and need one to be there.
struct FlowField {
  absl::string_view name;
  FieldPlace place;
  FieldRead read;
};

// FlowFields are in the order in which a line has them, the fields of an object together.
absl::Span<const FlowField> FlowFields();

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_FLOW_FIELDS_H_
