// Shells, screens and files.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "inspect/protocol/matchers.h"

namespace firebreak::inspect {
namespace {

constexpr uint8_t kTelnetIac = 255;
constexpr uint8_t kTelnetSub = 250;

// TpktHead: RFC 1006 section 6, with an ISO 8073 connect request (0xe0) or confirm (0xd0) in it.
Fit TpktHead(const Prefix& p, uint8_t code) {
  if (const Fit begins = p.Begins(absl::string_view("\x03\0", 2)); begins != Fit::kYes) {
    return begins;
  }
  if (p.Has(6) && p.At(5) != code) return Fit::kNo;
  if (!p.Has(11)) return Fit::kNeedMore;
  const uint16_t length = p.Be16(2);
  return length >= 11 && length <= 512 && p.At(4) == length - 5 ? Fit::kYes : Fit::kNo;
}

// The four bytes of the NetBIOS session service (RFC 1002 section 4.3) before SMB.
Fit SmbHead(const Prefix& p, absl::string_view magic) {
  if (p.Has(1) && p.At(0) != 0) return Fit::kNo;
  if (p.Has(4) && (p.Be24(1) < 32 || p.Be24(1) > 0x100000)) return Fit::kNo;
  return p.Begins(magic, 4);
}

bool IsHex(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isxdigit);
}

}  // namespace

// RFC 4253 section 4.2.
Fit MatchSsh(const Prefix& p) {
  if (const Fit begins = p.Begins("SSH-"); begins != Fit::kYes) return begins;
  if (!p.Has(8)) return Fit::kNeedMore;
  const bool version =
      (p.At(4) == '1' || p.At(4) == '2') && p.At(5) == '.' && absl::ascii_isdigit(p.At(6));
  return version && (p.At(7) == '-' || absl::ascii_isdigit(p.At(7))) ? Fit::kYes : Fit::kNo;
}

// RFC 854: two negotiations in a row are no accident; one alone may be.
Fit MatchTelnet(const Prefix& p) {
  if (const Fit begins = p.Begins("\xff"); begins != Fit::kYes) return begins;
  if (p.Has(2) && p.At(1) < kTelnetSub) return Fit::kNo;
  if (p.Has(3) && p.At(2) > 60) return Fit::kNo;
  if (p.Has(2) && (p.At(1) == kTelnetIac || p.At(1) == kTelnetSub)) return Fit::kNo;
  if (!p.Has(6)) return Fit::kNeedMore;
  return p.At(3) == kTelnetIac && p.At(4) >= kTelnetSub && p.At(4) < kTelnetIac && p.At(5) <= 60
             ? Fit::kYes
             : Fit::kFits;
}

// MS-RDPBCGR 2.2.1.1: a routing cookie, or a negotiation request of eight bytes.
Fit MatchRdpClient(const Prefix& p) {
  if (const Fit head = TpktHead(p, 0xe0); head != Fit::kYes) return head;
  const uint16_t length = p.Be16(2);
  if (const Fit cookie = p.Begins("Cookie: m", 11); length > 19 && cookie != Fit::kNo) {
    return cookie;
  }
  if (length == 11) return Fit::kFits;
  if (length < 19) return Fit::kNo;
  if (!p.Has(19)) return Fit::kNeedMore;
  return p.At(11) == 1 && p.Le16(13) == 8 && p.Le32(15) <= 0x1f ? Fit::kYes : Fit::kNo;
}

Fit MatchRdpServer(const Prefix& p) {
  if (const Fit head = TpktHead(p, 0xd0); head != Fit::kYes) return head;
  const uint16_t length = p.Be16(2);
  if (length == 11) return Fit::kFits;
  if (length != 19) return Fit::kNo;
  if (!p.Has(19)) return Fit::kNeedMore;
  return (p.At(11) == 2 || p.At(11) == 3) && p.Le16(13) == 8 ? Fit::kYes : Fit::kNo;
}

