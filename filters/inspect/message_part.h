// MessagePart is one message of an exchange on its way through inspection, as it comes.
#ifndef FIREBREAK_FILTERS_INSPECT_MESSAGE_PART_H_
#define FIREBREAK_FILTERS_INSPECT_MESSAGE_PART_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "filters/inspect/body_reader.h"
#include "filters/inspect/inspection_plan.h"
#include "flows/record.h"
#include "http/header_map.h"
#include "inspect/engine.h"
#include "inspect/secrets/secret_scanner.h"

namespace firebreak::filters {

// Refusal is why a message may not go on.
struct Refusal {
  int status = 0;  // to answer with
  std::string detail;
};

// The message's coding is undone, keys and numbers that should not leave are looked for where the
// orders say so, and the rest is for what derives from this: a request's fields, a response's signs
// of an attack.
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

  explicit MessagePart(const Setup& setup);
  virtual ~MessagePart() = default;
  MessagePart(const MessagePart&) = delete;
  MessagePart& operator=(const MessagePart&) = delete;

  void Body(absl::string_view bytes);
  // End may be called again, and does nothing then.
  void End();

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
  bool Blocks(InspectionMode mode) const { return mode == InspectionMode::kBlock; }
  // What is hidden is refused where anything in it would be.
  bool hidden() const;
  // Whether something that should not leave was found and stops it.
  bool leaks() const;
  const Setup& setup() const { return setup_; }
  inspect::Inspection& inspection() { return inspection_; }
  const inspect::Inspection& inspection() const { return inspection_; }

 private:
  void Note(const inspect::RuleInfo* wrong);
  bool Counts(const inspect::SecretMatch& secret) const;
  bool FoundSecret() const;

  const Setup setup_;
  inspect::Inspection inspection_;
  BodyReader body_;
  std::string encoding_;
  std::optional<inspect::SecretScanner> secrets_;
  bool ended_ = false;
};

}  // namespace firebreak::filters

#endif  // FIREBREAK_FILTERS_INSPECT_MESSAGE_PART_H_
