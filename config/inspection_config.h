// Inspection: from the schema to plain values.
#ifndef FIREBREAK_CONFIG_INSPECTION_CONFIG_H_
#define FIREBREAK_CONFIG_INSPECTION_CONFIG_H_

#include <string>

#include "config/field_checks.h"
#include "config/inspection_settings.h"

namespace firebreak::config {
namespace v1 {
class Inspection;
}  // namespace v1

// ReadInspection reads what the file has at path over what is in *inspection already: fields one by
// one, lists behind what is there.
void ReadInspection(const v1::Inspection& proto, const std::string& path, const FieldChecks& checks,
                    InspectionConfig* inspection);

// ReadPacks reads what the top level says about rule packs; RefusePacks reports it where a listener
// does.
PacksConfig ReadPacks(const v1::Inspection& proto, const FieldChecks& checks);
void RefusePacks(const std::string& path, const FieldChecks& checks);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_INSPECTION_CONFIG_H_