// RFC 6143 section 7.1.1: "RFB 003.008\n".
Fit MatchVnc(const Prefix& p) {
  if (const Fit begins = p.Begins("RFB "); begins != Fit::kYes) return begins;
  if (!p.Has(12)) return Fit::kNeedMore;
  return IsNumber(p.From(4, 3)) && p.At(7) == '.' && IsNumber(p.From(8, 3)) && p.At(11) == '\n'
             ? Fit::kYes
             : Fit::kNo;
}

// X11 section 8: byte order, version 11.0, the lengths of the authorisation's name and data.
Fit MatchX11Client(const Prefix& p) {
  if (p.Has(1) && p.At(0) != 'l' && p.At(0) != 'B') return Fit::kNo;
  if (p.Has(2) && p.At(1) != 0) return Fit::kNo;
  if (!p.Has(12)) return Fit::kNeedMore;
  const bool little = p.At(0) == 'l';
  const auto number = [&](size_t at) { return little ? p.Le16(at) : p.Be16(at); };
  return number(2) == 11 && number(4) == 0 && number(6) <= 64 && number(8) <= 256 && p.Be16(10) == 0
             ? Fit::kYes
             : Fit::kNo;
}

Fit MatchX11Server(const Prefix& p) {
  if (p.Has(1) && p.At(0) > 2) return Fit::kNo;
  if (!p.Has(8)) return Fit::kNeedMore;
  const bool version = (p.Le16(2) == 11 && p.Le16(4) == 0) || (p.Be16(2) == 11 && p.Be16(4) == 0);
  return version ? Fit::kFits : Fit::kNo;
}

Fit MatchSmb1(const Prefix& p) { return SmbHead(p, "\xffSMB"); }

Fit MatchSmb2(const Prefix& p) { return std::max(SmbHead(p, "\xfeSMB"), SmbHead(p, "\xfdSMB")); }

// A session request: two names of 32 half-ASCII letters each.
Fit MatchNetbiosRequest(const Prefix& p) {
  if (const Fit begins = p.Begins(absl::string_view("\x81\0\0\x44\x20", 5)); begins != Fit::kYes) {
    return begins;
  }
  if (!p.Has(37)) return Fit::kNeedMore;
  const absl::string_view name = p.From(5, 32);
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'P'; })
             ? Fit::kYes
             : Fit::kNo;
}

Fit MatchNetbiosResponse(const Prefix& p) {
  if (const Fit begins =
          p.BeginsAny({absl::string_view("\x82\0\0\0", 4), absl::string_view("\x83\0\0\x01", 4)});
      begins != Fit::kYes) {
    return begins;
  }
  return Fit::kFits;
}

// RFC 5531: a record mark, a call of version 2, a program that is not the transient range.
Fit MatchRpcCall(const Prefix& p) {
  if (p.Has(1) && (p.At(0) & 0x7f) != 0) return Fit::kNo;
  if (p.Has(12) && p.Be32(8) != 0) return Fit::kNo;
  if (!p.Has(28)) return Fit::kNeedMore;
  const uint32_t length = p.Be32(0) & 0x7fffffff;
  return length >= 40 && p.Be32(12) == 2 && p.Be32(16) >= 100000 && p.Be32(16) < 0x60000000 &&
                 p.Be32(20) <= 16 && p.Be32(24) <= 64
             ? Fit::kYes
             : Fit::kNo;
}

Fit MatchRpcReply(const Prefix& p) {
  if (p.Has(1) && (p.At(0) & 0x7f) != 0) return Fit::kNo;
  if (p.Has(12) && p.Be32(8) != 1) return Fit::kNo;
  if (!p.Has(28)) return Fit::kNeedMore;
  const uint32_t length = p.Be32(0) & 0x7fffffff;
  if (length < 24 || length > 0x400000 || p.Be32(12) > 1) return Fit::kNo;
  const bool verifier = p.Be32(16) <= 6 && p.Be32(20) <= 400;
  return p.Be32(12) == 0 && verifier && p.At(4) + p.At(5) + p.At(6) + p.At(7) != 0 ? Fit::kYes
                                                                                   : Fit::kFits;
}

