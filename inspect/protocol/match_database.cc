// Databases.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

#include "inspect/protocol/matchers.h"

namespace firebreak::inspect {
namespace {

bool IsVersionText(absl::string_view text) {
  return !text.empty() && absl::ascii_isdigit(text[0]) && IsPrintable(text);
}

// A PRELOGIN's table of (token, offset, length) up to 0xff; what it points at lies behind it.
Fit TdsTokens(const Prefix& p) {
  const uint16_t body = static_cast<uint16_t>(p.Be16(2) - 8);
  for (size_t at = 8, rows = 0; rows <= 10; at += 5, ++rows) {
    if (!p.Has(at + 1)) return Fit::kNeedMore;
    if (p.At(at) == 0xff) return rows > 0 ? Fit::kYes : Fit::kNo;
    if (p.At(at) > 9) return Fit::kNo;
    if (!p.Has(at + 5)) return Fit::kNeedMore;
    if (p.Be16(at + 1) + p.Be16(at + 3) > body) return Fit::kNo;
  }
  return Fit::kNo;
}

// The head of a TDS packet: type, status, length, then the tokens at 8.
Fit TdsHead(const Prefix& p, uint8_t type) {
  if (p.Has(1) && p.At(0) != type) return Fit::kNo;
  if (p.Has(2) && p.At(1) != 1) return Fit::kNo;
  if (!p.Has(9)) return Fit::kNeedMore;
  return p.Be16(2) > 8 && p.Be16(2) <= 32767 && p.At(7) == 0 ? Fit::kYes : Fit::kNo;
}

Fit MongoHead(const Prefix& p) {
  if (p.Has(4) && (p.Le32(0) < 21 || p.Le32(0) > 48'000'000)) return Fit::kNo;
  if (p.Has(4) && p.At(3) > 2) return Fit::kNo;
  return p.Has(21) ? Fit::kYes : Fit::kNeedMore;
}

bool IsMongoMessage(const Prefix& p) { return (p.Le32(16) & 0xfffefffc) == 0 && p.At(20) <= 2; }

constexpr uint32_t kMongoReply = 1;
constexpr uint32_t kMongoCompressed = 2012;
constexpr uint32_t kMongoMessage = 2013;

// The head of memcached's binary packet: magic, opcode, the lengths of key, extras and body. Only
// a few commands have neither a key nor extras.
Fit MemcachedBinary(const Prefix& p, uint8_t magic) {
  if (p.Has(1) && p.At(0) != magic) return Fit::kNo;
  if (!p.Has(24)) return Fit::kNeedMore;
  constexpr uint32_t kMaxBody = 2 << 20;
  const uint8_t opcode = p.At(1);
  const uint32_t named = static_cast<uint32_t>(p.Be16(2)) + p.At(4);
  const bool bare = opcode == 0x07 || opcode == 0x08 || opcode == 0x0a || opcode == 0x0b ||
                    opcode == 0x10 || opcode == 0x17 || opcode == 0x18 || opcode == 0x20;
  if (opcode > 0x24 || p.Be16(2) > 250 || p.At(4) > 24 || p.At(5) != 0) return Fit::kNo;
  if (magic == 0x80 && named == 0 && !bare) return Fit::kNo;
  return p.Be32(8) >= named && p.Be32(8) <= kMaxBody ? Fit::kYes : Fit::kNo;
}

// "set key flags exptime bytes"
bool IsMemcachedStore(absl::string_view line) {
  const absl::string_view command = TakeWord(&line);
  if (command != "set" && command != "add" && command != "replace" && command != "append" &&
      command != "prepend" && command != "cas") {
    return false;
  }
  const absl::string_view key = TakeWord(&line);
  return !key.empty() && key.size() <= 250 && IsNumber(TakeWord(&line)) &&
         !TakeWord(&line).empty() && IsNumber(TakeWord(&line));
}

constexpr size_t kCqlHead = 9;

}  // namespace

// What a client answers with: a packet numbered 1 with the 4.1 capability, and 23 bytes of zero.
Fit MatchMysqlClient(const Prefix& p) {
  if (p.Has(4) && p.At(3) != 1) return Fit::kNo;
  if (p.Has(4) && p.Le24(0) < 32) return Fit::kNo;
  if (!p.Has(36)) return Fit::kNeedMore;
  const bool zeros = p.AllZero(13, 19);  // the last four of the 23 are MariaDB's capabilities
  return (p.Le32(4) & 0x200) != 0 && zeros && p.At(12) != 0 ? Fit::kYes : Fit::kNo;
}

// HandshakeV10: length, packet 0, 10, the server's version, thread, eight bytes, a zero.
Fit MatchMysqlServer(const Prefix& p) {
  if (p.Has(4) && (p.At(3) != 0 || p.Le24(0) < 8 || p.Le24(0) > 512)) return Fit::kNo;
  if (!p.Has(7)) return Fit::kNeedMore;
  if (p.At(4) == 0xff) {
    // Refused before it began: an error of the server's own range, and words.
    const bool words = absl::ascii_isprint(p.At(7));
    return p.Le16(5) >= 1000 && p.Le16(5) < 2000 && (words || !p.Has(8)) && p.Le24(0) < 512
               ? (p.Has(8) ? Fit::kYes : Fit::kNeedMore)
               : Fit::kNo;
  }
  if (p.At(4) != 10) return Fit::kNo;
  const absl::string_view rest = p.From(5);
  const size_t end = rest.find('\0');
  if (!IsVersionText(rest.substr(0, end))) return Fit::kNo;
  if (end == absl::string_view::npos) return p.full() ? Fit::kNo : Fit::kNeedMore;
  if (!p.Has(5 + end + 14)) return Fit::kNeedMore;
  return p.At(5 + end + 13) == 0 ? Fit::kYes : Fit::kNo;
}

// A startup message has no type: a length, a version or one of three requests.
Fit MatchPostgresqlClient(const Prefix& p) {
  if (p.Has(2) && p.Be16(0) != 0) return Fit::kNo;
  if (!p.Has(8)) return Fit::kNeedMore;
  const uint32_t length = p.Be32(0);
  const uint32_t code = p.Be32(4);
  if (code == 80877103 || code == 80877104) return length == 8 ? Fit::kYes : Fit::kNo;
  if (code == 80877102) return length == 16 ? Fit::kYes : Fit::kNo;
  if (code < 0x30000 || code > 0x30002 || length < 9 || length > 10000) return Fit::kNo;
  if (!p.Has(9)) return Fit::kNeedMore;
  const absl::string_view name = p.From(8);
  const size_t end = name.find('\0');
  if (!IsPrintable(name.substr(0, end)) || end == 0) return Fit::kNo;
  return end != absl::string_view::npos ? Fit::kYes : (p.full() ? Fit::kNo : Fit::kNeedMore);
}

Fit MatchPostgresqlServer(const Prefix& p) {
  if (p.Has(1) && (p.At(0) == 'S' || p.At(0) == 'N')) {
    if (!p.Has(2)) return Fit::kNeedMore;
    return p.At(1) == 0x16 || p.At(1) == 'R' || p.At(1) == 'E' ? Fit::kFits : Fit::kNo;
  }
  if (p.Has(1) && p.At(0) != 'R' && p.At(0) != 'E') return Fit::kNo;
  if (p.Has(3) && p.Be16(1) != 0) return Fit::kNo;
  if (!p.Has(9)) return Fit::kNeedMore;
  const uint32_t length = p.Be32(1);
  if (p.At(0) == 'E')
    return length >= 10 && p.At(5) == 'S' && p.At(6) >= 'A' ? Fit::kYes : Fit::kNo;
  return length >= 8 && length <= 1024 && p.Be32(5) <= 12 ? Fit::kYes : Fit::kNo;
}

Fit MatchMongoClient(const Prefix& p) {
  if (const Fit head = MongoHead(p); head != Fit::kYes) return head;
  if (p.Le32(8) != 0) return Fit::kNo;
  const uint32_t code = p.Le32(12);
  if (code == kMongoMessage) return IsMongoMessage(p) ? Fit::kYes : Fit::kNo;
  if (code == kMongoCompressed)
    return p.Le32(16) >= 2001 && p.Le32(16) <= 2013 ? Fit::kYes : Fit::kNo;
  if (code < 2001 || code > 2007 || code == 2003) return Fit::kNo;
  if (code == 2007) return Fit::kFits;
  const absl::string_view name = p.From(20);  // database.collection
  const size_t end = name.find('\0');
  if (!IsPrintable(name.substr(0, end))) return Fit::kNo;
  if (end == absl::string_view::npos) return p.full() ? Fit::kNo : Fit::kNeedMore;
  return absl::StrContains(name.substr(0, end), '.') ? Fit::kYes : Fit::kNo;
}

Fit MatchMongoServer(const Prefix& p) {
  if (const Fit head = MongoHead(p); head != Fit::kYes) return head;
  const uint32_t code = p.Le32(12);
  if (code == kMongoReply) return p.Le32(0) >= 36 && p.Le32(16) <= 15 ? Fit::kYes : Fit::kNo;
  if (code == kMongoCompressed)
    return p.Le32(16) == kMongoMessage || p.Le32(16) == 1 ? Fit::kYes : Fit::kNo;
  return code == kMongoMessage && IsMongoMessage(p) ? Fit::kYes : Fit::kNo;
}

// An array of bulk strings, the first of which is a word: "*1\r\n$4\r\nPING\r\n".
Fit MatchRedisClient(const Prefix& p) {
  if (p.Has(1) && p.At(0) != '*') return p.BeginsAny({"PING\r\n", "INFO\r\n"});
  const Line count = LineAt(p);
  if (count.fit != Fit::kYes) return count.fit;
  int parts = 0;
  if (!absl::SimpleAtoi(count.text.substr(1), &parts) || parts < 1 || parts > 1'000'000)
    return Fit::kNo;
  if (p.Has(count.next + 1) && p.At(count.next) != '$') return Fit::kNo;
  const Line bulk = LineAt(p, count.next);
  if (bulk.fit != Fit::kYes) return bulk.fit;
  int bytes = 0;
  if (bulk.text.empty() || !absl::SimpleAtoi(bulk.text.substr(1), &bytes) || bytes < 1 ||
      bytes > 32) {
    return Fit::kNo;
  }
  if (!p.Has(bulk.next + 1)) return Fit::kNeedMore;
  return absl::ascii_isalpha(p.At(bulk.next)) ? Fit::kYes : Fit::kNo;
}

Fit MatchRedisServer(const Prefix& p) {
  const Fit known =
      p.BeginsAny({"+PONG\r\n", "-NOAUTH ", "-DENIED Redis", "-WRONGTYPE ", "-MOVED "});
  if (known != Fit::kNo) return known;
  if (!p.Has(1)) return Fit::kNeedMore;
  switch (p.At(0)) {
    case '+':
    case '-':
    case ':':
    case '$':
    case '*':
    case '%': {
      const Line line = LineAt(p);
      return line.fit == Fit::kYes ? Fit::kFits : line.fit;
    }
    default:
      return Fit::kNo;
  }
}

Fit MatchMemcachedClient(const Prefix& p) {
  if (p.Has(1) && p.At(0) == 0x80) return MemcachedBinary(p, 0x80);
  if (p.Has(1) && !absl::ascii_islower(p.At(0))) return Fit::kNo;
  const Line line = LineAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  if (IsMemcachedStore(line.text)) return Fit::kYes;
  absl::string_view rest = line.text;
  const absl::string_view command = TakeWord(&rest);
  const bool get = (command == "get" || command == "gets") && !rest.empty();
  return get || line.text == "stats" || line.text == "version" || command == "flush_all"
             ? Fit::kFits
             : Fit::kNo;
}

Fit MatchMemcachedServer(const Prefix& p) {
  if (p.Has(1) && p.At(0) == 0x81) return MemcachedBinary(p, 0x81);
  if (p.Has(1) && !absl::ascii_isupper(p.At(0))) return Fit::kNo;
  const Line line = LineAt(p);
  if (line.fit != Fit::kYes) return line.fit;
  absl::string_view rest = line.text;
  const absl::string_view word = TakeWord(&rest);
  if (word == "VALUE") {
    TakeWord(&rest);
    return IsNumber(TakeWord(&rest)) && IsNumber(TakeWord(&rest)) ? Fit::kYes : Fit::kNo;
  }
  return line.text == "STORED" || line.text == "END" || line.text == "NOT_STORED" ||
                 line.text == "NOT_FOUND" || word == "STAT" || word == "VERSION"
             ? Fit::kFits
             : Fit::kNo;
}

// CQL: version, flags, stream, opcode, length. STARTUP carries CQL_VERSION.
Fit MatchCassandraClient(const Prefix& p) {
  if (p.Has(1) && (p.At(0) < 3 || p.At(0) > 5)) return Fit::kNo;
  if (!p.Has(kCqlHead)) return Fit::kNeedMore;
  const uint32_t length = p.Be32(5);
  if (p.At(1) > 0x1f) return Fit::kNo;
  if (p.At(4) == 5) return length == 0 ? Fit::kYes : Fit::kNo;
  if (p.At(4) != 1 || length < 20 || length > 4096) return Fit::kNo;
  if (!p.Has(kCqlHead + 4)) return Fit::kNeedMore;
  const bool map = p.Be16(kCqlHead) >= 1 && p.Be16(kCqlHead) <= 16 && p.Be16(kCqlHead + 2) <= 64;
  if (!map) return Fit::kNo;
  if (absl::StrContains(p.bytes(), "CQL_VERSION")) return Fit::kYes;
  return p.full() ? Fit::kNo : Fit::kNeedMore;
}

Fit MatchCassandraServer(const Prefix& p) {
  if (p.Has(1) && (p.At(0) < 0x83 || p.At(0) > 0x85)) return Fit::kNo;
  if (!p.Has(kCqlHead + 2)) {
    const bool ready = p.Has(kCqlHead) && p.At(1) <= 0x1f && p.At(4) == 2 && p.Be32(5) == 0;
    return ready ? Fit::kYes : Fit::kNeedMore;
  }
  const uint32_t length = p.Be32(5);
  if (p.At(1) > 0x1f) return Fit::kNo;
  switch (p.At(4)) {
    case 0:  // ERROR: a code and a string
      return length >= 6 && length < 65536 && p.Be16(kCqlHead) < 0x26 ? Fit::kYes : Fit::kNo;
    case 2:  // READY
      return length == 0 ? Fit::kYes : Fit::kNo;
    case 3:  // AUTHENTICATE: a string
      return length == 2U + p.Be16(kCqlHead) ? Fit::kYes : Fit::kNo;
    case 6:  // SUPPORTED: a map
      return length > 2 && length < 65536 && p.Be16(kCqlHead) <= 32 ? Fit::kYes : Fit::kNo;
    default:
      return Fit::kNo;
  }
}

// Hello is packet 0 in both directions, with the name of who speaks.
Fit MatchClickhouseClient(const Prefix& p) {
  if (p.Has(1) && p.At(0) != 0) return Fit::kNo;
  const size_t name = p.At(1);
  if (p.Has(2) && (name < 4 || name > 64)) return Fit::kNo;
  if (!p.Has(2 + name + 3)) {
    return IsPrintable(p.From(2, name)) ? Fit::kNeedMore : Fit::kNo;
  }
  if (!IsPrintable(p.From(2, name))) return Fit::kNo;
  return absl::StartsWith(p.From(2, name), "ClickHouse") ? Fit::kYes : Fit::kFits;
}

Fit MatchClickhouseServer(const Prefix& p) {
  return p.Begins(
      absl::string_view("\0\x0a"
                        "ClickHouse",
                        12));
}

// MS-TDS 2.2.6.5 and 2.2.6.4.
Fit MatchTdsClient(const Prefix& p) {
  if (p.Has(1) && p.At(0) == 0x10) {
    if (const Fit head = TdsHead(p, 0x10); head != Fit::kYes) return head;
    if (!p.Has(16)) return Fit::kNeedMore;
    return p.Le32(8) == p.Be16(2) - 8U && p.At(15) >= 0x70 && p.At(15) <= 0x74 ? Fit::kYes
                                                                               : Fit::kNo;
  }
  const Fit head = TdsHead(p, 0x12);
  return head == Fit::kYes ? TdsTokens(p) : head;
}

Fit MatchTdsServer(const Prefix& p) {
  const Fit head = TdsHead(p, 4);
  return head == Fit::kYes ? TdsTokens(p) : head;
}

// CONNECT: length, no checksum, type 1, a version and the lowest one that will do.
Fit MatchTnsClient(const Prefix& p) {
  if (p.Has(4) && (p.Be16(0) < 34 || p.Be16(0) > 8192 || p.Be16(2) != 0)) return Fit::kNo;
  if (p.Has(5) && p.At(4) != 1) return Fit::kNo;
  if (!p.Has(28)) return Fit::kNeedMore;
  const uint16_t version = p.Be16(8);
  const uint16_t lowest = p.Be16(10);
  const bool versions = version >= 300 && version <= 330 && lowest >= 100 && lowest <= version;
  return versions && p.Be16(26) <= p.Be16(0) ? Fit::kYes : Fit::kNo;
}

Fit MatchTnsServer(const Prefix& p) {
  if (p.Has(4) && (p.Be16(0) < 8 || p.Be16(0) > 8192 || p.Be16(2) != 0)) return Fit::kNo;
  if (!p.Has(8)) return Fit::kNeedMore;
  if (p.Be16(6) != 0) return Fit::kNo;
  if (p.At(4) == 11) return p.Be16(0) == 8 ? Fit::kYes : Fit::kNo;
  if (p.At(4) != 2 && p.At(4) != 4 && p.At(4) != 5) return Fit::kNo;
  if (!p.Has(12)) return Fit::kNeedMore;
  return p.At(4) == 2 && p.Be16(8) >= 300 && p.Be16(8) <= 330 ? Fit::kYes : Fit::kFits;
}

// DDM section DSS: length, 0xd0, a type, a correlation; the object's length and code point.
Fit MatchDrda(const Prefix& p) {
  if (p.Has(3) && p.At(2) != 0xd0) return Fit::kNo;
  if (!p.Has(10)) return Fit::kNeedMore;
  const uint8_t type = p.At(3) & 0x0f;
  const bool lengths = p.Be16(0) >= 10 && p.Be16(6) == p.Be16(0) - 6;
  const uint16_t code = p.Be16(8);
  return type >= 1 && type <= 5 && lengths && (code >> 12 == 1 || code >> 12 == 2) ? Fit::kYes
                                                                                   : Fit::kNo;
}

// The transport protocol: "ES", length, request, status, version. A ping has length -1.
Fit MatchElasticsearch(const Prefix& p) {
  if (const Fit begins = p.Begins("ES"); begins != Fit::kYes) return begins;
  if (!p.Has(6)) return Fit::kNeedMore;
  if (p.Be32(2) == 0xffffffff) return Fit::kYes;
  if (p.Be32(2) < 13 || p.Be32(2) > 0x20000000) return Fit::kNo;
  if (!p.Has(19)) return Fit::kNeedMore;
  return p.At(14) <= 0x0f && p.At(15) <= 1 ? Fit::kYes : Fit::kNo;
}

// ConnectRequest: length 44 or 45, version 0, zxid, time-out, session, a password of 16 bytes.
Fit MatchZookeeperClient(const Prefix& p) {
  if (p.Has(4) && p.Be32(0) != 44 && p.Be32(0) != 45) {
    const Fit word = p.BeginsAny({"ruok", "srvr", "mntr", "stat", "conf", "envi", "isro"});
    return word == Fit::kYes ? Fit::kFits : Fit::kNo;
  }
  if (!p.Has(32)) return Fit::kNeedMore;
  return p.Be32(4) == 0 && p.Be32(16) >= 100 && p.Be32(16) < 100'000'000 && p.Be32(28) == 16
             ? Fit::kYes
             : Fit::kNo;
}

Fit MatchZookeeperServer(const Prefix& p) {
  if (p.Has(4) && p.Be32(0) != 36 && p.Be32(0) != 37) return Fit::kNo;
  if (!p.Has(24)) return Fit::kNeedMore;
  return p.Be32(4) == 0 && p.Be32(8) < 100'000'000 && p.Be32(20) == 16 ? Fit::kYes : Fit::kNo;
}

}  // namespace firebreak::inspect
