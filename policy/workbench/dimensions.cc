// The dimensions of connections.
#include "policy/workbench/dimensions.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"

#include "base/status.h"
#include "certs/spiffe_id.h"
#include "policy/share.h"
#include "policy/workbench/string_atoms.h"

namespace firebreak::policy {
namespace {

using certs::SpiffeId;

Glob OfNamespace(const std::string& name) {
  return Glob().InSegment(true).Literal("/ns/").Affix(name, true).Literal("/sa/");
}

std::vector<Glob> GlobsOf(const PeerVocabulary& peers) {
  std::vector<Glob> globs = {OfNamespace("*").InSegment(true)};
  for (const auto& [text, pattern] : peers.principals) globs.push_back(Glob().Affix(text, false));
  for (const auto& [text, pattern] : peers.namespaces) {
    globs.push_back(OfNamespace(text).InSegment(true));
  }
  for (const auto& [text, pattern] : peers.accounts) {
    globs.push_back(OfNamespace(pattern.account_namespace).Literal(pattern.account));
  }
  for (const auto& [text, pattern] : peers.trust_domains) {
    globs.push_back(Glob().Affix(text, true));
    globs.push_back(Glob().Affix(text, true).Literal("/").Any(false));
  }
  return globs;
}

// TakeLonger gives take names with two characters and end put in at a place, until it takes one
// not.
template <typename Take>
void TakeLonger(const std::string& name, size_t at, const char* end, const Take& take) {
  constexpr absl::string_view kCharacters = "0123456789abcdefghijklmnopqrstuvwxyz";
  for (const char first : kCharacters) {
    for (const char second : kCharacters) {
      std::string longer = name;
      longer.insert(at, absl::StrCat(std::string{first, second}, end));
      if (!take(longer)) return;
    }
  }
}

// Identities makes the dimension of one end, whose values are principals; "" is nobody.
class Identities {
 public:
  Identities(std::string name, const PeerVocabulary& peers, EndMember end,
             const PolicyQuestion& base)
      : name_(std::move(name)), peers_(peers), end_(end), base_(base) {}

  absl::StatusOr<Dimension> Make() const;

 private:
  static void Put(const std::string& value, QuestionEnd* end) {
    end->id.reset();
    const auto id = SpiffeId::ParsePrincipal(value);
    if (id.ok()) end->id = *id;
  }

  Dimension Of(std::vector<std::string> values) const;
  void AddLabel(const std::string& text, std::function<bool(const SpiffeId&)> holds,
                Dimension* dimension) const;
  void AddPercents(Dimension* dimension) const;
  // ShareOf tells the percents apart in which a name stands.
  std::ptrdiff_t ShareOf(const std::string& value) const {
    return std::distance(peers_.percents.begin(), peers_.percents.upper_bound(PlaceOf(value)));
  }
  std::vector<std::string> Spread(const std::vector<std::string>& values) const;

