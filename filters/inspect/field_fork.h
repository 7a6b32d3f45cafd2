// FieldFork hands the fields of one message to several sinks.
#ifndef FIREBREAK_FILTERS_INSPECT_FIELD_FORK_H_
#define FIREBREAK_FILTERS_INSPECT_FIELD_FORK_H_

#include <algorithm>
#include <memory>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"

#include "inspect/field.h"

namespace firebreak::filters {

// Between two fields sinks may be added and removed. They outlive the fork, or are removed.
class FieldFork final : public inspect::FieldSink {
 public:
  void Add(inspect::FieldSink& sink) { sinks_.push_back(&sink); }
  void Remove(const inspect::FieldSink& sink) {
    sinks_.erase(std::remove(sinks_.begin(), sinks_.end(), &sink), sinks_.end());
  }

  void BeginField(inspect::Place place, absl::string_view name, bool is_name) override {
    for (FieldSink* sink : sinks_) sink->BeginField(place, name, is_name);
  }
  void FieldBytes(absl::string_view bytes) override {
    for (FieldSink* sink : sinks_) sink->FieldBytes(bytes);
  }
  void EndField() override {
    for (FieldSink* sink : sinks_) sink->EndField();
  }
  // A second reading is for those who want one.
  FieldSink* Beside() override {
    if (beside_ != nullptr) return beside_.get();
    beside_ = std::make_unique<FieldFork>();
    for (FieldSink* sink : sinks_) {
      FieldSink* const theirs = sink->Beside();
      if (theirs != nullptr) beside_->Add(*theirs);
    }
    return beside_.get();
  }

 private:
  absl::InlinedVector<FieldSink*, 3> sinks_;
  std::unique_ptr<FieldFork> beside_;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_FIELD_FORK_H_
