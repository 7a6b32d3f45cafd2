// MessagePart is one message of an exchange on its way through inspection, as it comes.
#ifndef FIREBREAK_FILTERS_INSPECT_MESSAGE_PART_H_
#define FIREBREAK_FILTERS_INSPECT_MESSAGE_PART_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "filters/inspect/head_secrets.h"
#include "filters/inspect/inspection_plan.h"
#include "flows/record.h"
#include "http/header_map.h"
#include "inspect/body_reader.h"
#include "inspect/engine.h"
#include "inspect/payload/structure.h"
#include "inspect/secrets/secret_scanner.h"

namespace firebreak::filters {

// Refusal is why a message may not go on.
struct Refusal {
  int status = 0;  // to answer with
  std::string detail;
};

// The body's coding is undone, keys and numbers that should not leave are looked for where the
// orders say so, in the body and around it, and the rest is for what derives from this: a request's
// fields, a response's signs of an attack.
class MessagePart {
 public:
  // How it is judged. What is referred to outlives it.
  struct Setup {
    inspect::Engine& engine;
    const ListenerPlan& plan;
    InspectionMode attacks = InspectionMode::kOff;
    InspectionMode data_loss = InspectionMode::kOff;

    bool wants_anything() const {
      return attacks != InspectionMode::kOff || data_loss != InspectionMode::kOff;
    }
  };

  // The limits outlive it.
  MessagePart(const Setup& setup, const inspect::StructureLimits& limits);
  virtual ~MessagePart() = default;
  MessagePart(const MessagePart&) = delete;
  MessagePart& operator=(const MessagePart&) = delete;

  // Body looks into a piece, as far as the budget goes. midway() says that it is not through with
  // it: then it is to be called again with the same piece, before anything else.
  void Body(absl::string_view bytes, TurnBudget& budget);
  bool midway() const { return midway_; }
  // End may be called again, and does nothing then.
  void End();

  // Whether there is anything for which it may not go on.
  bool blocks() const { return Blocks(setup_.attacks) || Blocks(setup_.data_loss); }
  // Why it may not go on, if so. It stays so.
  virtual std::optional<Refusal> refusal() const = 0;
  // Inspection has failed for want of memory. Nothing is looked at any more.
  bool failed() const { return body_.failed(); }
  // Stop makes it fail, and gives memory back.
  void Stop() { body_.Stop(); }
  // Memory that it holds beside its own size.
  virtual size_t held_bytes() const { return body_.held_bytes(); }
  // AddTo writes what was found into the record.
  virtual void AddTo(flows::InspectionInfo* info) const;
  bool found() const;

 protected:
  // Begin takes the framing; what derives has looked at the headers.
  void Begin(const http::HeaderMap& headers, bool has_body, std::optional<uint64_t> length);
  // The body without its coding.
  virtual void OnText(absl::string_view text) = 0;
  virtual void OnTextEnd() = 0;

  bool attacks() const { return setup_.attacks != InspectionMode::kOff; }
  static bool Blocks(InspectionMode mode) { return mode == InspectionMode::kBlock; }
  // What is hidden is refused where anything in it would be.
  bool hidden() const;
  // Whether something that should not leave was found and stops it.
  bool leaks() const;
  bool FoundSecret() const {
    return head_.has_value() && (head_->found() || secrets_->total() > 0);
  }
  const Setup& setup() const { return setup_; }
  const inspect::StructureLimits& limits() const { return limits_; }
  // What the message has beside its body is to be shown to it; null: nothing is looked for.
  HeadSecrets* head() { return head_.has_value() ? &*head_ : nullptr; }
  const HeadSecrets* head() const { return head_.has_value() ? &*head_ : nullptr; }
  inspect::Inspection& inspection() { return inspection_; }
  const inspect::Inspection& inspection() const { return inspection_; }

 private:
  void Note(const inspect::RuleInfo* wrong);

  const Setup setup_;
  const inspect::StructureLimits& limits_;
  inspect::Inspection inspection_;
  inspect::BodyReader body_;
  std::string encoding_;
  // Both, or none.
  std::optional<HeadSecrets> head_;
  std::optional<inspect::SecretScanner> secrets_;  // of the body
  size_t taken_ = 0;                               // of the piece in hand
  bool midway_ = false;
  bool ended_ = false;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_MESSAGE_PART_H_
