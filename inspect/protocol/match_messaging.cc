// Queues, streams of messages, and remote calls.
#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

#include "inspect/protocol/matchers.h"

namespace firebreak::inspect {
namespace {

bool IsIdentifier(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == ':';
  });
}

// The methods of a mining pool: Stratum 1 in Bitcoin's and in Ethereum's way, and the log-in of the
// pools for coins that CPUs mine.
bool IsMinerMethod(absl::string_view text) {
  for (const absl::string_view method :
       {"\"mining.subscribe\"", "\"mining.authorize\"", "\"mining.submit\"", "\"mining.notify\"",
        "\"mining.configure\"", "\"mining.set_difficulty\"", "\"mining.extranonce.subscribe\"",
        "\"eth_submitLogin\"", "\"eth_submitWork\"", "\"eth_getWork\"", "\"mining.hello\""}) {
    if (absl::StrContains(text, method)) return true;
  }
  const bool login = absl::StrContains(text, "\"login\"");
  return login && absl::StrContains(text, "\"pass\"") && absl::StrContains(text, "\"params\"");
}

// Whether p starts as a JSON object, or as a list of them.
Fit JsonStart(const Prefix& p) {
  for (size_t i = 0; i < p.size(); ++i) {
    const uint8_t c = p.At(i);
    if (c == '{') return Fit::kYes;
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t' && c != '[') return Fit::kNo;
  }
  return p.full() ? Fit::kNo : Fit::kNeedMore;
}

absl::string_view WithoutSpaces(absl::string_view text, std::string* out) {
  for (const char c : text) {
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') out->push_back(c);
  }
  return *out;
}

}  // namespace

// A request: length, an API and version that exist, correlation, the client's name.
Fit MatchKafkaClient(const Prefix& p) {
  if (p.Has(4) && (p.Be32(0) < 10 || p.Be32(0) > 100 * 1024 * 1024)) return Fit::kNo;
  if (p.Has(8) && (p.Be16(4) > 92 || p.Be16(6) > 20)) return Fit::kNo;
  if (!p.Has(14)) return Fit::kNeedMore;
  const uint16_t name = p.Be16(12);
  if (name == 0xffff || name == 0) return p.Be32(8) < 0x10000 ? Fit::kFits : Fit::kNo;
  if (name > 240 || p.Be32(0) < 10U + name) return Fit::kNo;
  const absl::string_view text = p.From(14, name);
  if (!IsPrintable(text)) return Fit::kNo;
  if (text.size() == name || p.full()) return Fit::kYes;
  return Fit::kNeedMore;
}

Fit MatchAmqp091Client(const Prefix& p) {
  return p.BeginsAny({absl::string_view("AMQP\0\0\x09\x01", 8),
                      absl::string_view("AMQP\x01\x01\0\x09", 8),
                      absl::string_view("AMQP\x01\x01\x08\0", 8)});
}

// Connection.Start is method 10.10 on channel 0.
Fit MatchAmqp091Server(const Prefix& p) {
  if (const Fit begins = p.Begins(absl::string_view("\x01\0\0", 3)); begins != Fit::kYes)
    return begins;
  if (!p.Has(13)) return Fit::kNeedMore;
  return p.Be32(7) == 0x000a000a && p.At(11) == 0 && p.At(12) == 9 ? Fit::kYes : Fit::kNo;
}

Fit MatchAmqp10(const Prefix& p) {
  return p.BeginsAny({absl::string_view("AMQP\0\x01\0\0", 8),
                      absl::string_view("AMQP\x02\x01\0\0", 8),
                      absl::string_view("AMQP\x03\x01\0\0", 8)});
}

// MQTT 3.1.1 section 3.1: CONNECT, a length of up to four bytes, the protocol's name and level.
Fit MatchMqttClient(const Prefix& p) {
  if (const Fit begins = p.Begins("\x10"); begins != Fit::kYes) return begins;
  size_t at = 1;
  while (at < 4 && (p.At(at) & 0x80) != 0) ++at;
  if ((p.At(at) & 0x80) != 0) return Fit::kNo;
  const Prefix name(p.From(at + 1));
  return name.BeginsAny(
      {absl::string_view("\0\x04MQTT\x03", 7), absl::string_view("\0\x04MQTT\x04", 7),
       absl::string_view("\0\x04MQTT\x05", 7), absl::string_view("\0\x06MQIsdp\x03", 9)});
}

