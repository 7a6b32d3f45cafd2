#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/pack.pb.h"
#include "config/source_map.h"
#include "config/yaml_reader.h"
#include "inspect/pack/pack_trial.h"
#include "inspect/pack/rule_pack.h"

namespace firebreak::inspect {
namespace {

namespace pb = config::v1;
using config::ErrorCode;

constexpr int64_t kRegexMemory = int64_t{1} << 20;
constexpr size_t kMaxName = 64;
constexpr size_t kMaxId = 48;

constexpr std::array kPlaces = {Place::kPath,      Place::kQuery, Place::kHeader, Place::kCookie,
                                Place::kForm,      Place::kJson,  Place::kXml,    Place::kGraphql,
                                Place::kMultipart, Place::kGrpc,  Place::kBytes};

template <typename Predicate>
bool IsMadeOf(absl::string_view text, size_t longest, Predicate fits) {
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), fits);
}

bool IsPackName(absl::string_view text) {
  return IsMadeOf(text, kMaxName, [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
}

bool IsRuleId(absl::string_view text) {
  return IsMadeOf(text, kMaxId,
                  [](unsigned char c) {
                    return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '-';
                  }) &&
         !absl::StartsWith(text, "FBI-");
}

// CVE-2026-12345: four digits of a year, four or more.
bool IsCve(absl::string_view text) {
  static const re2::RE2 form("CVE-[0-9]{4}-[0-9]{4,12}");
  return re2::RE2::FullMatch({text.data(), text.size()}, form);
}

int SeverityOf(pb::PackRule::Severity severity) {
  switch (severity) {
    case pb::PackRule::NOTICE:
      return 2;
    case pb::PackRule::WARNING:
      return 3;
    case pb::PackRule::ERROR:
      return 4;
    default:
      return 5;
  }
}

std::string Item(absl::string_view list, int i) { return absl::StrCat(list, "[", i, "]"); }

class Reader {
 public:
  Reader(const config::SourceMap& map, config::Diagnostics* diagnostics)
      : map_(map), diagnostics_(diagnostics) {}

  std::shared_ptr<RulePack> Read(const pb::RulePack& in);

 private:
  void Report(absl::string_view path, ErrorCode code, absl::string_view message,
              absl::string_view help = "") {
    map_.Report(path, code, message, help, diagnostics_);
  }
  void Require(bool good, absl::string_view path, absl::string_view message) {
    if (!good) Report(path, ErrorCode::kInvalidValue, message);
  }

  PackRule Rule(const std::string& path, const pb::PackRule& in);
  PackCondition Condition(const std::string& path, const pb::PackCondition& in);
  void Operator(const std::string& path, const pb::PackCondition& in, PackCondition& out);
  void Regex(const std::string& path, const pb::PackCondition& in, PackCondition& out);
  void Try(const std::string& path, const PackRule& rule, const pb::PackTest& in);

  const config::SourceMap& map_;
  config::Diagnostics* diagnostics_;
};

std::shared_ptr<RulePack> Reader::Read(const pb::RulePack& in) {
  auto out = std::make_shared<RulePack>();
  out->name = in.pack();
  out->version = in.version();
  Require(IsPackName(in.pack()), "pack", "the name is lower-case letters, digits and \"-\"");
  Require(in.version() > 0, "version", "a version is 1 or more");
  Require(in.rules_size() > 0 && in.rules_size() <= RulePack::kMaxRules, "rules",
          "a pack has 1 to 1,000 rules");
  absl::flat_hash_set<std::string> ids;
  for (int i = 0; i < std::min(in.rules_size(), RulePack::kMaxRules); ++i) {
    const std::string path = Item("rules", i);
    Require(ids.insert(in.rules(i).id()).second, path + ".id", "two rules have this id");
    out->rules.push_back(Rule(path, in.rules(i)));
  }
  return out;
}

PackRule Reader::Rule(const std::string& path, const pb::PackRule& in) {
  const int errors = diagnostics_->error_count();
  PackRule out;
  out.id = in.id();
  out.severity = SeverityOf(in.severity());
  out.why = in.why();
  Require(IsRuleId(in.id()), path + ".id",
          "an id is capitals, digits and \"-\", at most 48, and does not begin with \"FBI-\"");
  Require(!in.why().empty(), path + ".why", "say in one sentence what the rule is for");
  for (int i = 0; i < in.cve_size(); ++i) {
    Require(IsCve(in.cve(i)), Item(path + ".cve", i), "not of the form CVE-2026-12345");
    out.cves.push_back(in.cve(i));
  }
  out.methods.assign(in.methods().begin(), in.methods().end());
  for (int i = 0; i < in.paths_size(); ++i) {
    const std::string& pattern = in.paths(i);
    Require(absl::StartsWith(pattern, "/") || absl::StartsWith(pattern, "*"),
            Item(path + ".paths", i), "a path begins with \"/\" or \"*\"");
    const size_t star = pattern.find('*');
    Require(star == std::string::npos ||
                ((star == 0 || star + 1 == pattern.size()) && pattern.rfind('*') == star),
            Item(path + ".paths", i), "one \"*\", at the start or at the end");
    out.paths.push_back(pattern);
  }
  Require(in.conditions_size() > 0 || in.paths_size() > 0, path,
          "a rule has conditions or paths; this one would match everything");
  Require(in.conditions_size() <= RulePack::kMaxConditions, path + ".conditions",
          "a rule has at most 16 conditions");
  for (int i = 0; i < std::min(in.conditions_size(), RulePack::kMaxConditions); ++i) {
    out.conditions.push_back(Condition(Item(path + ".conditions", i), in.conditions(i)));
  }
  const auto tests = [&in](bool matches) {
    return std::any_of(in.tests().begin(), in.tests().end(),
                       [matches](const auto& test) { return test.matches() == matches; });
  };
  Require(tests(true) && tests(false), path + ".tests",
          "a rule has tests: a request that must match, and one that must not");
  // What is not well formed would only fail in another way.
  if (diagnostics_->error_count() > errors) return out;
  for (int i = 0; i < in.tests_size(); ++i) Try(Item(path + ".tests", i), out, in.tests(i));
  return out;
}

PackCondition Reader::Condition(const std::string& path, const pb::PackCondition& in) {
  PackCondition out;
  for (int i = 0; i < in.places_size(); ++i) {
    const auto* const found = std::find_if(kPlaces.begin(), kPlaces.end(), [&](Place place) {
      return PlaceName(place) == in.places(i);
    });
    if (found == kPlaces.end()) {
      Report(Item(path + ".places", i), ErrorCode::kInvalidValue, "no such place",
             "path, query, header, cookie, form, multipart, json, xml, graphql, grpc, bytes");
      continue;
    }
    out.places |= 1U << static_cast<unsigned>(*found);
  }
  out.fields.assign(in.fields().begin(), in.fields().end());
  out.names = in.names();
  out.ignore_case = in.ignore_case();
  out.as_it_is = in.as_it_is();
  Operator(path, in, out);
  return out;
}

void Reader::Operator(const std::string& path, const pb::PackCondition& in, PackCondition& out) {
  int operators = (in.regex().empty() ? 0 : 1) + (in.has_longer_than() ? 1 : 0);
  const auto take = [&](const auto& texts, PackOperator op) {
    if (texts.empty()) return;
    ++operators;
    out.op = op;
    for (const std::string& text : texts) {
      Require(!text.empty() || op == PackOperator::kEquals, path, "an empty text is in all others");
      out.texts.push_back(in.ignore_case() ? absl::AsciiStrToLower(text) : text);
    }
  };
  take(in.equals(), PackOperator::kEquals);
  take(in.contains(), PackOperator::kContains);
  take(in.starts_with(), PackOperator::kStartsWith);
  take(in.ends_with(), PackOperator::kEndsWith);
  Require(operators == 1, path,
          "one of equals, contains, starts_with, ends_with, regex and longer_than");
  Require(out.texts.size() <= RulePack::kMaxTexts, path, "at most 256 texts");
  if (!in.regex().empty()) Regex(path + ".regex", in, out);
  if (in.has_longer_than()) {
    Require(in.longer_than() >= 0, path + ".longer_than", "a length is not negative");
    out.op = PackOperator::kLongerThan;
    out.length = static_cast<uint64_t>(std::max<int64_t>(in.longer_than(), 0));
  }
}

void Reader::Regex(const std::string& path, const pb::PackCondition& in, PackCondition& out) {
  out.op = PackOperator::kRegex;
  Require(in.regex().size() <= RulePack::kMaxRegexBytes, path, "longer than 1,024 bytes");
  if (in.regex().size() > RulePack::kMaxRegexBytes) return;
  re2::RE2::Options options(re2::RE2::Latin1);  // a field is bytes, of any encoding or none
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemory);
  options.set_case_sensitive(!in.ignore_case());
  options.set_dot_nl(true);
  auto regex = std::make_shared<re2::RE2>(in.regex(), options);
  Require(regex->ok(), path, regex->error());
  out.regex = std::move(regex);
}

void Reader::Try(const std::string& path, const PackRule& rule, const pb::PackTest& in) {
  if (!in.has_matches()) {
    return Report(path, ErrorCode::kRequiredField, "say what is expected: matches: true or false");
  }
  http::Request request;
  request.method = in.method().empty() ? "GET" : in.method();
  request.path = in.target();
  request.has_body = !in.body().empty();
  for (const auto& [name, value] : in.headers()) {
    request.headers.Add(absl::AsciiStrToLower(name), value);
  }
  if (!request.headers.Has("host")) request.headers.Add("host", "test.invalid");
  const auto matches = TrialMatches(rule, std::move(request), in.body());
  if (!matches.ok()) {
    return Report(path, ErrorCode::kInvalidValue, matches.status().message());
  }
  if (*matches == in.matches()) return;
  Report(path, ErrorCode::kInvalidValue,
         absl::StrCat("the test fails: rule ", rule.id, *matches ? " matches" : " does not match"));
}

}  // namespace

std::shared_ptr<const RulePack> ReadPack(absl::string_view file, absl::string_view text,
                                         config::Diagnostics* diagnostics) {
  pb::RulePack read;
  config::SourceMap map;
  if (!config::ReadYaml(file, text, &read, &map, diagnostics)) return nullptr;
  const int errors = diagnostics->error_count();
  auto pack = Reader(map, diagnostics).Read(read);
  return diagnostics->error_count() > errors ? nullptr : pack;
}

}  // namespace firebreak::inspect
