// Observation is one request as a baseline sees it.
#ifndef FIREBREAK_INSPECT_BASELINE_OBSERVATION_H_
#define FIREBREAK_INSPECT_BASELINE_OBSERVATION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "inspect/baseline/value_shape.h"
#include "inspect/field.h"

namespace firebreak::inspect {

// Subject: who asks whom for what, as policy has established it.
struct Subject {
  std::string source;       // principal; empty: none
  std::string destination;  // principal, or what else names the service
  std::string method;
  std::string path;  // canonical, without query
};

// Observation gathers the fields of a request: parameters of every kind, cookies, the segments of
// the path that stand for an id, Content-Type, Content-Encoding and the size of the body. Other
// headers are for the signatures: clients differ in them too much. One can be used again for the
// next request, and then allocates nothing in the long run.
class Observation : public FieldSink {
 public:
  // Fields above this number are counted, not looked at.
  static constexpr size_t kMaxFields = 256;

  struct Field {
    std::string key;  // the place and the name, "parameter/amount": what models know it by
    Place place = Place::kBytes;  // where it was this time
    ValueShape value;

    absl::string_view name() const;
    // Whether its value is nobody's business: cookies are how clients stay logged in.
    bool secret() const;
  };

  // Begin forgets all and starts the next request.
  void Begin(const Subject& subject);

  void BeginField(Place place, absl::string_view name, bool is_name) override;
  void FieldBytes(absl::string_view bytes) override;
  void EndField() override {}

  const Subject& subject() const { return subject_; }
  // The path as a template (base/path_template.h).
  const std::string& route() const { return route_; }
  size_t size() const { return size_; }
  // Memory, beside its own size.
  size_t held_bytes() const { return fields_.size() * sizeof(Field) + key_bytes_; }
  const Field& operator[](size_t i) const { return fields_[i]; }
  // The keys of its fields, sorted, without duplicates.
  std::vector<absl::string_view> Keys() const;
  absl::string_view content_type() const { return content_type_; }
  uint64_t body_bytes() const { return body_bytes_; }

 private:
  enum class Target : uint8_t { kNothing, kField, kContentType };

  void Take(Place place, absl::string_view name);
  // Whether the next segment of the path is one that the template leaves open.
  bool NextSegmentIsOpen();

  Subject subject_;
  std::string route_;
  absl::string_view route_rest_;
  size_t segment_ = 0;
  std::vector<Field> fields_;
  size_t size_ = 0;
  size_t key_bytes_ = 0;
  Target target_ = Target::kNothing;
  bool in_body_ = false;
  std::string content_type_;
  uint64_t body_bytes_ = 0;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BASELINE_OBSERVATION_H_
