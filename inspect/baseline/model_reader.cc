#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "config/baseline.pb.h"
#include "config/file_text.h"
#include "config/replace_file.h"
#include "config/source_map.h"
#include "config/yaml_reader.h"
#include "inspect/baseline/model_access.h"
#include "inspect/baseline/model_text.h"

namespace firebreak::inspect {
namespace {

namespace pb = config::v1;
using config::ErrorCode;

// A hundred years; nobody learns for longer.
constexpr uint64_t kMostSeconds = 100ULL * 366 * 24 * 3600;
constexpr uint32_t kMostPort = 65535;
constexpr absl::string_view kFewer = "no baseline holds as many";

// What is read becomes a baseline only when all of it is right.
struct Content {
  BaselineState state = BaselineState::kLearn;
  absl::Time learning_since;
  std::optional<absl::Duration> learned;
  uint64_t samples = 0;
  size_t parameters = 0;
  Baseline::Destinations destinations;
  ProtocolModel protocols;
};

class Reader {
 public:
  Reader(const config::SourceMap& map, config::Diagnostics* diagnostics)
      : map_(map), diagnostics_(diagnostics) {}

  Content Read(const pb::Baseline& in);

 private:
  void Report(absl::string_view path, absl::string_view message) {
    map_.Report(path, ErrorCode::kInvalidValue, message, "", diagnostics_);
  }
  // False, and reported, when there are too many.
  bool Fits(absl::string_view path, int size, size_t capacity) {
    if (static_cast<size_t>(size) <= capacity) return true;
    Report(path, kFewer);
    return false;
  }

  std::string Text(absl::string_view path, const std::string& text);
  LengthModel Length(absl::string_view path, const pb::BaselineLength& in);
  void Values(absl::string_view path, const pb::BaselineCounts& in, FrequentValues& out);
  template <typename List, typename Name, typename Counts>
  void Named(absl::string_view path, const List& in, Name name, Counts& out);
  template <typename List>
  PathModel::Counts Counts(absl::string_view path, const List& in, size_t capacity);
  ParameterModel Parameter(absl::string_view path, const pb::BaselineParameter& in);
  PathModel Paths(absl::string_view path, const pb::BaselineDestination& in);
  RouteModel Route(absl::string_view path, const pb::BaselineRoute& in);
  void Destination(absl::string_view path, const pb::BaselineDestination& in,
                   DestinationModel& out);
  ProtocolModel::Counts Spoken(absl::string_view path, const pb::BaselineEdge& in);
  ProtocolModel Protocols(const pb::Baseline& in);