// DSI: a request or an answer, a command that exists, lengths, a reserved word.
Fit MatchAfpClient(const Prefix& p) {
  if (p.Has(1) && p.At(0) != 0) return Fit::kNo;
  if (p.Has(2) && (p.At(1) < 1 || p.At(1) > 8)) return Fit::kNo;
  if (!p.Has(16)) return Fit::kNeedMore;
  return p.Be32(4) <= 64 && p.Be32(8) <= 65536 && p.Be32(12) == 0 ? Fit::kFits : Fit::kNo;
}

Fit MatchAfpServer(const Prefix& p) {
  if (p.Has(1) && p.At(0) != 1) return Fit::kNo;
  if (p.Has(2) && (p.At(1) < 1 || p.At(1) > 8)) return Fit::kNo;
  if (!p.Has(16)) return Fit::kNeedMore;
  return p.Be32(8) <= 65536 && p.Be32(12) == 0 ? Fit::kFits : Fit::kNo;
}

Fit MatchRsync(const Prefix& p) {
  if (const Fit begins = p.Begins("@RSYNCD: "); begins != Fit::kYes) return begins;
  if (!p.Has(10)) return Fit::kNeedMore;
  return absl::ascii_isdigit(p.At(9)) ? Fit::kYes : Fit::kNo;
}

// RFC 7143 section 11.12: a login request, and its text.
Fit MatchIscsiClient(const Prefix& p) {
  if (p.Has(1) && p.At(0) != 0x43) return Fit::kNo;
  if (p.Has(8) && (p.Be16(2) != 0 || p.At(4) != 0)) return Fit::kNo;
  if (!p.Has(62)) return Fit::kNeedMore;
  return p.Begins("InitiatorName=", 48) == Fit::kYes || p.Begins("AuthMethod=", 48) == Fit::kYes
             ? Fit::kYes
             : Fit::kNo;
}

Fit MatchIscsiServer(const Prefix& p) {
  if (p.Has(1) && p.At(0) != 0x23) return Fit::kNo;
  if (!p.Has(48)) return Fit::kNeedMore;
  return p.Be16(2) == 0 && p.At(4) == 0 && p.At(36) <= 3 ? Fit::kFits : Fit::kNo;
}

// gitprotocol-pack: a length of four hex digits, then what is asked for.
Fit MatchGitClient(const Prefix& p) {
  if (!p.Has(4)) return p.Has(1) && p.At(0) != '0' ? Fit::kNo : Fit::kNeedMore;
  if (!IsHex(p.From(0, 4))) return Fit::kNo;
  const Prefix rest(p.From(4));
  return rest.BeginsAny({"git-upload-pack /", "git-receive-pack /", "git-upload-archive /"});
}

Fit MatchGitServer(const Prefix& p) {
  if (!p.Has(4)) return p.Has(1) && p.At(0) != '0' ? Fit::kNo : Fit::kNeedMore;
  if (!IsHex(p.From(0, 4))) return Fit::kNo;
  const Prefix rest(p.From(4));
  const Fit words = rest.BeginsAny({"version 1\n", "version 2\n", "ERR "});
  if (words == Fit::kYes) return Fit::kYes;
  if (!rest.Has(41)) {
    return words == Fit::kNeedMore || rest.size() == 0 || IsHex(rest.bytes()) ? Fit::kNeedMore
                                                                              : Fit::kNo;
  }
  return IsHex(rest.From(0, 40)) && rest.At(40) == ' ' ? Fit::kYes : Fit::kNo;
}

Fit MatchSvnClient(const Prefix& p) {
  const Fit begins = p.BeginsAny({"( 2 ( ", "( 1 ( "});
  if (begins != Fit::kYes) return begins;
  if (absl::StrContains(p.bytes(), "svn://") || absl::StrContains(p.bytes(), "svndiff1")) {
    return Fit::kYes;
  }
  return p.full() ? Fit::kNo : Fit::kNeedMore;
}

Fit MatchSvnServer(const Prefix& p) { return p.BeginsAny({"( success ( ", "( failure ( "}); }

}  // namespace firebreak::inspect
