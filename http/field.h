// Field names and values as RFC 9110 section 5 defines them, byte by byte.
#ifndef FIREBREAK_HTTP_FIELD_H_
#define FIREBREAK_HTTP_FIELD_H_

#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::http {

// IsToken: one or more of the characters of a token (RFC 9110 section 5.6.2): methods, field names.
bool IsToken(absl::string_view text);

// IsLowerToken is a token without capital letters: a field name as HeaderMap holds it.
bool IsLowerToken(absl::string_view text);

// IsFieldValue (RFC 9110 section 5.5): no control but HTAB, and no SP or HTAB at either end. Bytes
// from 0x80 are let through, the empty value is one. A codec that reads lines trims them before.
bool IsFieldValue(absl::string_view text);

// TrimOws is text without the SP and HTAB at its ends.
absl::string_view TrimOws(absl::string_view text);

// LowerName puts a field name in lower case; false, and name as it was, when it is no token.
bool LowerName(std::string& name);

// ListReader reads a comma-separated list whose elements are tokens, such as Connection and TE (RFC
// 9110 section 5.6.1). It knows no quoted strings: whoever needs a token checks that it got one.
class ListReader {
 public:
  explicit ListReader(absl::string_view value) : rest_(value) {}
  // Next gives the next element that is not empty, trimmed; false at the end.
  bool Next(absl::string_view& element);

 private:
  absl::string_view rest_;
};

}  // namespace firebreak::http

#endif  // FIREBREAK_HTTP_FIELD_H_