  const std::string name_;
  const PeerVocabulary& peers_;
  const EndMember end_;
  const PolicyQuestion& base_;
};

void Identities::AddLabel(const std::string& text, std::function<bool(const SpiffeId&)> holds,
                          Dimension* dimension) const {
  dimension->AddLabel(text, [end = end_, holds = std::move(holds)](const PolicyQuestion& question) {
    const std::optional<SpiffeId>& id = (question.*end).id;
    return id.has_value() && holds(*id);
  });
}

Dimension Identities::Of(std::vector<std::string> values) const {
  Dimension dimension(
      name_, std::move(values),
      [end = end_](const std::string& value, PolicyQuestion* question) {
        Put(value, &(question->*end));
      },
      base_);
  for (const auto& [text, pattern] : peers_.principals) {
    AddLabel(
        text, [p = pattern](const SpiffeId& id) { return p.Matches(id.principal()); }, &dimension);
  }
  for (const auto& [text, pattern] : peers_.namespaces) {
    AddLabel(
        absl::StrCat("namespace ", text),
        [p = pattern](const SpiffeId& id) { return p.Matches(id.k8s_namespace()); }, &dimension);
  }
  for (const auto& [text, pattern] : peers_.accounts) {
    AddLabel(
        absl::StrCat("service account ", text),
        [p = pattern](const SpiffeId& id) {
          return id.k8s_namespace() == p.account_namespace && id.service_account() == p.account;
        },
        &dimension);
  }
  for (const auto& [text, pattern] : peers_.trust_domains) {
    AddLabel(
        absl::StrCat("trust domain ", text),
        [p = pattern](const SpiffeId& id) { return p.Matches(id.trust_domain()); }, &dimension);
  }
  AddLabel(
      "anyone of a namespace", [](const SpiffeId& id) { return !id.k8s_namespace().empty(); },
      &dimension);
  AddLabel(
      "anyone with an identity", [](const SpiffeId&) { return true; }, &dimension);
  dimension.AddLabel("no identity", [end = end_](const PolicyQuestion& question) {
    return !(question.*end).id.has_value();
  });
  return dimension;
}

void Identities::AddPercents(Dimension* dimension) const {
  for (const int percent : peers_.percents) {
    AddLabel(
        absl::StrCat("the ", percent, " percent of all identities"),
        [percent](const SpiffeId& id) { return PlaceOf(id.principal()) < percent; }, dimension);
  }
}

// Spread adds, for each value, such as have the same labels and stand elsewhere among the percents.
// Where a name stands is as good as random: what 36^2 names, with two characters or one segment
// more, do not show is not there, or it is one name that stands where it stands.
std::vector<std::string> Identities::Spread(const std::vector<std::string>& values) const {
  const Dimension labels = Of(values);
  const auto atom_of = [&](const std::string& value) {
    PolicyQuestion question = base_;
    Put(value, &(question.*end_));
    return (question.*end_).id.has_value() ? labels.Find(question) : std::nullopt;
  };
  std::vector<std::string> all;
  for (const std::string& value : values) {
    const std::optional<size_t> atom = atom_of(value);
    std::set<std::ptrdiff_t> seen = {ShareOf(value)};
    all.push_back(value);
    const auto take = [&](const std::string& other) {
      if (atom_of(other) != atom) return false;
      if (seen.insert(ShareOf(other)).second) all.push_back(other);
      return true;
    };
    for (size_t at = value.size() + 1; at-- > 0 && seen.size() <= peers_.percents.size();) {
      TakeLonger(value, at, "", take);
      TakeLonger(value, at, "/", take);
    }
  }
  return all;
}

absl::StatusOr<Dimension> Identities::Make() const {
  FB_ASSIGN_OR_RETURN(std::vector<std::string> values,
                      RepresentativeStrings(Grammar::kPrincipal, GlobsOf(peers_)));
  // The usual form first: what stands first is shown first.
  std::stable_partition(values.begin(), values.end(), [](const std::string& value) {
    const auto id = SpiffeId::ParsePrincipal(value);
    return id.ok() && !id->k8s_namespace().empty();
  });
  if (!peers_.percents.empty()) values = Spread(values);
  values.emplace_back("");
  Dimension dimension = Of(std::move(values));
  AddPercents(&dimension);
  return dimension;
}

// Next is the address behind; nullopt: there is none.
std::optional<IpAddress> Next(const IpAddress& address) {
  std::array<uint8_t, 16> bytes = address.bytes();
  for (size_t i = bytes.size(); i-- > 0;) {
    if (++bytes[i] != 0) return IpAddress::FromBytes(bytes);
  }
  return std::nullopt;
}

IpAddress LastOf(const CidrBlock& block) {
  std::array<uint8_t, 16> bytes = block.address().bytes();
  for (size_t bit = static_cast<size_t>(block.prefix_bits()); bit < 128; ++bit) {
    bytes[bit / 8] = static_cast<uint8_t>(bytes[bit / 8] | (0x80U >> (bit % 8)));
  }
  return IpAddress::FromBytes(bytes);
}

// AddressesOf returns one address of each set that blocks tell apart: between two neighbouring
// edges of blocks, all addresses are in the same ones.
std::vector<std::string> AddressesOf(const Patterns<CidrBlock>& blocks) {
  // IPv4 addresses lie among those of IPv6, and are in none of its blocks.
  static const CidrBlock kV4 = *CidrBlock::Parse("0.0.0.0/0");
  std::set<IpAddress> edges = {IpAddress(), kV4.address(), *Next(LastOf(kV4))};
  for (const auto& [text, block] : blocks) {
    edges.insert(block.address());
    const std::optional<IpAddress> behind = Next(LastOf(block));
    if (behind.has_value()) edges.insert(*behind);
  }
  std::vector<std::string> addresses;
  std::set<std::vector<bool>> seen;
  for (const IpAddress& edge : edges) {
    // Unspecified stands for an unknown address.
    const IpAddress known = edge.is_unspecified() ? *Next(edge) : edge;
    std::vector<bool> within;
    for (const auto& [text, block] : blocks) within.push_back(block.Contains(known));
    if (seen.insert(std::move(within)).second) addresses.push_back(known.ToString());
  }
  return addresses;
}

std::string DaysText(uint8_t days) {
  constexpr std::array<absl::string_view, 7> kDays = {"MON", "TUE", "WED", "THU",
                                                      "FRI", "SAT", "SUN"};
  std::vector<absl::string_view> names;
  for (size_t day = 0; day < kDays.size(); ++day) {
    if ((days >> day & 1) != 0) names.push_back(kDays[day]);
  }
  return absl::StrJoin(names, " ");
}

std::string TimeText(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

std::string ValidityText(const Validity& validity) {
  std::vector<std::string> parts;
  const TimeSpan& lifetime = validity.lifetime;
  if (lifetime.from != absl::InfinitePast()) {
    parts.push_back(absl::StrCat("from ", TimeText(lifetime.from)));
  }
  if (lifetime.until != absl::InfiniteFuture()) {
    parts.push_back(absl::StrCat("until ", TimeText(lifetime.until)));
  }
  std::vector<std::string> windows;
  for (const WeeklyWindow& window : validity.weekly) {
    windows.push_back(absl::StrFormat("%s %02d:%02d-%02d:%02d %s", DaysText(window.days),
                                      window.from / 60, window.from % 60, window.to / 60,
                                      window.to % 60, window.zone.name()));
  }
  if (!windows.empty()) parts.push_back(absl::StrJoin(windows, " or "));
  return absl::StrJoin(parts, " ");
}

}  // namespace

absl::StatusOr<Dimension> IdentityDimension(const std::string& name, const PeerVocabulary& peers,
                                            EndMember end, const PolicyQuestion& base) {
  if (peers.says_nothing()) return Dimension::Whole(name, base);
  return Identities(name, peers, end, base).Make();
}

Dimension AddressDimension(const std::string& name, const Patterns<CidrBlock>& blocks,
                           EndMember end, const PolicyQuestion& base) {
  if (blocks.empty()) return Dimension::Whole(name, base);
  std::vector<std::string> values = AddressesOf(blocks);
  values.emplace_back("");  // unknown
  Dimension dimension(
      name, std::move(values),
      [end](const std::string& value, PolicyQuestion* question) {
        (question->*end).ip = IpAddress::Parse(value).value_or(IpAddress());
      },
      base);
  for (const auto& [text, block] : blocks) {
    dimension.AddLabel(text, [end, block = block](const PolicyQuestion& question) {
      const IpAddress& ip = (question.*end).ip;
      return !ip.is_unspecified() && block.Contains(ip);
    });
  }
  dimension.AddLabel("an unknown address", [end](const PolicyQuestion& question) {
    return (question.*end).ip.is_unspecified();
  });
  return dimension;
}

Dimension RemoteDimension(const Patterns<CidrBlock>& blocks, const PolicyQuestion& base) {
  using Kind = RemoteAddress::Kind;
  constexpr char kName[] = "remote address";
  static constexpr char kDoubt[] = "doubt";
  if (blocks.empty()) return Dimension::Whole(kName, base);
  std::vector<std::string> values = AddressesOf(blocks);
  values.insert(values.begin(), "");  // kDirectAtom
  values.emplace_back(kDoubt);
  Dimension dimension(
      kName, std::move(values),
      [](const std::string& value, PolicyQuestion* question) {
        question->remote = {};
        if (value.empty()) return;
        question->remote.kind = value == kDoubt ? Kind::kDoubt : Kind::kNamed;
        question->remote.ip = IpAddress::Parse(value).value_or(IpAddress());
      },
      base);
  for (const auto& [text, block] : blocks) {
    dimension.AddLabel(text, [block = block](const PolicyQuestion& question) {
      return question.remote.kind == Kind::kNamed && block.Contains(question.remote.ip);
    });
  }
  dimension.AddLabel("the caller's own address", [](const PolicyQuestion& question) {
    return question.remote.kind == Kind::kDirect;
  });
  dimension.AddLabel("an address in doubt", [](const PolicyQuestion& question) {
    return question.remote.kind == Kind::kDoubt;
  });
  return dimension;
}

Dimension PortDimension(const std::set<uint16_t>& ports, const PolicyQuestion& base) {
  std::vector<std::string> values;
  values.reserve(ports.size() + 1);
  for (const uint16_t port : ports) values.push_back(absl::StrCat(port));
  uint16_t other = 50'000;
  while (ports.count(other) > 0) ++other;
  values.push_back(absl::StrCat(other));
  Dimension dimension(
      "port", std::move(values),
      [](const std::string& value, PolicyQuestion* question) {
        uint32_t port = 0;
        if (absl::SimpleAtoi(value, &port)) question->port = static_cast<uint16_t>(port);
      },
      base);
  for (const uint16_t port : ports) {
    dimension.AddLabel(absl::StrCat(port),
                       [port](const PolicyQuestion& question) { return question.port == port; });
  }
  return dimension;
}

absl::StatusOr<Dimension> ServerNameDimension(const Patterns<StringPattern>& names,
                                              const PolicyQuestion& base) {
  constexpr char kName[] = "server name";
  if (names.empty()) return Dimension::Whole(kName, base);
  std::vector<Glob> globs;
  for (const auto& [text, pattern] : names) globs.push_back(Glob().Affix(text, false));
  FB_ASSIGN_OR_RETURN(std::vector<std::string> values,
                      RepresentativeStrings(Grammar::kHost, globs));
  values.emplace_back("");
  Dimension dimension(
      kName, std::move(values),
      [](const std::string& value, PolicyQuestion* question) { question->server_name = value; },
      base);
  for (const auto& [text, pattern] : names) {
    dimension.AddLabel(text, [p = pattern](const PolicyQuestion& question) {
      return p.Matches(question.server_name);
    });
  }
  dimension.AddLabel("no server name",
                     [](const PolicyQuestion& question) { return question.server_name.empty(); });
  return dimension;
}

absl::StatusOr<Dimension> TimeDimension(const std::vector<Validity>& validities,
                                        const PolicyQuestion& base) {
  // Windows of two time zones may overlap in other ways in some weeks of a year, when one has set
  // its clocks and the other has not.
  constexpr absl::Duration kYear = absl::Hours(54 * 7 * 24);
  constexpr int kMaxSpans = 200'000;
  ValidityEdges edges;
  absl::Time end = base.at;
  bool weekly = false;
  for (const Validity& validity : validities) {
    edges.Add(validity);
    weekly = weekly || !validity.weekly.empty();
    for (const absl::Time edge : {validity.lifetime.from, validity.lifetime.until}) {
      if (edge != absl::InfiniteFuture()) end = std::max(end, edge);
    }
  }
  edges.Settle();
  if (weekly) end += kYear;
  std::vector<std::string> values;
  std::set<std::vector<bool>> seen;
  int spans = 0;
  for (absl::Time time = base.at; time <= end; time = edges.StableAround(time).until) {
    if (++spans > kMaxSpans) {
      return absl::ResourceExhaustedError("the validities of rules change too often to look at");
    }
    std::vector<bool> valid;
    valid.reserve(validities.size());
    for (const Validity& validity : validities) valid.push_back(validity.Contains(time));
    if (seen.insert(std::move(valid)).second) values.push_back(TimeText(time));
  }
  Dimension dimension(
      "time", std::move(values),
      [](const std::string& value, PolicyQuestion* question) {
        static_cast<void>(  // it is from TimeText
            absl::ParseTime(absl::RFC3339_full, value, &question->at, nullptr));
      },
      base);
  for (const Validity& validity : validities) {
    dimension.AddLabel(ValidityText(validity), [validity](const PolicyQuestion& question) {
      return validity.Contains(question.at);
    });
  }
  return dimension;
}

Dimension UsesDimension(const std::string& key, const std::set<uint64_t>& max_uses,
                        const PolicyQuestion& base) {
  std::vector<std::string> values = {"0"};
  for (const uint64_t max : max_uses) values.push_back(absl::StrCat(max));
  Dimension dimension(
      absl::StrCat("uses of ", key), std::move(values), [](const auto&, auto*) {}, base);
  size_t atoms = 1;
  for (const uint64_t max : max_uses) {
    Bits fewer(dimension.size());
    for (size_t atom = 0; atom < atoms; ++atom) fewer.Set(atom);
    dimension.AddLabel(absl::StrCat("fewer than ", max), std::move(fewer));
    ++atoms;
  }
  return dimension;
}

}  // namespace firebreak::policy