Fit MatchMqttServer(const Prefix& p) {
  if (const Fit begins = p.Begins("\x20"); begins != Fit::kYes) return begins;
  if (!p.Has(4)) return Fit::kNeedMore;
  const bool v3 = p.At(1) == 2 && p.At(3) <= 5;
  const bool v5 = p.At(1) >= 3 && p.At(1) < 0x80;
  return p.At(2) <= 1 && (v3 || v5) ? Fit::kFits : Fit::kNo;
}

Fit MatchNatsClient(const Prefix& p) {
  const Fit begins = p.BeginsAny({"CONNECT {", "connect {"});
  return begins;
}

Fit MatchNatsServer(const Prefix& p) { return p.Begins("INFO {"); }

Fit MatchStompClient(const Prefix& p) {
  if (const Fit begins = p.BeginsAny({"CONNECT\n", "CONNECT\r\n", "STOMP\n", "STOMP\r\n"});
      begins != Fit::kYes) {
    return begins;
  }
  const Line header = LineAt(p, LineAt(p).next);
  if (header.fit != Fit::kYes) return header.fit;
  return absl::StrContains(header.text, ':') ? Fit::kYes : Fit::kNo;
}

Fit MatchStompServer(const Prefix& p) {
  if (const Fit begins = p.BeginsAny({"CONNECTED\n", "CONNECTED\r\n"}); begins != Fit::kYes)
    return begins;
  const Line header = LineAt(p, LineAt(p).next);
  if (header.fit != Fit::kYes) return header.fit;
  return absl::StrContains(header.text, ':') ? Fit::kYes : Fit::kNo;
}

// A packet: NUL and "REQ" or "RES", a type that exists, a size.
Fit MatchGearman(const Prefix& p) {
  const Fit begins = p.BeginsAny({absl::string_view("\0REQ", 4), absl::string_view("\0RES", 4)});
  if (begins != Fit::kYes) return begins;
  if (!p.Has(12)) return Fit::kNeedMore;
  return p.Be32(4) >= 1 && p.Be32(4) <= 42 && p.Be32(8) < 0x10000000 ? Fit::kYes : Fit::kNo;
}

// "put <pri> <delay> <ttr> <bytes>"
Fit MatchBeanstalkClient(const Prefix& p) {
  if (p.Has(1) && !absl::ascii_islower(p.At(0))) return Fit::kNo;
  const Line line = LineAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  absl::string_view rest = line.text;
  const absl::string_view command = TakeWord(&rest);
  if (command == "put") {
    for (int i = 0; i < 4; ++i) {
      if (!IsNumber(TakeWord(&rest))) return Fit::kNo;
    }
    return rest.empty() ? Fit::kYes : Fit::kNo;
  }
  const bool tube =
      (command == "use" || command == "watch" || command == "ignore") && IsIdentifier(rest);
  return tube || line.text == "reserve" || line.text == "list-tubes" ||
                 absl::StartsWith(line.text, "reserve-with-timeout ")
             ? Fit::kFits
             : Fit::kNo;
}

Fit MatchBeanstalkServer(const Prefix& p) {
  if (p.Has(1) && !absl::ascii_isupper(p.At(0))) return Fit::kNo;
  const Line line = LineAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  absl::string_view rest = line.text;
  const absl::string_view word = TakeWord(&rest);
  if (word == "USING") return IsIdentifier(rest) ? Fit::kFits : Fit::kNo;
  if (word == "INSERTED" || word == "WATCHING") return IsNumber(rest) ? Fit::kFits : Fit::kNo;
  if (word == "RESERVED") return IsNumber(TakeWord(&rest)) && IsNumber(rest) ? Fit::kYes : Fit::kNo;
  return line.text == "TIMED_OUT" || line.text == "NOT_FOUND" ? Fit::kFits : Fit::kNo;
}

// ZMTP 3: a signature of ten bytes, version 3, the mechanism's name.
Fit MatchZmtp(const Prefix& p) {
  if (const Fit begins = p.Begins("\xff"); begins != Fit::kYes) return begins;
  if (p.Has(9) && !p.AllZero(1, 7)) return Fit::kNo;
  if (p.Has(10) && p.At(9) != 0x7f) return Fit::kNo;
  if (!p.Has(12)) return Fit::kNeedMore;
  return p.At(10) >= 1 && p.At(10) <= 3 && p.At(11) <= 1 ? Fit::kYes : Fit::kNo;
}

