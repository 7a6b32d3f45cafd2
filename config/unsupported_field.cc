#include "config/unsupported_field.h"

namespace firebreak::config {
namespace {

constexpr absl::string_view kTargetRefs =
    "targetRefs is not supported: it attaches a policy to a gateway or waypoint, and there is none "
    "here";
constexpr absl::string_view kSelectInstead =
    "name the workloads behind it: selector: {matchLabels: {app: NAME}}";
constexpr absl::string_view kStored =
    "this is what a cluster adds to an object, and no part of a policy";
constexpr absl::string_view kImport = "`firebreak policy import` takes from it what was written";

constexpr UnsupportedField kFields[] = {
    {"PolicySpec", "targetRef", kTargetRefs, kSelectInstead},
    {"PolicySpec", "targetRefs", kTargetRefs, kSelectInstead},
    {"PolicySpec", "provider",
     "provider is not supported: it names the program that decides for action CUSTOM",
     "write the decision as rules, with action ALLOW or DENY"},
    {"AuthorizationPolicy", "status", kStored, kImport},
    {"PolicyMetadata", "managedFields", kStored, kImport},
    {"PolicyMetadata", "ownerReferences", kStored, kImport},
    {"PolicyMetadata", "finalizers", kStored, kImport},
    {"PolicyMetadata", "selfLink", kStored, kImport}};

}  // namespace

const UnsupportedField* FindUnsupportedField(absl::string_view message, absl::string_view field) {
  for (const UnsupportedField& known : kFields) {
    if (known.message == message && known.field == field) return &known;
  }
  return nullptr;
}

}  // namespace firebreak::config
