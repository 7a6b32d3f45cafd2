#include "quarantine/signed_list.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/escape.h"
#include "base/principal_syntax.h"
#include "base/status.h"
#include "base/time_text.h"
#include "config/diagnostics.h"
#include "config/timestamp.h"
#include "config/yaml_reader.h"
#include "quarantine/list.pb.h"

namespace firebreak::quarantine {
namespace {

// Signed before the body, so that no signature over something else can pass for one over a list.
constexpr absl::string_view kPurpose = "firebreak quarantine list, version 1\n";
constexpr absl::string_view kSignature = "# signed ";

absl::Status Bad(absl::string_view file, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", why));
}

QuarantineMode ModeOf(v1::Mode mode) {
  switch (mode) {
    case v1::OBSERVE:
      return QuarantineMode::kObserve;
    case v1::READONLY:
      return QuarantineMode::kReadonly;
    case v1::ISOLATE:
      return QuarantineMode::kIsolate;
    default:  // protobuf's enums are open
      return QuarantineMode::kNone;
  }
}

// WhyNot says what is wrong with an entry of a list that ends at `end`, or "".
std::string WhyNot(const Entry& entry, absl::Time end) {
  if (const auto wrong = WrongWithPrincipalPattern(entry.identity); !wrong.empty()) {
    return absl::StrCat("bad identity: ", wrong);
  }
  if (entry.mode == QuarantineMode::kNone) return "mode is missing";
  if (entry.until > end) return "it outlasts the list";
  if (entry.reason.empty()) return "reason is missing";
  if (entry.reason.size() > kMaxReasonBytes) {
    return absl::StrCat("reason has more than ", kMaxReasonBytes, " bytes");
  }
  if (entry.allow.size() > kMaxAllowed) {
    return absl::StrCat("allow names more than ", kMaxAllowed, " identities");
  }
  for (const std::string& allowed : entry.allow) {
    if (const auto wrong = WrongWithPrincipal(allowed); !wrong.empty()) {
      return absl::StrCat("bad identity in allow: ", wrong);
    }
  }
  return "";
}

Entry EntryOf(const v1::Entry& written) {
  return {.identity = written.identity(),
          .mode = ModeOf(written.mode()),
          .until = config::TimeOf(written.until()),
          .reason = written.reason(),
          .allow = {written.allow().begin(), written.allow().end()}};
}

void AppendEntry(const Entry& entry, std::string* out) {
  const auto quoted = [out](absl::string_view name, absl::string_view text) {
    absl::StrAppend(out, name);
    AppendJsonString(text, out);
    out->push_back('\n');
  };
  quoted("- identity: ", entry.identity);
  absl::StrAppend(out, "  mode: ", QuarantineModeName(entry.mode),
                  "\n  until: ", UtcText(entry.until, 3), "\n");
  quoted("  reason: ", entry.reason);
  if (!entry.allow.empty()) out->append("  allow:\n");
  for (const std::string& allowed : entry.allow) quoted("  - ", allowed);
}

// Signed is a text taken apart. The views are into the text.
struct Signed {
  absl::string_view body;
  absl::string_view key_id;
  std::string signature;
};

absl::StatusOr<Signed> TakeApart(absl::string_view file, absl::string_view text) {
  if (text.size() > kMaxListBytes) return Bad(file, "the list is larger than 1 MiB");
  absl::string_view whole = text;
  if (!absl::ConsumeSuffix(&whole, "\n")) return Bad(file, "it does not end in a line");
  const size_t line = whole.rfind('\n');
  if (line == absl::string_view::npos) return Bad(file, "it has no signature");
  absl::string_view signed_by = whole.substr(line + 1);
  if (!absl::ConsumePrefix(&signed_by, kSignature)) {
    return Bad(file, "its last line is no signature");
  }
  const std::vector<absl::string_view> words = absl::StrSplit(signed_by, ' ');
  Signed parts{.body = text.substr(0, line + 1), .key_id = words[0], .signature = {}};
  // Written back it must be the same: base64 has several spellings of some bytes.
  if (words.size() != 2 || !absl::Base64Unescape(words[1], &parts.signature) ||
      absl::Base64Escape(parts.signature) != words[1]) {
    return Bad(file, "its signature cannot be read");
  }
  return parts;
}

}  // namespace

absl::StatusOr<List> ReadBody(absl::string_view file, absl::string_view body) {
  v1::List message;
  config::Diagnostics diagnostics;
  if (!config::ReadYaml(file, body, &message, nullptr, &diagnostics)) {
    return absl::InvalidArgumentError(absl::StripSuffix(diagnostics.Format(/*color=*/false), "\n"));
  }
  List list{.serial = message.serial(),
            .issued_at = config::TimeOf(message.issued_at()),
            .expires_at = config::TimeOf(message.expires_at()),
            .entries = {}};
  if (list.serial == 0) return Bad(file, "serial is missing");
  if (!message.has_issued_at() || !message.has_expires_at()) {
    return Bad(file, "issued_at or expires_at is missing");
  }
  if (static_cast<size_t>(message.entries_size()) > kMaxEntries) {
    return Bad(file, absl::StrCat("more than ", kMaxEntries, " entries"));
  }
  for (int i = 0; i < message.entries_size(); ++i) {
    Entry entry = EntryOf(message.entries(i));
    const std::string wrong =
        message.entries(i).has_until() ? WhyNot(entry, list.expires_at) : "until is missing";
    if (!wrong.empty()) return Bad(file, absl::StrCat("entries[", i, "]: ", wrong));
    list.entries.push_back(std::move(entry));
  }
  return list;
}

absl::StatusOr<List> ReadList(absl::string_view file, absl::string_view text,
                              absl::Span<const certs::VerifyingKey> keys) {
  FB_ASSIGN_OR_RETURN(const Signed parts, TakeApart(file, text));
  for (const certs::VerifyingKey& key : keys) {
    if (key.id() != parts.key_id) continue;
    if (key.Verifies(absl::StrCat(kPurpose, parts.body), parts.signature)) {
      return ReadBody(file, parts.body);
    }
    return Bad(file, absl::StrCat("the signature by key ", key.id(), " is wrong"));
  }
  return Bad(file, absl::StrCat("signed by key ", PrintableEscaped(parts.key_id.substr(0, 32)),
                                ", which is none of those that are trusted"));
}

absl::StatusOr<List> ReadUnverified(absl::string_view file, absl::string_view text) {
  FB_ASSIGN_OR_RETURN(const Signed parts, TakeApart(file, text));
  return ReadBody(file, parts.body);
}

absl::StatusOr<std::string> WriteList(const List& list, const certs::SigningKey& key) {
  std::string text = absl::StrCat(
      "# A quarantine: see `firebreak quarantine list`. Edited by hand it is signed no more.\n",
      "serial: ", list.serial, "\nissued_at: ", UtcText(list.issued_at, 3),
      "\nexpires_at: ", UtcText(list.expires_at, 3), "\n");
  text.append(list.entries.empty() ? "entries: []\n" : "entries:\n");
  for (const Entry& entry : list.entries) AppendEntry(entry, &text);
  FB_ASSIGN_OR_RETURN(const std::string signature, key.Sign(absl::StrCat(kPurpose, text)));
  absl::StrAppend(&text, kSignature, key.public_half().id(), " ", absl::Base64Escape(signature),
                  "\n");
  const certs::VerifyingKey readers[] = {key.public_half()};
  FB_RETURN_IF_ERROR(ReadList("the list", text, readers).status());
  return text;
}

}  // namespace firebreak::quarantine
