#include "inspect/attack/target.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"

#include "inspect/attack/byte_class.h"
#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

constexpr absl::string_view kSchemes[] = {"gopher", "dict", "file",   "ldap",   "ldaps",
                                          "tftp",   "jar",  "netdoc", "sftp",   "smb",
                                          "rmi",    "iiop", "ldapi",  "finger", "view-source"};

constexpr absl::string_view kMetadataHosts[] = {
    "169.254.169.254",         "metadata.google.internal",
    "100.100.100.200",         "[fd00:ec2::254]",
    "169.254.170.2",           "instance-data",
    "metadata.azure.internal", "192.0.0.192",
    "kubernetes.default.svc",  "metadata"};

// One part of an address; nullopt when it is no number.
struct Part {
  uint64_t value = 0;
  bool odd = false;  // octal or hexadecimal
};

std::optional<Part> ReadPart(absl::string_view text) {
  constexpr size_t kMaxDigits = 24;
  if (text.empty() || text.size() > kMaxDigits) return std::nullopt;
  Part part;
  unsigned base = 10;
  if (text.size() > 1 && text[0] == '0') {
    part.odd = true;
    base = text[1] == 'x' ? 16 : 8;
    text.remove_prefix(text[1] == 'x' ? 2 : 1);
    if (text.empty()) return std::nullopt;
  }
  for (const char c : text) {
    const unsigned digit = IsDigit(c)             ? static_cast<unsigned>(c - '0')
                           : c >= 'a' && c <= 'f' ? static_cast<unsigned>(c - 'a') + 10
                                                  : 99;
    if (digit >= base) return std::nullopt;
    part.value = (part.value * base + digit) & 0xFFFFFFFFFFULL;
  }
  return part;
}

