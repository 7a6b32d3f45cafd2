// The web, what secures it and what carries it.
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

#include "inspect/protocol/matchers.h"

namespace firebreak::inspect {
namespace {

constexpr std::array<absl::string_view, 27> kMethods = {
    "GET",     "POST",   "HEAD",       "PUT",      "DELETE",          "OPTIONS", "PATCH",
    "CONNECT", "TRACE",  "PROPFIND",   "REPORT",   "MKCOL",           "COPY",    "MOVE",
    "LOCK",    "UNLOCK", "PROPPATCH",  "SEARCH",   "SUBSCRIBE",       "NOTIFY",  "M-SEARCH",
    "ACL",     "BIND",   "MKCALENDAR", "CHECKOUT", "VERSION-CONTROL", "PURGE"};

struct RequestLine {
  Fit fit = Fit::kNo;
  absl::string_view method;
  absl::string_view target;
  size_t next = 0;
};

bool IsTarget(absl::string_view method, absl::string_view target) {
  if (target.empty()) return false;
  if (method == "CONNECT") return absl::StrContains(target, ':');
  return target[0] == '/' || target == "*" || absl::StartsWithIgnoreCase(target, "http://") ||
         absl::StartsWithIgnoreCase(target, "https://");
}

// RFC 9112 section 3. A target that is longer than the window hides the version: then a known
// method and a target of printable bytes have to do.
RequestLine RequestLineOf(const Prefix& p) {
  RequestLine request;
  Fit agrees = Fit::kNo;
  for (const absl::string_view method : kMethods) {
    const Fit begins = p.Begins(method);
    if (begins == Fit::kYes && p.Has(method.size() + 1) && p.At(method.size()) == ' ') {
      request.method = method;
    } else if (begins == Fit::kNeedMore || (begins == Fit::kYes && !p.Has(method.size() + 1))) {
      agrees = Fit::kNeedMore;
    }
  }
  if (request.method.empty()) {
    request.fit = agrees;
    return request;
  }
  const Line line = LineAt(p);
  request.fit = line.fit;
  request.next = line.next;
  if (line.fit != Fit::kYes) return request;
  absl::string_view rest = line.text.substr(request.method.size() + 1);
  const bool cut = line.text.size() >= kProtocolWindow;
  const size_t space = rest.rfind(' ');
  request.target = rest.substr(0, space);
  const absl::string_view version =
      space == absl::string_view::npos ? absl::string_view() : rest.substr(space + 1);
  const bool versioned = absl::StartsWith(version, "HTTP/1.") && version.size() == 8;
  if (!IsTarget(request.method, request.target) || !(versioned || cut)) request.fit = Fit::kNo;
  return request;
}

// HeaderHas: a header line of the window that starts with `name` has `value` in it. kNeedMore until
// the headers, or the window, are at their end.
Fit HeaderHas(const Prefix& p, size_t at, absl::string_view name, absl::string_view value) {
  while (true) {
    const Line line = LineAt(p, at);
    if (line.fit != Fit::kYes) return line.fit;
    if (line.text.empty()) return Fit::kNo;
    if (absl::StartsWithIgnoreCase(line.text, name) &&
        absl::StrContains(absl::AsciiStrToLower(line.text), value)) {
      return Fit::kYes;
    }
    if (line.next >= kProtocolWindow) return Fit::kNo;
    at = line.next;
  }
}

// A frame of HTTP/2 (RFC 9113 section 4.1) at `at`.
constexpr size_t kFrameHead = 9;
constexpr uint8_t kHeadersFrame = 1;
constexpr uint8_t kSettingsFrame = 4;
constexpr size_t kPrefaceBytes = 24;

// "application/grpc" as it stands, and in HPACK's Huffman code (RFC 7541 appendix B), where a
// string starts on a byte.
constexpr absl::string_view kGrpcPlain = "application/grpc";
constexpr absl::string_view kGrpcHuffman = "\x1d\x75\xd0\x62\x0d\x26\x3d\x4c\x4d\x65";

bool IsTlsHead(const Prefix& p) {
  const uint16_t length = p.Be16(3);
  return p.At(1) == 3 && p.At(2) <= 4 && length >= 2 && length <= 16384 + 2048;
}

// The first bytes of a TLS record: its type, a version that exists, a length within RFC 8446
// section 5.
Fit TlsHead(const Prefix& p) {
  if (p.Has(2) && p.At(1) != 3) return Fit::kNo;
  if (!p.Has(5)) return Fit::kNeedMore;
  return IsTlsHead(p) ? Fit::kYes : Fit::kNo;
}

}  // namespace

Fit MatchHttpRequest(const Prefix& p) {
  // CR LF before a request line is to be ignored (RFC 9112 section 2.2), but not here: a sidecar
  // does not wait for a client that says nothing.
  const RequestLine request = RequestLineOf(p);
  return request.fit == Fit::kYes && request.method == "M-SEARCH" ? Fit::kFits : request.fit;
}

Fit MatchHttpResponse(const Prefix& p) {
  const Fit begins = p.Begins("HTTP/1.");
  if (begins != Fit::kYes) return begins;
  if (!p.Has(12)) return Fit::kNeedMore;
  return absl::ascii_isdigit(p.At(7)) && p.At(8) == ' ' && IsNumber(p.From(9, 3)) ? Fit::kYes
                                                                                  : Fit::kNo;
}

Fit MatchHttpConnect(const Prefix& p) {
  if (const Fit begins = p.Begins("CONNECT "); begins != Fit::kYes) return begins;
  return RequestLineOf(p).fit;
}

// The API of Docker and of those who speak it: "/v1.43/containers/json".
Fit MatchDockerRequest(const Prefix& p) {
  const RequestLine request = RequestLineOf(p);
  if (request.fit != Fit::kYes) return request.fit;
  absl::string_view path = request.target;
  if (!absl::ConsumePrefix(&path, "/v1.") || path.empty()) return Fit::kNo;
  while (!path.empty() && absl::ascii_isdigit(path[0])) path.remove_prefix(1);
  for (const absl::string_view part : {"/containers", "/images", "/exec", "/info", "/version",
                                       "/networks", "/volumes", "/build", "/events", "/swarm"}) {
    if (absl::StartsWith(path, part)) {
      path.remove_prefix(part.size());
      return path.empty() || path[0] == '/' || path[0] == '?' ? Fit::kYes : Fit::kNo;
    }
  }
  return Fit::kNo;
}

Fit MatchWebSocketRequest(const Prefix& p) {
  const RequestLine request = RequestLineOf(p);
  if (request.fit != Fit::kYes) return request.fit;
  return request.method == "GET" ? HeaderHas(p, request.next, "upgrade:", "websocket") : Fit::kNo;
}

Fit MatchWebSocketResponse(const Prefix& p) {
  if (const Fit begins = p.Begins("HTTP/1.1 101 "); begins != Fit::kYes) return begins;
  return HeaderHas(p, 0, "upgrade:", "websocket");
}

Fit MatchHttp2Preface(const Prefix& p) { return p.Begins("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"); }

// A server's preface is a SETTINGS frame on stream 0.
Fit MatchHttp2Settings(const Prefix& p) {
  if (const Fit begins = p.Begins(absl::string_view("\0", 1)); begins != Fit::kYes) return begins;
  if (!p.Has(kFrameHead)) return Fit::kNeedMore;
  const uint32_t length = p.Be24(0);
  if (p.At(3) != kSettingsFrame || p.At(4) != 0 || p.Be32(5) != 0) return Fit::kNo;
  if (length == 0) return Fit::kFits;
  if (length % 6 != 0 || length > 120) return Fit::kNo;
  if (!p.Has(kFrameHead + length)) return Fit::kNeedMore;
  for (size_t at = kFrameHead; at < kFrameHead + length; at += 6) {
    if (p.Be16(at) == 0 || p.Be16(at) > 0x4a4a) return Fit::kNo;
  }
  return Fit::kYes;
}

Fit MatchGrpcRequest(const Prefix& p) {
  if (const Fit preface = MatchHttp2Preface(p); preface != Fit::kYes) return preface;
  size_t at = kPrefaceBytes;
  while (p.Has(at + kFrameHead)) {
    const size_t length = p.Be24(at);
    if (p.At(at + 3) == kHeadersFrame) {
      const absl::string_view block = p.From(at + kFrameHead, length);
      if (absl::StrContains(block, kGrpcPlain) || absl::StrContains(block, kGrpcHuffman)) {
        return Fit::kYes;
      }
      return block.size() == length || p.full() ? Fit::kNo : Fit::kNeedMore;
    }
    at += kFrameHead + length;
  }
  return p.full() ? Fit::kNo : Fit::kNeedMore;
}

// RFC 8446 section 4.1.2. Application data is what a connection shows that was not seen from its
// start.
Fit MatchTlsClient(const Prefix& p) {
  if (p.size() >= 1 && p.At(0) != 22 && p.At(0) != 23) return Fit::kNo;
  if (const Fit head = TlsHead(p); head != Fit::kYes) return head;
  if (p.At(0) == 23) return p.At(2) == 3 || p.At(2) == 1 ? Fit::kFits : Fit::kNo;
  if (!p.Has(44)) return Fit::kNeedMore;
  const bool hello = p.At(5) == 1 && p.Be24(6) < 131072 && p.At(9) == 3 && p.At(10) <= 4 &&
                     p.Be24(6) >= 38 && p.At(43) <= 32;
  return hello ? Fit::kYes : Fit::kNo;
}

Fit MatchTlsServer(const Prefix& p) {
  if (p.size() >= 1 && (p.At(0) < 21 || p.At(0) > 23)) return Fit::kNo;
  if (const Fit head = TlsHead(p); head != Fit::kYes) return head;
  if (p.At(0) == 23) return p.At(2) == 3 || p.At(2) == 1 ? Fit::kFits : Fit::kNo;
  if (p.At(0) == 21) {
    if (p.Be16(3) != 2) return Fit::kNo;
    if (!p.Has(7)) return Fit::kNeedMore;
    return p.At(5) == 1 || p.At(5) == 2 ? Fit::kYes : Fit::kNo;
  }
  if (!p.Has(11)) return Fit::kNeedMore;
  return p.At(5) == 2 && p.Be24(6) < 131072 && p.Be24(6) >= 38 && p.At(9) == 3 && p.At(10) <= 4
             ? Fit::kYes
             : Fit::kNo;
}

// SOCKS 4 and 4a: version, command, port, address, a user's name that ends with NUL.
Fit MatchSocks4Client(const Prefix& p) {
  if (const Fit begins = p.Begins("\x04"); begins != Fit::kYes) return begins;
  if (p.Has(2) && p.At(1) != 1 && p.At(1) != 2) return Fit::kNo;
  if (!p.Has(9)) return Fit::kNeedMore;
  if (p.Be16(2) == 0 || p.Be32(4) == 0) return Fit::kNo;
  const absl::string_view user = p.From(8);
  const size_t end = user.find('\0');
  if (!IsPrintable(user.substr(0, end))) return Fit::kNo;
  if (end != absl::string_view::npos) return Fit::kYes;
  return p.full() ? Fit::kNo : Fit::kNeedMore;
}

Fit MatchSocks4Server(const Prefix& p) {
  if (p.Has(1) && p.At(0) != 0) return Fit::kNo;
  if (!p.Has(2)) return Fit::kNeedMore;
  if (p.At(1) < 0x5a || p.At(1) > 0x5d) return Fit::kNo;
  return p.Has(8) ? Fit::kFits : Fit::kNeedMore;
}

// RFC 1928 section 3: the methods a client knows, and then its request or its password.
Fit MatchSocks5Client(const Prefix& p) {
  if (const Fit begins = p.Begins("\x05"); begins != Fit::kYes) return begins;
  const size_t methods = p.At(1);
  if (p.Has(2) && (methods == 0 || methods > 8)) return Fit::kNo;
  if (!p.Has(2 + methods) || !p.Has(3)) return Fit::kNeedMore;
  for (size_t i = 0; i < methods; ++i) {
    if (p.At(2 + i) > 9 && p.At(2 + i) < 0x80) return Fit::kNo;
  }
  return Fit::kFits;
}

Fit MatchSocks5Server(const Prefix& p) {
  if (const Fit begins = p.Begins("\x05"); begins != Fit::kYes) return begins;
  if (!p.Has(2)) return Fit::kNeedMore;
  return p.At(1) <= 2 || p.At(1) == 0xff ? Fit::kFits : Fit::kNo;
}

// AJP 1.3: 0x1234 towards the container, "AB" back; a length, and a code that exists.
Fit MatchAjpClient(const Prefix& p) {
  if (const Fit begins = p.Begins("\x12\x34"); begins != Fit::kYes) return begins;
  if (!p.Has(6)) return Fit::kNeedMore;
  if (p.At(4) == 10 || p.At(4) == 9) return p.Be16(2) == 1 ? Fit::kYes : Fit::kNo;
  return p.At(4) == 2 && p.At(5) >= 1 && p.At(5) <= 27 && p.Be16(2) <= 8192 ? Fit::kYes : Fit::kNo;
}

Fit MatchAjpServer(const Prefix& p) {
  if (const Fit begins = p.Begins("AB"); begins != Fit::kYes) return begins;
  if (!p.Has(5)) return Fit::kNeedMore;
  const uint8_t code = p.At(4);
  if (code == 9) return p.Be16(2) == 1 ? Fit::kYes : Fit::kNo;
  return code >= 3 && code <= 6 && p.Be16(2) >= 2 && p.Be16(2) <= 8192 ? Fit::kYes : Fit::kNo;
}

// BEGIN_REQUEST: version 1, eight bytes of content, a role that exists.
Fit MatchFastCgi(const Prefix& p) {
  if (const Fit begins = p.Begins("\x01\x01"); begins != Fit::kYes) return begins;
  if (!p.Has(16)) return Fit::kNeedMore;
  return p.Be16(2) != 0 && p.Be16(4) == 8 && p.At(7) == 0 && p.Be16(8) >= 1 && p.Be16(8) <= 3 &&
                 p.At(10) <= 1 && p.AllZero(11, 5)
             ? Fit::kYes
             : Fit::kNo;
}

}  // namespace firebreak::inspect
