#include "inspect/baseline/observation.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/path_template.h"

namespace firebreak::inspect {
namespace {

constexpr size_t kMaxContentType = 64;
// Memory of so many fields is kept for the next request.
constexpr size_t kKeptFields = 64;

bool IsBody(Place place) {
  switch (place) {
    case Place::kPath:
    case Place::kQuery:
    case Place::kHeader:
    case Place::kCookie:
      return false;
    case Place::kForm:
    case Place::kMultipart:
    case Place::kJson:
    case Place::kXml:
    case Place::kGraphql:
    case Place::kGrpc:
    case Place::kWebSocket:
    case Place::kBytes:
      return true;
  }
  return true;
}

// A parameter is the same wherever a form puts it.
absl::string_view KeyPlace(Place place) {
  const bool parameter =
      place == Place::kQuery || place == Place::kForm || place == Place::kMultipart;
  return parameter ? "parameter" : PlaceName(place);
}

}  // namespace

absl::string_view Observation::Field::name() const {
  return absl::string_view(key).substr(key.find('/') + 1);
}

bool Observation::Field::secret() const { return absl::StartsWith(key, "cookie/"); }

void Observation::Begin(const Subject& subject) {
  subject_ = subject;
  route_ = PathTemplate(subject.path);
  route_rest_ = route_;
  segment_ = size_ = key_bytes_ = 0;
  target_ = Target::kNothing;
  content_type_.clear();
  body_bytes_ = 0;
  if (fields_.size() > kKeptFields) {
    fields_.resize(kKeptFields);
    fields_.shrink_to_fit();
  }
}

void Observation::BeginField(Place place, absl::string_view name, bool is_name) {
  in_body_ = IsBody(place);
  target_ = Target::kNothing;
  if (is_name) return;  // it comes again as the name of the value
  if (place == Place::kHeader) {
    if (name == "content-type" && content_type_.empty()) target_ = Target::kContentType;
    if (name == "content-encoding") Take(place, name);
    return;
  }
  // What has no structure is known by its size alone.
  if (place == Place::kBytes) return;
  if (place == Place::kPath) {
    if (NextSegmentIsOpen()) Take(place, absl::StrCat(segment_));
    return;
  }
  Take(place, name);
}

void Observation::Take(Place place, absl::string_view name) {
  if (size_ == kMaxFields) return;
  if (size_ == fields_.size()) fields_.emplace_back();
  Field& field = fields_[size_++];
  field.key.clear();
  absl::StrAppend(&field.key, KeyPlace(place), "/", name);
  field.place = place;
  key_bytes_ += field.key.size();
  field.value.Clear();
  target_ = Target::kField;
}

std::vector<absl::string_view> Observation::Keys() const {
  std::vector<absl::string_view> keys;
  keys.reserve(size_);
  for (size_t i = 0; i < size_; ++i) keys.push_back(fields_[i].key);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

bool Observation::NextSegmentIsOpen() {
  ++segment_;
  if (route_rest_.empty()) return false;
  route_rest_.remove_prefix(1);  // "/"
  const size_t end = std::min(route_rest_.find('/'), route_rest_.size());
  const bool open = route_rest_.substr(0, end) == "{id}";
  route_rest_.remove_prefix(end);
  return open;
}

void Observation::FieldBytes(absl::string_view bytes) {
  if (in_body_) body_bytes_ += bytes.size();
  switch (target_) {
    case Target::kNothing:
      return;
    case Target::kField:
      fields_[size_ - 1].value.Add(bytes);
      return;
    case Target::kContentType:
      // Parameters such as a boundary differ from request to request.
      for (const char c : bytes) {
        if (c == ';' || content_type_.size() == kMaxContentType) {
          target_ = Target::kNothing;
          return;
        }
        if (c != ' ') content_type_ += absl::ascii_tolower(static_cast<unsigned char>(c));
      }
      return;
  }
}

}  // namespace firebreak::inspect
