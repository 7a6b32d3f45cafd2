// RequestLine tells requests from other byte streams by the first line, and AnswerStart by what the
// server says first.
#ifndef FIREBREAK_PROXY_TCP_REQUEST_LINE_H_
#define FIREBREAK_PROXY_TCP_REQUEST_LINE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

#include "proxy/tcp/versioned_head.h"

namespace firebreak::proxy {

// What is not a request to the sidecar may be one to a server that is less strict (security
// catalogue A-03), with any name in x-firebreak-principal. So this asks what some server would take
// for a request, not what is one by the RFC: blanks and empty lines may come before it, those of
// Latin-1 too, as Python's http.server has it; and neither Node.js nor Python wants the line to
// name a protocol before they read fields. A request is what
//  - begins with a method everybody uses and a blank, or
//  - begins with any token, a blank, and a target: a path, `*`, a scheme and `:/`, or CONNECT's
//  authority, or
//  - names HTTP, or what Node.js reads as HTTP, anywhere in its first line, or
//  - names it in the third place of that line, though no method looks like its first word. Binary
//  protocols, which may speak of HTTP long before their first line feed, are told apart by that. Or
//  - has a target in the second place, with spaces around it, in what ends with the first CRLF, as
//  Java's HttpServer takes it: a line feed is as good a part of a method there as any, CR CR LF
//  ends nothing, and a path may begin with `%2F`. Behind that target any line feed ends the line,
//  since there are others. Or
//  - ends its first line with a version of any name, and its fields with an empty line: see
//  VersionedHead.
class RequestLine {
 public:
  enum class Reading { kMore, kRequest, kOther };

  // Read goes on with the next piece, however the bytes are cut; not again after another answer
  // than kMore. It knows requests before their first line has ended: a server that has not seen the
  // end of that has not seen a field. But those of the last kind it knows by their end.
  Reading Read(absl::string_view piece);
  // After kMore, whether the RFC may yet call this a request: the first line goes on, and its first
  // word is a token.
  bool plausible() const;

 private:
  enum class Part { kBlanks, kMethod, kGap, kTarget, kRest, kOddMethod, kOver };

  // WholeLine is the first that ends with CRLF and is not empty.
  class WholeLine {
   public:
    Reading Take(char c);

   private:
    // The target has begun with a scheme, with its colon, with "%" or with "%2" before it is one.
    enum class Part {
      kMethod,
      kBegin,
      kScheme,
      kColon,
      kPercent,
      kPercentTwo,
      kTarget,
      kRest,
      kOver
    };

    Part Next(char c) const;
    static Part Begin(char c);

    Part part_ = Part::kMethod;
    bool empty_ = true;
    bool cr_ = false;  // an LF would end the line
  };

  Reading TakeOfLine(char c);
  Reading TakeOfMethod(char c);
  Reading EndMethod(char blank);
  Reading BeginTarget(char c);
  bool EndsScheme(char c);
  bool NamesHttp(char c);
  bool InThirdPlace() const;

  Part part_ = Part::kBlanks;
  std::string method_;  // no more of it than tells that it is none
  std::string tail_;    // of the line so far: a name may lie across two pieces
  size_t words_ = 0;    // so far, between blanks of any kind
  size_t spaces_ = 0;
  bool in_word_ = false;
  bool in_scheme_ = false;  // the target may still be one
  bool scheme_ended_ = false;
  WholeLine whole_;
  VersionedHead head_;
};

// AnswerStart looks at the first bytes that a server sends. Whoever answers as HTTP does has taken
// for a request what RequestLine did not.
class AnswerStart {
 public:
  // IsHttp takes the next piece; not again after true.
  bool IsHttp(absl::string_view piece);

 private:
  size_t matched_ = 0;
  bool over_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TCP_REQUEST_LINE_H_
