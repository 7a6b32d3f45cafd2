// Finds what a response gives away of the server behind it.
#ifndef FIREBREAK_INSPECT_DISCLOSURE_DISCLOSURE_SCANNER_H_
#define FIREBREAK_INSPECT_DISCLOSURE_DISCLOSURE_SCANNER_H_

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/strings/string_view.h"

#include "inspect/attack/rule.h"

namespace firebreak::inspect {

// Disclosure: what a response shows when an attack has worked, or will.
enum class Disclosure : uint8_t {
  kDatabaseError,  // the message of a database about a statement
  kStackTrace,
  kDirectoryListing,
  kSystemFile,     // /etc/passwd and the like
  kCommandOutput,  // of id, uname, ipconfig, dir
  kSourceCode,     // of a script that should have run
};
inline constexpr size_t kDisclosures = static_cast<size_t>(Disclosure::kSourceCode) + 1;

const RuleInfo& DisclosureRule(Disclosure disclosure);

// DisclosureScanner takes a body in pieces of any size; which kinds it finds does not depend on
// them. Each is told once, with the piece that completes its sign. It holds kAhead bytes.
class DisclosureScanner {
 public:
  // What has to be seen of a sign is at most this long.
  static constexpr size_t kAhead = 96;
  using Sink = std::function<void(Disclosure disclosure, absl::string_view excerpt)>;

  void Feed(absl::string_view bytes, const Sink& sink);

 private:
  // Scan looks at the first so many places of text.
  void Scan(absl::string_view text, size_t places, const Sink& sink);

  // The places that too little was behind to say no.
  std::array<char, kAhead - 1> held_;
  size_t held_size_ = 0;
  std::bitset<kDisclosures> told_;
};

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_DISCLOSURE_DISCLOSURE_SCANNER_H_
