// Serialised objects, whose readers run what they read.
#ifndef FIREBREAK_INSPECT_ATTACK_OBJECT_H_
#define FIREBREAK_INSPECT_ATTACK_OBJECT_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#include "inspect/attack/view.h"

namespace firebreak::inspect {

// FindObject finds serialised objects of languages whose readers run what they read: by the magic
// of the format, as it is, in hexadecimal and in base64, and by the names of classes in JSON and
// YAML. `original` is the text of the view before it was made lower case.
void FindObject(const View& view, absl::string_view original, Hits& hits);
// The magic of the formats, in its own case (WordGroup::kObjectMagic), and the names
// (WordGroup::kObjectType).
std::vector<absl::string_view> ObjectMagic();
absl::Span<const Needle> ObjectTypes();

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_OBJECT_H_