absl::string_view HostOf(absl::string_view authority) {
  const size_t end = std::min(authority.find_first_of("/?# \t\r\n\\\"'<>"), authority.size());
  absl::string_view host = authority.substr(0, end);
  host.remove_prefix(host.rfind('@') + 1);
  if (absl::StartsWith(host, "[")) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool IsLoopback(absl::string_view host) {
  return host == "localhost" || absl::StartsWith(host, "127.") || host == "0.0.0.0" ||
         host == "[::1]" || host == "[::]" || absl::EndsWith(host, ".localhost");
}

// The ports of databases and of what runs other programs.
constexpr unsigned kServicePorts[] = {21,   22,   23,    25,    110,   143,  389,  445,
                                      2375, 2376, 2379,  3306,  5432,  5984, 6379, 8500,
                                      9200, 9300, 10250, 10255, 11211, 27017};

bool IsPrivate(absl::string_view host) {
  constexpr size_t kSecond = 4;  // where the second part of 172.16.0.0/12 begins
  const bool shared = absl::StartsWith(host, "172.") && IsDigit(At(host, kSecond)) &&
                      At(host, kSecond + 2) == '.' && host.substr(kSecond, 2) >= "16" &&
                      host.substr(kSecond, 2) <= "31";
  return shared || absl::StartsWith(host, "10.") || absl::StartsWith(host, "192.168.");
}

// How this machine is named by who would not be seen to: all addresses but the usual one.
bool IsOddLoopback(absl::string_view host) {
  return host == "[::1]" || host == "[::]" || host == "[0:0:0:0:0:0:0:1]" || host == "0.0.0.0" ||
         host == "0" ||
         (absl::StartsWith(host, "127.") && host != "127.0.0.1" && IsDigit(At(host, 4)));
}

bool IsMappedAddress(absl::string_view host) {  // [::ffff:127.0.0.1], [0:0:0:0:0:ffff:...]
  return absl::StartsWith(host, "[") && absl::StrContains(host, "ffff:");
}

bool IsRebindingName(absl::string_view host) {
  for (const char* const suffix : {".nip.io", ".sslip.io", ".xip.io", "localtest.me", "lvh.me",
                                   ".burpcollaborator.net", ".oastify.com", ".interact.sh"}) {
    if (absl::EndsWith(host, suffix)) return true;
  }
  return false;
}

// Circled digits and letters, and the full stop of Chinese and Japanese.
bool HasOddCharacters(absl::string_view host) {
  for (const char* const of : {"\xe2\x91", "\xe2\x92", "\xe2\x93"}) {
    if (absl::StrContains(host, of)) return true;
  }
  const size_t stop = host.find("\xe3\x80\x82");
  return stop != absl::string_view::npos && stop > 0 && IsDigit(host[stop - 1]);
}

// "http://a.example#@127.0.0.1/", "http://127.0.0.1\@a.example/", "http://a.example@127.0.0.1/":
// who reads it one way sees another host than who reads it the other way. `rest` is behind "://".
bool HidesHost(absl::string_view rest, absl::string_view host) {
  const size_t end = std::min(rest.find_first_of("/ \t\r\n\"'<>"), rest.size());
  const absl::string_view authority = rest.substr(0, end);
  const size_t user = authority.find('@');
  if (user == absl::string_view::npos || user == 0) return false;
  const char before = authority[user - 1];
  const bool named = absl::StrContains(authority.substr(0, user), ".");
  return before == '#' || before == '\\' || before == '?' || (named && IsLoopback(host));
}

void LookAtHost(absl::string_view host, size_t begin, size_t end, Hits& hits) {
  for (const absl::string_view metadata : kMetadataHosts) {
    if (host == metadata) hits.Add(Rule::kTargetMetadata, begin, end);
  }
  const bool wide = std::any_of(host.begin(), host.end(), IsWide);
  if (OddAddress(host).has_value() || IsOddLoopback(host) || IsMappedAddress(host) ||
      IsRebindingName(host) || (wide && HasOddCharacters(host))) {
    hits.Add(Rule::kTargetSpelling, begin, end);
  }
  if (IsLoopback(host)) hits.Add(Rule::kTargetLoopback, begin, end);
}

// http://127.0.0.1:6379: `host` is of the text.
void LookAtPort(absl::string_view text, absl::string_view host, size_t begin, Hits& hits) {
  if (!IsLoopback(host) && !IsPrivate(host)) return;
  size_t i = static_cast<size_t>(host.data() - text.data()) + host.size();
  if (At(text, i) != ':') return;
  unsigned port = 0;
  constexpr unsigned kMostPorts = 65535;
  for (++i; IsDigit(At(text, i)) && port <= kMostPorts; ++i) {
    port = port * 10 + static_cast<unsigned>(text[i] - '0');
  }
  if (std::find(std::begin(kServicePorts), std::end(kServicePorts), port) !=
      std::end(kServicePorts)) {
    hits.Add(Rule::kTargetService, begin, i);
  }
}

// "http:127.0.0.1", "http:/0x7f.1", "http:\\h": clients mend what filters do not read.
void LookAtBareScheme(absl::string_view text, Hits& hits) {
  for (const absl::string_view scheme : {"http:", "https:"}) {
    if (!absl::StartsWith(text, scheme) || HasAt(text, scheme.size(), "//")) continue;
    const size_t begin = std::min(text.find_first_not_of("/\\", scheme.size()), text.size());
    const absl::string_view host = HostOf(text.substr(begin));
    const bool metadata = std::find(std::begin(kMetadataHosts), std::end(kMetadataHosts), host) !=
                          std::end(kMetadataHosts);
    if (metadata || IsLoopback(host) || OddAddress(host).has_value()) {
      hits.Add(Rule::kTargetSpelling, 0, begin + host.size());
    }
  }
}

// A page that was saved, or that an app has in itself: file:///c:/users/x/page.html. What measures
// pages tells their address. `path` is what stands behind the slashes.
bool IsSavedPage(absl::string_view path) {
  path = path.substr(0, path.find_first_of(" \t\r\n\"'<>?#&"));
  if (absl::StrContains(path, "..")) return false;
  return absl::EndsWith(path, ".html") || absl::EndsWith(path, ".htm") ||
         absl::StartsWith(path, "/android_asset/");
}

void LookAtUrl(const View& view, size_t colon, Hits& hits) {
  const absl::string_view text = view.text;
  size_t begin = colon;
  while (begin > 0 && (IsNameByte(text[begin - 1]) || text[begin - 1] == '-')) --begin;
  const absl::string_view scheme = text.substr(begin, colon - begin);
  const bool first = begin == 0 || !IsNameByte(text[begin - 1]);
  const bool odd_scheme = !scheme.empty() && std::find(std::begin(kSchemes), std::end(kSchemes),
                                                       scheme) != std::end(kSchemes);
  const bool page = scheme == "file" && IsSavedPage(text.substr(colon + 3));
  if (odd_scheme && !page && first && colon + 3 < text.size()) {
    hits.Add(Rule::kTargetScheme, begin, colon + 3);
  }
  const bool web = scheme == "http" || scheme == "https";
  size_t authority = colon + 3;
  if (web) authority = std::min(text.find_first_not_of('/', authority), text.size());
  const absl::string_view host = HostOf(text.substr(authority));
  if (host.empty()) return;
  const bool odd = authority > colon + 3 && IsLoopback(host);  // http:///127.0.0.1
  const bool user = (view.classes & kOtherClass) != 0;         // "@"
  if (odd || (user && HidesHost(text.substr(authority), host))) {
    hits.Add(Rule::kTargetSpelling, begin, authority + host.size());
  }
  LookAtHost(host, begin, std::min(authority + host.size(), text.size()), hits);
  // In other bodies services tell one another of themselves.
  if (web && (!IsBody(view.place) || view.place == Place::kForm))
    LookAtPort(text, host, begin, hits);
  if (begin != 0) return;
  if (scheme != "http" && scheme != "https" && scheme != "ftp") return;
  // A script on another machine, for an include: http://host/x.txt?
  const size_t path_end = std::min(text.find_first_of(" \t\r\n\"'<>", colon), text.size());
  const absl::string_view url = text.substr(begin, path_end - begin);
  const bool cut =
      absl::EndsWith(url, "?") || absl::EndsWith(url, "%00") || absl::EndsWith(url, "??");
  if (cut) hits.Add(Rule::kCodeInclude, begin, path_end);
}

// By the first letter of the host; where a user stands before it, that may be any.
bool MayBeMetadata(absl::string_view text) {
  const size_t begin = std::min(text.find_first_not_of("/\\"), text.size());
  const char first = At(text, begin);
  return std::any_of(std::begin(kMetadataHosts), std::end(kMetadataHosts),
                     [first](absl::string_view host) { return host[0] == first; }) ||
         text.find('@') != absl::string_view::npos;
}

}  // namespace

