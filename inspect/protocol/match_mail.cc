// Mail, talk and media.
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "inspect/protocol/matchers.h"

namespace firebreak::inspect {
namespace {

bool HasWord(absl::string_view text, absl::string_view word) {
  return absl::StrContains(absl::AsciiStrToUpper(text), word);
}

// Whether the first word of text is one of words, in any case.
bool FirstWordIsOf(absl::string_view text, std::initializer_list<absl::string_view> words) {
  const absl::string_view first = TakeWord(&text);
  for (const absl::string_view word : words) {
    if (absl::EqualsIgnoreCase(first, word)) return true;
  }
  return false;
}

// A greeting such as "220 text" or "220-text". A greeting that names the protocol proves it.
Fit Greeting(const Prefix& p, absl::string_view code, absl::string_view name) {
  if (const Fit begins = p.Begins(code); begins != Fit::kYes) return begins;
  if (p.Has(4) && p.At(3) != ' ' && p.At(3) != '-' && p.At(3) != '\r') return Fit::kNo;
  const Line line = LineAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  return HasWord(line.text, name) ? Fit::kYes : Fit::kFits;
}

// A command line starts with a letter; a client that sends none of ours is not waited for.
Line CommandAt(const Prefix& p) {
  if (p.size() >= 1 && !absl::ascii_isalpha(p.At(0))) return Line();
  return LineAt(p);
}

bool EndsWithVersion(absl::string_view line, absl::string_view version) {
  return line.size() > version.size() && absl::EndsWith(line, version);
}

bool AnyStart(absl::string_view text, std::initializer_list<absl::string_view> starts) {
  for (const absl::string_view start : starts) {
    if (absl::StartsWith(text, start)) return true;
  }
  return false;
}

}  // namespace

// RFC 5321 section 4.1.1.1.
Fit MatchSmtpClient(const Prefix& p) {
  const Line line = CommandAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  return FirstWordIsOf(line.text, {"EHLO", "HELO", "LHLO"}) && line.text.size() > 5 ? Fit::kYes
                                                                                    : Fit::kNo;
}

Fit MatchSmtpServer(const Prefix& p) { return Greeting(p, "220", "SMTP"); }

Fit MatchFtpClient(const Prefix& p) {
  const Line line = CommandAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  absl::string_view rest = line.text;
  if (absl::EqualsIgnoreCase(TakeWord(&rest), "AUTH")) {
    return FirstWordIsOf(rest, {"TLS", "SSL", "TLS-C", "TLS-P", "GSSAPI"}) ? Fit::kFits : Fit::kNo;
  }
  return FirstWordIsOf(line.text, {"USER", "FEAT", "SYST", "HOST", "CLNT", "OPTS"}) ? Fit::kFits
                                                                                    : Fit::kNo;
}

Fit MatchFtpServer(const Prefix& p) { return Greeting(p, "220", "FTP"); }

// RFC 1939 section 4.
Fit MatchPop3Client(const Prefix& p) {
  const Line line = CommandAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  return FirstWordIsOf(line.text, {"USER", "CAPA", "APOP", "STLS", "AUTH"}) ? Fit::kFits : Fit::kNo;
}

Fit MatchPop3Server(const Prefix& p) {
  if (const Fit begins = p.Begins("+OK"); begins != Fit::kYes) return begins;
  const Line line = LineAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  return HasWord(line.text, "POP") ? Fit::kYes : Fit::kFits;
}

// RFC 9051 section 2.2.1: a tag of the client's own, then a command.
Fit MatchImapClient(const Prefix& p) {
  if (p.size() >= 1 && !absl::ascii_isalnum(p.At(0))) return Fit::kNo;
  const Line line = LineAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  absl::string_view rest = line.text;
  const absl::string_view tag = TakeWord(&rest);
  if (tag.size() > 16) return Fit::kNo;
  return FirstWordIsOf(rest, {"CAPABILITY", "LOGIN", "AUTHENTICATE", "STARTTLS", "ID"}) ? Fit::kYes
                                                                                        : Fit::kNo;
}

Fit MatchImapServer(const Prefix& p) { return p.BeginsAny({"* OK ", "* PREAUTH ", "* BYE "}); }

Fit MatchNntpClient(const Prefix& p) {
  const Line line = CommandAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  if (absl::EqualsIgnoreCase(line.text, "MODE READER")) return Fit::kYes;
  if (absl::StartsWithIgnoreCase(line.text, "AUTHINFO ")) return Fit::kYes;
  return FirstWordIsOf(line.text, {"CAPABILITIES", "GROUP", "LIST", "ARTICLE", "IHAVE"})
             ? Fit::kFits
             : Fit::kNo;
}

// RFC 3977 section 5.1: 200 and 201.
Fit MatchNntpServer(const Prefix& p) {
  return std::max(
      {Greeting(p, "200", "NNTP"), Greeting(p, "201", "NNTP"), Greeting(p, "200", "NEWS")});
}

// RFC 2812 section 3.1.
Fit MatchIrcClient(const Prefix& p) {
  const Line line = CommandAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  if (AnyStart(line.text, {"CAP LS", "CAP REQ"})) return Fit::kYes;
  const bool user = absl::StartsWith(line.text, "USER ") && absl::StrContains(line.text, " :");
  if (user) return Fit::kYes;
  if (!AnyStart(line.text, {"NICK ", "PASS "})) return Fit::kNo;
  const Line second = LineAt(p, line.next);
  if (second.fit != Fit::kYes) return second.fit;
  return AnyStart(second.text, {"USER ", "NICK "}) ? Fit::kYes : Fit::kFits;
}

Fit MatchIrcServer(const Prefix& p) {
  if (const Fit begins = p.BeginsAny({":", "NOTICE "}); begins != Fit::kYes) return begins;
  const Line line = LineAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  absl::string_view rest = line.text;
  if (rest[0] == ':' && TakeWord(&rest).size() < 2) return Fit::kNo;
  const absl::string_view command = TakeWord(&rest);
  if (command == "001" || command == "NOTICE")
    return absl::StrContains(rest, ':') ? Fit::kYes : Fit::kNo;
  return command.size() == 3 && IsNumber(command) && absl::StrContains(rest, " :") ? Fit::kYes
                                                                                   : Fit::kNo;
}

// RFC 6120 section 4.
Fit MatchXmpp(const Prefix& p) {
  if (const Fit begins = p.BeginsAny({"<?xml", "<stream:stream"}); begins != Fit::kYes) {
    return begins;
  }
  if (absl::StrContains(p.bytes(), "<stream:stream")) return Fit::kYes;
  return p.full() ? Fit::kNo : Fit::kNeedMore;
}

// RFC 3261 section 7.
Fit MatchSip(const Prefix& p) {
  const Fit begins = p.BeginsAny({"SIP/2.0 ", "INVITE ", "REGISTER ", "OPTIONS ", "ACK ", "BYE ",
                                  "CANCEL ", "SUBSCRIBE ", "NOTIFY ", "PUBLISH ", "INFO ", "REFER ",
                                  "MESSAGE ", "UPDATE ", "PRACK "});
  if (begins != Fit::kYes) return begins;
  const Line line = LineAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  if (absl::StartsWith(line.text, "SIP/2.0 ")) {
    return IsNumber(line.text.substr(8, 3)) ? Fit::kYes : Fit::kNo;
  }
  absl::string_view rest = line.text;
  TakeWord(&rest);
  const bool uri = AnyStart(absl::AsciiStrToLower(rest), {"sip:", "sips:", "tel:"});
  return uri && (EndsWithVersion(rest, " SIP/2.0") || line.text.size() >= kProtocolWindow)
             ? Fit::kYes
             : Fit::kNo;
}

// RFC 7826 section 20.
Fit MatchRtsp(const Prefix& p) {
  const Fit begins =
      p.BeginsAny({"RTSP/", "OPTIONS ", "DESCRIBE ", "SETUP ", "PLAY ", "ANNOUNCE ", "TEARDOWN ",
                   "GET_PARAMETER ", "RECORD ", "PAUSE ", "SET_PARAMETER "});
  if (begins != Fit::kYes) return begins;
  const Line line = LineAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  if (AnyStart(line.text, {"RTSP/1.0 ", "RTSP/2.0 "})) return Fit::kYes;
  return EndsWithVersion(line.text, " RTSP/1.0") || EndsWithVersion(line.text, " RTSP/2.0")
             ? Fit::kYes
             : Fit::kNo;
}

// Version 3, a time, and four bytes that are zero or, since Flash 9, a version.
Fit MatchRtmp(const Prefix& p) {
  if (const Fit begins = p.Begins("\x03"); begins != Fit::kYes) return begins;
  if (p.Has(2) && p.At(1) > 0x7f) return Fit::kNo;
  // All of C0 and C1 go out before anything comes back, so that the window fills.
  if (!p.full()) return Fit::kNeedMore;
  const bool tpkt = p.At(1) == 0 && p.Be16(2) != 0 && p.At(5) >= 0xe0;
  return !tpkt && (p.AllZero(5, 4) || (p.At(5) <= 0x80 && p.At(5) > 0)) ? Fit::kFits : Fit::kNo;
}

// SCCP: length, a header version, a message that exists.
Fit MatchSkinny(const Prefix& p) {
  if (p.Has(4) && (p.Le32(0) < 4 || p.Le32(0) > 2048)) return Fit::kNo;
  if (!p.Has(12)) return Fit::kNeedMore;
  const uint32_t version = p.Le32(4);
  const uint32_t message = p.Le32(8);
  const bool known = version == 0 || (version >= 10 && version <= 22);
  return known && message <= 0x160 ? Fit::kFits : Fit::kNo;
}

// Q.931 SETUP, ALERTING or CONNECT within TPKT.
Fit MatchH323(const Prefix& p) {
  if (const Fit begins = p.Begins(absl::string_view("\x03\0", 2)); begins != Fit::kYes) {
    return begins;
  }
  if (!p.Has(9)) return Fit::kNeedMore;
  const uint8_t message = p.At(8);
  const bool known = message == 5 || message == 2 || message == 1 || message == 7 || message == 13;
  return p.At(4) == 8 && p.At(5) == 2 && known ? Fit::kYes : Fit::kNo;
}

// RFC 3435 section 3.2.1: "AUEP 1200 aaln/1@gw MGCP 1.0". A line may end with CR alone.
Fit MatchMgcp(const Prefix& p) {
  if (const Fit begins = p.BeginsAny(
          {"EPCF ", "CRCX ", "MDCX ", "DLCX ", "RQNT ", "NTFY ", "AUEP ", "AUCX ", "RSIP "});
      begins != Fit::kYes) {
    return begins;
  }
  const absl::string_view line = p.bytes().substr(0, p.bytes().find('\r'));
  if (absl::StrContains(line, " MGCP ")) return IsPrintable(line) ? Fit::kYes : Fit::kNo;
  return line.size() < p.size() || p.full() ? Fit::kNo : Fit::kNeedMore;
}

Fit MatchMegaco(const Prefix& p) {
  return p.BeginsAny({"MEGACO/1 ", "MEGACO/2 ", "MEGACO/3 ", "!/1 [", "!/2 ["});
}

// SMPP 3.4 section 3.2: length, a bind, status 0, a sequence number, a printable name.
Fit MatchSmppClient(const Prefix& p) {
  if (p.Has(4) && (p.Be32(0) < 17 || p.Be32(0) > 256)) return Fit::kNo;
  if (p.Has(8) && p.Be32(4) != 1 && p.Be32(4) != 2 && p.Be32(4) != 9) return Fit::kNo;
  if (!p.Has(18)) return Fit::kNeedMore;
  return p.Be32(8) == 0 && p.Be32(12) != 0 && p.Be32(12) < 0x80000000 &&
                 absl::ascii_isgraph(p.At(16)) && (p.At(17) == 0 || absl::ascii_isgraph(p.At(17)))
             ? Fit::kYes
             : Fit::kNo;
}

Fit MatchSmppServer(const Prefix& p) {
  if (p.Has(4) && (p.Be32(0) < 16 || p.Be32(0) > 256)) return Fit::kNo;
  if (!p.Has(16)) return Fit::kNeedMore;
  const uint32_t bind = p.Be32(4) & 0x7fffffff;
  return p.At(4) == 0x80 && (bind == 1 || bind == 2 || bind == 9) && p.Be32(12) != 0 ? Fit::kYes
                                                                                     : Fit::kNo;
}

}  // namespace firebreak::inspect
