// What tests of the extractors share. Included by tests only.
#ifndef FIREBREAK_INSPECT_PAYLOAD_TESTING_H_
#define FIREBREAK_INSPECT_PAYLOAD_TESTING_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/payload/body_extractor.h"
#include "inspect/payload/structure.h"

namespace firebreak::inspect {

// Recording writes down what it hears, one line a field: "json $.a = 1", names as "json $ + a".
// Beginning and end must alternate.
class Recording : public FieldSink, public StructureSink {
 public:
  void BeginField(Place place, absl::string_view name, bool is_name) override {
    EXPECT_FALSE(open_);
    EXPECT_LE(name.size(), kMaxFieldName);
    open_ = true;
    fields_.push_back(
        absl::StrCat(PlaceName(place), name.empty() ? "" : " ", name, is_name ? " + " : " = "));
  }
  void FieldBytes(absl::string_view bytes) override {
    EXPECT_TRUE(open_);
    fields_.back().append(bytes.data(), bytes.size());
  }
  void EndField() override {
    EXPECT_TRUE(open_);
    open_ = false;
  }
  void OnOddity(Oddity oddity, uint64_t limit, uint64_t value) override {
    EXPECT_GE(value, limit);
    oddities_.emplace_back(OddityName(oddity));
  }

  // What comes beside goes to a list of its own.
  FieldSink* Beside() override {
    if (beside_ == nullptr) beside_ = std::make_unique<Recording>();
    return beside_.get();
  }

  bool open() const { return open_; }
  std::vector<std::string> beside() const {
    return beside_ == nullptr ? std::vector<std::string>() : beside_->fields_;
  }
  const std::vector<std::string>& fields() const { return fields_; }
  const std::vector<std::string>& oddities() const { return oddities_; }

 private:
  bool open_ = false;
  std::unique_ptr<Recording> beside_;
  std::vector<std::string> fields_;
  std::vector<std::string> oddities_;
};

struct TakenApart {
  std::vector<std::string> fields;
  std::vector<std::string> oddities;
  std::vector<std::string> beside = {};

  friend bool operator==(const TakenApart& a, const TakenApart& b) {
    return a.fields == b.fields && a.oddities == b.oddities && a.beside == b.beside;
  }
};

struct BodyCase {
  std::string type;
  std::string body;
  StructureLimits limits = {};
  bool graphql = false;
};

// TakeApart feeds a body in pieces: [0, first), then `step` bytes each.
inline TakenApart TakeApart(const BodyCase& body, size_t first, size_t step) {
  Recording recording;
  StructureReport report(recording);
  BodyExtractor extractor(body.limits, recording, report);
  extractor.SetContentType(body.type);
  if (body.graphql) extractor.SetGraphql();
  const absl::string_view text = body.body;
  extractor.Feed(text.substr(0, first));
  for (size_t at = first; at < text.size(); at += step) extractor.Feed(text.substr(at, step));
  extractor.End();
  EXPECT_FALSE(recording.open());
  return {recording.fields(), recording.oddities(), recording.beside()};
}

// TakeApart, having seen that every cut in two, and bytes one by one, give the same.
inline TakenApart TakeApart(const BodyCase& body) {
  const size_t size = body.body.size();
  TakenApart whole = TakeApart(body, size, 1);
  EXPECT_EQ(TakeApart(body, 0, 1), whole) << body.body;
  for (size_t cut = 1; cut < size && size <= 4096; ++cut) {
    EXPECT_EQ(TakeApart(body, cut, size), whole) << "cut at " << cut << ": " << body.body;
  }
  return whole;
}

inline TakenApart TakeApart(absl::string_view type, absl::string_view body) {
  return TakeApart({.type = std::string(type), .body = std::string(body)});
}

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_PAYLOAD_TESTING_H_
