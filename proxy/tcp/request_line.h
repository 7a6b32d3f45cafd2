// RequestLine tells requests from other byte streams by the first line.
#ifndef FIREBREAK_PROXY_TCP_REQUEST_LINE_H_
#define FIREBREAK_PROXY_TCP_REQUEST_LINE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::proxy {

// What is not a request to the sidecar may be one to a server that is less strict (security
// catalogue A-03), with any name in x-firebreak-principal. So this asks what some server would take
// for a request, not what is one by the RFC: blanks and empty lines may come before it, those of
// Latin-1 too, as Python's http.server has it; and neither Node.js nor Python wants the line to
// name a protocol before they read fields. A request is what
//  - begins with a method everybody uses and a blank, or
//  - begins with any token, a blank, and a target: a path, `*`, scheme://, or CONNECT's authority,
//  or
//  - names HTTP, or what Node.js reads as HTTP, anywhere in its first line.
// No server takes what is neither printable ASCII nor a blank for part of a method or for what
// stands before it: binary protocols, which may speak of HTTP long before their first line feed,
// are told apart by that.
class RequestLine {
 public:
  enum class Reading { kMore, kRequest, kOther };

  // Read goes on with the next piece, however the bytes are cut; not again after another answer
  // than kMore. It knows requests before their first line has ended: a server that has not seen the
  // end of that has not seen a field.
  Reading Read(absl::string_view piece);
  // After kMore, whether the RFC may yet call this a request: the first word is a token.
  bool plausible() const;

 private:
  enum class Part { kBlanks, kMethod, kGap, kTarget, kRest };

  Reading Take(char c);
  Reading EndMethod(char blank);
  Reading BeginTarget(char c);
  bool NamesHttp(char c);

  Part part_ = Part::kBlanks;
  std::string method_;  // no more of it than tells that it is none
  std::string tail_;    // of the line so far: a name may lie across two pieces
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TCP_REQUEST_LINE_H_