// WIREFORMAT_INFO: length, 1, "ActiveMQ".
Fit MatchOpenWire(const Prefix& p) {
  if (p.Has(1) && p.At(0) != 0) return Fit::kNo;
  if (p.Has(5) && p.At(4) != 1) return Fit::kNo;
  return p.Has(5) ? p.Begins("ActiveMQ", 5) : Fit::kNeedMore;
}

// The strict binary protocol, framed or not: 0x8001, 0, a kind of message, a method's name.
Fit MatchThrift(const Prefix& p) {
  if (p.Has(1) && p.At(0) > 0 && p.At(0) != 0x80) return Fit::kNo;
  const size_t at = p.At(0) == 0x80 ? 0 : 4;
  if (p.Has(at + 2) && p.Be16(at) != 0x8001) return Fit::kNo;
  if (!p.Has(at + 8)) return Fit::kNeedMore;
  const uint32_t name = p.Be32(at + 4);
  if (p.At(at + 2) != 0 || p.At(at + 3) < 1 || p.At(at + 3) > 4 || name == 0 || name > 128)
    return Fit::kNo;
  if (!IsIdentifier(p.From(at + 8, name)) && p.Has(at + 9)) return Fit::kNo;
  return p.Has(at + 8 + name) ? Fit::kYes : Fit::kNeedMore;
}

// One line of JSON an order. Only the window is read: a method that comes late is not seen.
Fit MatchStratum(const Prefix& p) {
  if (const Fit start = JsonStart(p); start != Fit::kYes) return start;
  const absl::string_view text = p.bytes().substr(0, p.bytes().find('\n'));
  if (IsMinerMethod(text)) return Fit::kYes;
  return p.full() || text.size() < p.size() ? Fit::kNo : Fit::kNeedMore;
}

Fit MatchJsonRpc(const Prefix& p) {
  if (const Fit start = JsonStart(p); start != Fit::kYes) return start;
  std::string packed;
  const absl::string_view text = WithoutSpaces(p.bytes(), &packed);
  if (absl::StrContains(text, "\"jsonrpc\":\"")) return Fit::kYes;
  return p.full() ? Fit::kNo : Fit::kNeedMore;
}

// "JRMI", version 2, one of three ways to talk.
Fit MatchJavaRmiClient(const Prefix& p) {
  if (const Fit begins = p.Begins(absl::string_view("JRMI\0\x02", 6)); begins != Fit::kYes)
    return begins;
  if (!p.Has(7)) return Fit::kNeedMore;
  return p.At(6) >= 0x4b && p.At(6) <= 0x4d ? Fit::kYes : Fit::kNo;
}

// ProtocolAck: the client's address in words, and its port.
Fit MatchJavaRmiServer(const Prefix& p) {
  if (const Fit begins = p.Begins(absl::string_view("\x4e\0", 2)); begins != Fit::kYes)
    return begins;
  const size_t name = p.At(2);
  if (!p.Has(3 + name + 4)) return IsPrintable(p.From(3, name)) ? Fit::kNeedMore : Fit::kNo;
  return name > 0 && IsPrintable(p.From(3, name)) && p.Be16(3 + name) == 0 ? Fit::kFits : Fit::kNo;
}

// Java's own serialisation: magic, version 5, and the tag of an object or a block.
Fit MatchJavaSerial(const Prefix& p) {
  if (const Fit begins = p.Begins(absl::string_view("\xac\xed\0\x05", 4)); begins != Fit::kYes)
    return begins;
  if (!p.Has(5)) return Fit::kNeedMore;
  return p.At(4) >= 0x70 && p.At(4) <= 0x7e ? Fit::kYes : Fit::kNo;
}

Fit MatchJdwp(const Prefix& p) { return p.Begins("JDWP-Handshake"); }

// FIX: version, length and kind of message are the first three fields, in this order.
Fit MatchFix(const Prefix& p) {
  if (const Fit begins = p.Begins("8=FIX"); begins != Fit::kYes) return begins;
  const size_t mark = p.bytes().find(
      "\x01"
      "9=");
  if (mark == absl::string_view::npos || mark > 16) return p.Has(24) ? Fit::kNo : Fit::kNeedMore;
  const size_t type = p.bytes().find(
      "\x01"
      "35=",
      mark + 3);
  if (type == absl::string_view::npos) return p.Has(40) ? Fit::kNo : Fit::kNeedMore;
  return type < 34 && IsNumber(p.From(mark + 3, type - mark - 3)) ? Fit::kYes : Fit::kNo;
}

Fit MatchHl7(const Prefix& p) { return p.Begins("\x0bMSH|"); }

}  // namespace firebreak::inspect
