#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

#include "inspect/field.h"
#include "inspect/payload/body_extractor.h"
#include "inspect/payload/structure.h"

namespace {

namespace inspect = firebreak::inspect;

// Log writes down all that is given out; what breaks the contract of the sink stops the program.
class Log : public inspect::FieldSink, public inspect::StructureSink {
 public:
  void BeginField(inspect::Place place, absl::string_view name, bool is_name) override {
    if (open_ || name.size() > inspect::kMaxFieldName) __builtin_trap();
    open_ = true;
    text_ += static_cast<char>(place);
    text_ += is_name ? '+' : '=';
    text_.append(name.data(), name.size());
    text_ += '\0';
  }
  void FieldBytes(absl::string_view bytes) override {
    if (!open_) __builtin_trap();
    text_.append(bytes.data(), bytes.size());
  }
  void EndField() override {
    if (!open_) __builtin_trap();
    open_ = false;
    text_ += '\n';
  }
  void OnOddity(inspect::Oddity oddity, uint64_t limit, uint64_t value) override {
    if (value < limit) __builtin_trap();
    oddities_ += static_cast<char>(oddity);
  }
  bool Same(const Log& other) const {
    return !open_ && !other.open_ && text_ == other.text_ && oddities_ == other.oddities_;
  }

 private:
  bool open_ = false;
  std::string text_;
  std::string oddities_;
};

void Run(absl::string_view type, absl::string_view body, size_t step, Log& log) {
  const inspect::StructureLimits limits;
  inspect::StructureReport report(log);
  inspect::BodyExtractor extractor(limits, log, report);
  extractor.SetContentType(type);
  if (type.size() % 2 == 1) extractor.SetGraphql();
  for (; !body.empty(); body.remove_prefix(std::min(step, body.size()))) {
    extractor.Feed(body.substr(0, step));
  }
  extractor.End();
}

}  // namespace

// The first line is the Content-Type, the rest the body. However it is cut, the fields are the
// same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(input.find('\n'), input.size());
  const absl::string_view type = input.substr(0, line);
  const absl::string_view body = input.substr(std::min(line + 1, input.size()));
  Log whole;
  Log bytes;
  Log pieces;
  Run(type, body, body.size() + 1, whole);
  Run(type, body, 1, bytes);
  Run(type, body, 7, pieces);
  if (!whole.Same(bytes) || !whole.Same(pieces)) __builtin_trap();
  return 0;
}
