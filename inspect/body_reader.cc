#include "inspect/body_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "inspect/structure_rule.h"

namespace firebreak::inspect {

std::string EncodingOf(const http::HeaderMap& headers) {
  std::string all;
  for (size_t i = 0; i < headers.size(); ++i) {
    if (headers[i].name == "content-encoding") absl::StrAppend(&all, headers[i].value, ",");
  }
  return all;
}

const RuleInfo* BodyReader::Begin(const http::HeaderMap& headers, std::optional<uint64_t> length) {
  left_ = length;
  const Coding coding = ParseCoding(EncodingOf(headers));
  if (coding == Coding::kOther) {
    unreadable_ = true;
    return &kUnknownCoding;
  }
  if (coding != Coding::kIdentity) decoder_ = std::make_unique<ContentDecoder>(coding);
  return nullptr;
}

const RuleInfo* BodyReader::Feed(absl::string_view* bytes, TurnBudget& budget, const Sink& sink) {
  const RuleInfo* wrong = nullptr;
  absl::string_view rest = *bytes;
  if (decoder_ != nullptr) {
    wrong = RuleOf(decoder_->Feed(&rest, budget, sink));
  } else if (!unreadable_ && !failed_) {
    sink(rest);
  }
  if (decoder_ == nullptr) rest = {};
  if (left_.has_value()) *left_ -= std::min<uint64_t>(*left_, bytes->size() - rest.size());
  *bytes = rest;
  return wrong;
}

const RuleInfo* BodyReader::End() {
  if (decoder_ == nullptr || unreadable_ || failed_) return nullptr;
  const RuleInfo* const wrong = RuleOf(decoder_->End());
  decoder_.reset();
  return wrong;
}

const RuleInfo* BodyReader::RuleOf(DecodeFault fault) {
  if (fault == DecodeFault::kNone) return nullptr;
  decoder_.reset();
  failed_ = fault == DecodeFault::kNoMemory;
  unreadable_ = !failed_;
  if (failed_) return nullptr;
  return fault == DecodeFault::kRatio ? &kCodingRatio : &kBrokenCoding;
}

}  // namespace firebreak::inspect
