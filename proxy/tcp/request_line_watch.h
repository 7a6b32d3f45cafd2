// RequestLineWatch finds requests on a connection that was taken for a byte stream.
#ifndef FIREBREAK_PROXY_TCP_REQUEST_LINE_WATCH_H_
#define FIREBREAK_PROXY_TCP_REQUEST_LINE_WATCH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace firebreak::proxy {

// What the sidecar took for a byte stream, because the client was slow or began with an empty line,
// may be a request all the same to a server that is less strict (security catalogue A-03): one with
// any name in x-firebreak-principal. Every request that may carry fields says its protocol in its
// first line, so that it is enough to look at that, without holding anything back: a server that
// has not seen the end of the line has not seen a field. No server takes what is neither
// printable ASCII nor a blank, be it one of Latin-1, for part of a method or for what stands before
// it: binary protocols, which may speak of HTTP long before their first line feed, are told apart
// by that.
class RequestLineWatch {
 public:
  // Finds is asked about each piece before it is passed on, until done(): does the first line that
  // is not blank name HTTP, or what Node.js reads as HTTP?
  bool Finds(absl::string_view piece);
  bool done() const { return done_; }

 private:
  // PassMethod: false when the first word is none that a request may have.
  bool PassMethod(absl::string_view piece);

  std::string tail_;  // of the line so far: a name may lie across two pieces
  bool in_line_ = false;
  bool behind_method_ = false;
  bool done_ = false;
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_TCP_REQUEST_LINE_WATCH_H_