  const config::SourceMap& map_;
  config::Diagnostics* diagnostics_;
};

std::string Item(absl::string_view list, int i) { return absl::StrCat(list, "[", i, "]"); }

std::string Reader::Text(absl::string_view path, const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const absl::string_view hex = absl::string_view(text).substr(i + 1, 2);
    if (hex.size() < 2 || !absl::ascii_isxdigit(static_cast<unsigned char>(hex[0])) ||
        !absl::ascii_isxdigit(static_cast<unsigned char>(hex[1]))) {
      Report(path, "\"%\" without two hex digits");
      return out;
    }
    out += absl::HexStringToBytes(hex);
    i += 2;
  }
  return out;
}

LengthModel Reader::Length(absl::string_view path, const pb::BaselineLength& in) {
  LengthModel out;
  out.samples = in.samples();
  out.least = in.least();
  out.greatest = in.greatest();
  out.sum = in.sum();
  out.square_sum = in.square_sum();
  if (!Fits(absl::StrCat(path, ".buckets"), in.buckets_size(), out.buckets.size())) return out;
  uint64_t counted = 0;
  for (int i = 0; i < in.buckets_size(); ++i) {
    out.buckets[static_cast<size_t>(i)] = in.buckets(i);
    counted += in.buckets(i);
  }
  if (counted != in.samples()) Report(path, "the buckets do not add up to the samples");
  if (in.least() > in.greatest()) Report(path, "the least length is above the greatest");
  return out;
}

void Reader::Values(absl::string_view path, const pb::BaselineCounts& in, FrequentValues& out) {
  const std::string list = absl::StrCat(path, ".entries");
  if (!Fits(list, in.entries_size(), out.capacity())) return;
  std::vector<FrequentValues::Entry> entries;
  for (int i = 0; i < in.entries_size(); ++i) {
    const pb::BaselineCount& entry = in.entries(i);
    entries.push_back({.value = Text(Item(list, i), entry.text()), .count = entry.count()});
  }
  out.Restore(std::move(entries), in.others());
}

template <typename List, typename Name, typename NamedCounts>
void Reader::Named(absl::string_view path, const List& in, Name name, NamedCounts& out) {
  for (int i = 0; i < in.size(); ++i) {
    size_t at = 0;
    const std::string text = Text(Item(path, i), in[i].text());
    while (at < out.size() && name(at) != text) ++at;
    if (at == out.size()) {
      Report(Item(path, i), "no such name");
      continue;
    }
    out[at] = static_cast<typename NamedCounts::value_type>(in[i].count());
  }
}

template <typename List>
PathModel::Counts Reader::Counts(absl::string_view path, const List& in, size_t capacity) {
  PathModel::Counts out;
  if (!Fits(path, in.size(), capacity)) return out;
  for (int i = 0; i < in.size(); ++i) {
    out.emplace(Text(Item(path, i), in[i].text()), in[i].count());
  }
  return out;
}

ParameterModel Reader::Parameter(absl::string_view path, const pb::BaselineParameter& in) {
  ParameterModel out;
  ModelText::ValueLength(out) = Length(absl::StrCat(path, ".length"), in.length());
  Named(absl::StrCat(path, ".classes"), in.classes(), CharClassName, ModelText::CharClasses(out));
  Named(
      absl::StrCat(path, ".types"), in.types(),
      [](size_t i) { return ValueTypeName(static_cast<ValueType>(i)); }, ModelText::Types(out));
  for (const uint32_t count : ModelText::CharClasses(out)) {
    if (count > out.samples()) Report(path, "a class occurs in more samples than there are");
  }
  for (const uint32_t count : ModelText::Types(out)) {
    if (count > out.samples()) Report(path, "a type has more samples than there are");
  }
  Values(absl::StrCat(path, ".values"), in.values(), ModelText::Values(out));
  Values(absl::StrCat(path, ".patterns"), in.patterns(), ModelText::Patterns(out));
  return out;
}

PathModel Reader::Paths(absl::string_view path, const pb::BaselineDestination& in) {
  PathModel out;
  ModelText::PathSamples(out) = in.samples();
  const auto at = [path](absl::string_view field) { return absl::StrCat(path, ".", field); };
  ModelText::Methods(out) = Counts(at("methods"), in.methods(), PathModel::kMaxMethods);
  ModelText::Folders(out) = Counts(at("folders"), in.folders(), PathModel::kMaxFolders);
  ModelText::Endings(out) = Counts(at("endings"), in.endings(), PathModel::kMaxEndings);
  ModelText::Patterns(out) =
      Counts(at("path_patterns"), in.path_patterns(), PathModel::kMaxPatterns);
  Named(at("path_classes"), in.path_classes(), CharClassName, ModelText::PathClasses(out));
  ModelText::PathLength(out) = Length(at("path_length"), in.path_length());
  return out;
}

RouteModel Reader::Route(absl::string_view path, const pb::BaselineRoute& in) {
  RouteModel out;
  ModelText::Body(out) = Length(absl::StrCat(path, ".body"), in.body());
  Values(absl::StrCat(path, ".content_types"), in.content_types(), ModelText::ContentTypes(out));
  Values(absl::StrCat(path, ".sets"), in.sets(), ModelText::Sets(out));
  const std::string list = absl::StrCat(path, ".parameters");
  if (!Fits(list, in.parameters_size(), RouteModel::kMaxParameters)) return out;
  for (int i = 0; i < in.parameters_size(); ++i) {
    const std::string item = Item(list, i);
    ParameterModel model = Parameter(item, in.parameters(i));
    ModelText::Parameters(out).emplace(Text(item, in.parameters(i).name()), std::move(model));
  }
  return out;
}

void Reader::Destination(absl::string_view path, const pb::BaselineDestination& in,
                         DestinationModel& out) {
  ModelText::Paths(out) = Paths(path, in);
  ModelText::Judged(out) = in.judged();
  ModelText::Deviant(out) = in.deviant();
  if (in.deviant() > in.judged()) Report(path, "more requests deviated than were judged");
  ModelText::AllValues(out) = Parameter(absl::StrCat(path, ".all_values"), in.all_values());
  const std::string names = absl::StrCat(path, ".names");
  if (!Fits(names, in.names_size(), DestinationModel::kMaxNames)) return;
  for (int i = 0; i < in.names_size(); ++i) {
    const std::string item = Item(names, i);
    const std::string name = Text(item, in.names(i).name());
    ModelText::Names(out).emplace(name, Parameter(item, in.names(i)));
    ModelText::RoutesOfName(out).emplace(name, in.names(i).routes());
  }
  const std::string routes = absl::StrCat(path, ".routes");
  if (!Fits(routes, in.routes_size(), DestinationModel::kMaxRoutes)) return;
  for (int i = 0; i < in.routes_size(); ++i) {
    const std::string item = Item(routes, i);
    const pb::BaselineRoute& route = in.routes(i);
    DestinationModel::RouteKey key{Text(item, route.source()), Text(item, route.method()),
                                   Text(item, route.route())};
    ModelText::FirstSources(out).try_emplace(absl::StrCat(key.method, " ", key.route), key.source);
    const auto [place, fresh] = ModelText::Routes(out).emplace(std::move(key), Route(item, route));
    if (!fresh) Report(item, "a route is there twice");
    ModelText::ParameterCount(out) += place->second.parameters().size();
  }
}

ProtocolModel::Counts Reader::Spoken(absl::string_view path, const pb::BaselineEdge& in) {
  ProtocolModel::Counts out;
  uint64_t left = in.connections();
  bool adds_up = true;
  for (int i = 0; i < in.protocols_size(); ++i) {
    const std::string item = Item(absl::StrCat(path, ".protocols"), i);
    const std::string& name = in.protocols(i).text();
    const auto protocol =
        name == ProtocolName(Protocol::kUnknown) ? Protocol::kUnknown : ParseProtocol(name);
    if (!protocol.has_value()) {
      Report(item, "no such protocol");
      continue;
    }
    const uint64_t count = in.protocols(i).count();
    if (!out.emplace(*protocol, count).second) Report(item, "a protocol is there twice");
    adds_up = adds_up && count > 0 && count <= left;
    left -= std::min(left, count);
  }
  if (!adds_up || left > 0) Report(path, "the protocols do not add up to the connections");
  return out;
}

ProtocolModel Reader::Protocols(const pb::Baseline& in) {
  ProtocolModel out;
  ModelText::Connections(out) = in.connections();
  if (!Fits("edges", in.edges_size(), ProtocolModel::kMaxEdges)) return out;
  uint64_t left = in.connections();
  for (int i = 0; i < in.edges_size(); ++i) {
    const std::string item = Item("edges", i);
    const pb::BaselineEdge& edge = in.edges(i);
    if (edge.port() > kMostPort) Report(absl::StrCat(item, ".port"), "no port");
    Edge key{Text(item, edge.source()), Text(item, edge.destination()),
             static_cast<uint16_t>(edge.port())};
    if (!ModelText::Edges(out).emplace(std::move(key), Spoken(item, edge)).second) {
      Report(item, "an edge is there twice");
    }
    if (edge.connections() > left) Report(item, "edges have more connections than there were");
    left -= std::min(left, edge.connections());
  }
  return out;
}

Content Reader::Read(const pb::Baseline& in) {
  Content out;
  std::optional<BaselineState> state;
  for (const BaselineState known :
       {BaselineState::kLearn, BaselineState::kFreeze, BaselineState::kEnforce}) {
    if (BaselineStateName(known) == in.state()) state = known;
  }
  if (!state.has_value()) Report("state", "no state: LEARN, FREEZE or ENFORCE");
  if (!in.complete()) Report("", "the file was cut short: its last line is not \"complete: true\"");
  out.state = state.value_or(BaselineState::kLearn);
  out.learning_since = absl::FromUnixSeconds(in.learning_since().seconds());
  if (in.has_learned_seconds()) {
    out.learned = absl::Seconds(static_cast<int64_t>(std::min(in.learned_seconds(), kMostSeconds)));
  }
  out.samples = in.samples();
  for (int i = 0; i < in.destinations_size(); ++i) {
    const std::string item = Item("destinations", i);
    DestinationModel& model = out.destinations[Text(item, in.destinations(i).name())];
    Destination(item, in.destinations(i), model);
    out.parameters += model.parameters();
  }
  out.protocols = Protocols(in);
  return out;
}

}  // namespace

bool ReadBaseline(absl::string_view file, absl::string_view text, Baseline& baseline,
                  config::Diagnostics* diagnostics) {
  pb::Baseline read;
  config::SourceMap map;
  if (!config::ReadYaml(file, text, &read, &map, diagnostics)) return false;
  const int errors = diagnostics->error_count();
  Content content = Reader(map, diagnostics).Read(read);
  if (diagnostics->error_count() > errors) return false;
  ModelText::Restore(baseline, std::move(content));
  return true;
}

bool LoadBaseline(const std::string& path, Baseline& baseline, config::Diagnostics* diagnostics) {
  const auto text = config::ReadFileText(path, diagnostics);
  return text.has_value() && ReadBaseline(path, *text, baseline, diagnostics);
}

absl::Status SaveBaseline(const std::string& path, const Baseline& baseline) {
  return SaveBaselineText(path, BaselineText(baseline));
}

absl::Status SaveBaselineText(const std::string& path, absl::string_view text) {
  constexpr mode_t kOwnerOnly = 0600;
  return config::ReplaceFile(path, text, kOwnerOnly);
}

}  // namespace firebreak::inspect
