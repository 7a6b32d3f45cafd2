// Secrets and ids in request paths and user agents, kept out of the flow log.
#ifndef FIREBREAK_FLOWS_REDACT_H_
#define FIREBREAK_FLOWS_REDACT_H_

#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

#include "base/path_template.h"

namespace firebreak::flows {

// kRedacted stands in the log where a segment of a path stood.
inline constexpr absl::string_view kRedacted = kRedactedSegment;

// HidesPart: a log has it so, with part of the path left out.
inline bool HidesPart(absl::string_view path) {
  return absl::StrContains(path, kRedacted) || absl::StrContains(path, kIdSegment);
}

// PathKind says whose words a path is made of.
enum class PathKind : uint8_t {
  kAny,
  kGrpc,   // /package.Service/Method: words with up to two digits among them are names of code
  kShown,  // of a path whose ids the configuration shows
};

// LooksSecret tells whether a segment, the text between two slashes of a path, may hold a
// credential. It reads escaped printable ASCII, but for "%" and "/", as what it stands for. It
// takes the segment apart: at "-", "_", "+" and their like into pieces of letters and digits, and
// at any other character into runs of such pieces. A segment looks secret when one of these holds:
// 1. it names a secret: "password=x", "jsessionid=x", any name=value whose name says so;
//    or it has a ":" and after that a "@", as "user:password@host" does;
// 2. it holds a JSON Web Token, or what starts like one: a base64url part of 12 characters or more
//    that encodes the start of a JSON object ("eyJ" and its forms with blanks), and a ".";
// 3. a run starts with the prefix of a known kind of key ("ghp_", "AKIA", "sk_live_" and the
//    like) and goes on for 8 characters or more;
// 4. a piece has 20 characters or more with both letters and digits among them, or 32 or more that
//    are all hex, or more than 20 digits, or 40 letters or more;
// 5. the irregular pieces of a run make 20 characters or more, joints between them counted. Regular
//    are numbers; words, being letters with at most a third of them upper case, or all; and one
//    word with one number, up to 12 characters, all in one case;
// 6. a run has 20 characters or more, and a piece of 6 or more in it mixes upper case, lower case
//    and digits: more than two digits, or more than a third of its letters upper case.
// A UUID is an id and no secret: it counts for nothing. The same 32 digits without hyphens cannot
// be told from a key, and look secret. What is shorter than this is not recognised.
bool LooksSecret(absl::string_view segment, PathKind kind = PathKind::kAny);

// ShownPath is a path as the log has it. is_route: PathTemplate would say the same of it.
struct ShownPath {
  absl::string_view text;
  bool is_route = false;
};

// RedactPath puts kRedacted in place of each segment that looks secret, whatever the kind. Of kind
// kAny it stands too for what comes right after a name that tells of a secret, and for what may be
// one further behind it (telling_name.h), and kIdSegment for ids, addresses of mail and what else
// PathTemplate takes for an id. Where there is none of it, the text is path itself; else it is in
// *scratch. Time is linear.
ShownPath RedactPath(absl::string_view path, PathKind kind, std::string* scratch);

// RedactUserAgent does so for a user agent: kRedacted in place of each word that holds an address
// of mail, or user and password, and of each that looks secret. Words are apart by blanks, slashes
// and brackets.
absl::string_view RedactUserAgent(absl::string_view agent, std::string* scratch);

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_REDACT_H_
