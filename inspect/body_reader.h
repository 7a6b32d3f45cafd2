// BodyReader undoes the content coding of a body as it goes by.
#ifndef FIREBREAK_INSPECT_BODY_READER_H_
#define FIREBREAK_INSPECT_BODY_READER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "base/turn_budget.h"
#include "http/header_map.h"
#include "inspect/attack/rule.h"
#include "inspect/coding/content_decoder.h"

namespace firebreak::inspect {

// All values of Content-Encoding, joined by commas.
std::string EncodingOf(const http::HeaderMap& headers);

// The calls return the rule that says why the body cannot be read on; null: nothing is wrong. From
// then on all is taken, and nothing read.
class BodyReader {
 public:
  using Sink = std::function<void(absl::string_view text)>;

  // length: as announced.
  const RuleInfo* Begin(const http::HeaderMap& headers, std::optional<uint64_t> length);
  // Feed takes off `bytes` what it has read. While it leaves some, or more() says so, the budget is
  // spent, and it is to be called again.
  const RuleInfo* Feed(absl::string_view* bytes, TurnBudget& budget, const Sink& sink);
  bool more() const { return decoder_ != nullptr && decoder_->more(); }
  const RuleInfo* End();

  // Whether as much came as was announced: what follows from the whole is known before its last
  // byte goes on.
  bool complete() const { return left_.has_value() && *left_ == 0; }
  // The decoder had no memory, or was stopped; the body is not read on.
  bool failed() const { return failed_; }
  // Stop reads no further, and gives the decoder's memory back.
  void Stop() {
    failed_ = true;
    decoder_.reset();
  }
  // Memory of the decoder.
  size_t held_bytes() const { return decoder_ == nullptr ? 0 : decoder_->held_bytes(); }

 private:
  const RuleInfo* RuleOf(DecodeFault fault);

  std::unique_ptr<ContentDecoder> decoder_;
  std::optional<uint64_t> left_;  // of the announced length
  bool unreadable_ = false;
  bool failed_ = false;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_BODY_READER_H_