std::optional<uint32_t> OddAddress(absl::string_view host) {
  if (absl::EndsWith(host, ".")) host.remove_suffix(1);
  std::array<Part, 4> parts;
  size_t count = 0;
  bool odd = false;
  while (true) {
    if (count == parts.size()) return std::nullopt;
    const size_t dot = host.find('.');
    const auto part = ReadPart(host.substr(0, dot));
    if (!part.has_value()) return std::nullopt;
    odd = odd || part->odd;
    parts[count++] = *part;
    if (dot == absl::string_view::npos) break;
    host.remove_prefix(dot + 1);
  }
  if (count == 4 && !odd) return std::nullopt;
  // One number is an address only when it is large enough to mean one.
  if (count == 1 && parts[0].value < 0x01000000 && !parts[0].odd) return std::nullopt;
  uint64_t address = 0;
  for (size_t i = 0; i + 1 < count; ++i) {
    if (parts[i].value > 255) return std::nullopt;
    address |= parts[i].value << (24 - 8 * i);
  }
  if (parts[count - 1].value > (0xFFFFFFFFULL >> (8 * (count - 1)))) return std::nullopt;
  return static_cast<uint32_t>(address | parts[count - 1].value);
}

void FindTarget(const View& view, Hits& hits) {
  if ((view.classes & kColonClass) != 0) LookAtBareScheme(view.text, hits);
  if ((view.classes & kColonClass) != 0 && (view.classes & kSlashClass) != 0) {
    ForEach(view, Needle("://"), [&](size_t at) {
      LookAtUrl(view, at, hits);
      return false;
    });
    for (const char* const scheme : {"netdoc:/", "jar:http", "file:/", "dict:/", "gopher:/"}) {
      const bool page = absl::StartsWith(view.text, "file://") && IsSavedPage(view.text.substr(7));
      if (absl::StartsWith(view.text, scheme) && view.text.size() > 8 && !page) {
        hits.Add(Rule::kTargetScheme, 0, 8);
      }
    }
  }
  if ((view.classes & kDotClass) == 0) return;
  // A host by itself, or after "//".
  const absl::string_view text = view.text;
  if (!MayBeMetadata(text)) return;
  const bool slashes = absl::StartsWith(text, "//") || absl::StartsWith(text, "\\\\");
  const absl::string_view host = HostOf(text.substr(slashes ? 2 : 0));
  for (const absl::string_view metadata : kMetadataHosts) {
    if (host == metadata) hits.Add(Rule::kTargetMetadata, 0, host.size());
  }
}

}  // namespace firebreak::inspect
