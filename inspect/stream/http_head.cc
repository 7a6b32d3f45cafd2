#include "inspect/stream/http_head.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace firebreak::inspect {
namespace {

constexpr size_t kMaxLine = 256;

}  // namespace

absl::string_view HttpHead::Feed(absl::string_view bytes) {
  for (size_t i = 0; i < bytes.size() && !complete_; ++i) {
    if (++seen_ > kMaxHead) return {};
    if (bytes[i] != '\n') {
      if (line_.size() < kMaxLine) line_.push_back(bytes[i]);
      continue;
    }
    EndLine();
    if (complete_) return bytes.substr(i + 1);
  }
  return complete_ ? bytes : absl::string_view();
}

void HttpHead::EndLine() {
  const absl::string_view line = absl::StripTrailingAsciiWhitespace(line_);
  if (line.empty()) {
    complete_ = true;
  } else if (const size_t colon = line.find(':'); colon != absl::string_view::npos) {
    const absl::string_view name = line.substr(0, colon);
    const absl::string_view value = absl::StripLeadingAsciiWhitespace(line.substr(colon + 1));
    if (absl::EqualsIgnoreCase(name, "content-type")) content_type_ = std::string(value);
    const bool packed = absl::EqualsIgnoreCase(name, "content-encoding") &&
                        !absl::EqualsIgnoreCase(value, "identity");
    if (packed || absl::EqualsIgnoreCase(name, "transfer-encoding")) encoded_ = true;
  }
  line_.clear();
}

}  // namespace firebreak::inspect
