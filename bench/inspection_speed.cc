// What inspection costs, beside libmodsecurity with the OWASP Core Rule Set.
//
//   inspection_speed requests [--learn FILE] [--packs N] [--paranoia N]
//                    [--peer SETUP RULES [--without RULE]] FILE...
//   inspection_speed text
//
// requests: files of labelled requests (cli/corpus_reader.h). Each engine looks at the same bytes
// in the same run, kTurn requests at a time by turns. JSON: for each file and engine the CPU time
// and the percentiles of the time that one request takes, how many were blocked, and which rules
// matched in benign requests that were. Firebreak's time is that of `firebreak inspect corpus`:
// reading the head, canonicalisation, extraction and all parsers. With --learn it runs once more
// with the judgement of what was learned, and with --packs with a pack of N rules. The peer is
// handed the request in parts, and its time is that of its own calls.
//
// text: GB (10^9 bytes) a second of bodies in which there is nothing to find, as the sidecar takes
// them: in pieces, each byte once.
//
// No BoringSSL in here: see modsecurity_engine.cc.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

#include "base/clock.h"
#include "base/status.h"
#include "bench/inspection_engine.h"
#include "cli/corpus_reader.h"
#include "cli/request_inspection.h"
#include "http/message.h"
#include "inspect/engine.h"
#include "inspect/payload/request_fields.h"

namespace firebreak::bench {
namespace {

constexpr size_t kTurn = 32;

class Firebreak final : public InspectionEngine {
 public:
  explicit Firebreak(int paranoia) : inspector_(inspect::EngineOptions{.paranoia = paranoia}) {}

  absl::Status Learn(const std::string& path) {
    return cli::ReadCorpus(path, [this](const cli::CorpusRecord& record) {
      // What is no request, or has findings, teaches nothing.
      if (!record.malicious) inspector_.Learn(record.request, Clock::Real()).IgnoreError();
    });
  }

  void Prepare(absl::string_view request) override { request_ = request; }
  bool Blocks() override { return !inspector_.Inspect(request_).ok() || inspector_.blocked(); }
  std::vector<std::string> Rules() const override {
    std::vector<std::string> rules;
    for (const inspect::Finding& finding : inspector_.inspection().findings()) {
      rules.emplace_back(finding.id);
    }
    return rules;
  }

 private:
  cli::RequestInspector inspector_;
  absl::string_view request_;
};

struct Request {
  bool malicious = false;
  std::string bytes;
};

// Contender is an engine and what came of its requests; the index is the label.
struct Contender {
  std::string name;
  std::unique_ptr<InspectionEngine> engine;
  std::array<uint64_t, 2> requests{};
  std::array<uint64_t, 2> blocked{};
  std::map<std::string, uint64_t> false_alarms = {};
  double cpu_seconds = 0;  // others on the machine do not count
  std::vector<int64_t> nanoseconds = {};

  void Take(const Request& request) {
    engine->Prepare(request.bytes);
    const MonoTime begin = Clock::Real().MonoNow();
    const bool blocks = engine->Blocks();
    nanoseconds.push_back(std::chrono::nanoseconds(Clock::Real().MonoNow() - begin).count());
    const size_t label = request.malicious ? 1 : 0;
    ++requests[label];
    if (!blocks) return;
    ++blocked[label];
    if (label == 1) return;
    for (const std::string& rule : engine->Rules()) ++false_alarms[rule];
  }

  double Microseconds(double share) {
    if (nanoseconds.empty()) return 0;
    const auto at = static_cast<ptrdiff_t>(share * static_cast<double>(nanoseconds.size() - 1));
    std::nth_element(nanoseconds.begin(), nanoseconds.begin() + at, nanoseconds.end());
    return static_cast<double>(nanoseconds[static_cast<size_t>(at)]) / 1000;
  }

  std::string Json() {
    std::string text = absl::StrFormat(
        R"({"engine":"%s","cpu_seconds":%.6f,"p50_us":%.2f,"p99_us":%.2f,"p999_us":%.2f)", name,
        cpu_seconds, Microseconds(0.5), Microseconds(0.99), Microseconds(0.999));
    for (const size_t label : {0U, 1U}) {
      if (requests[label] == 0) continue;
      absl::StrAppendFormat(
          &text, R"(,"%s":%.6f)", label == 0 ? "fpr" : "tpr",
          static_cast<double>(blocked[label]) / static_cast<double>(requests[label]));
    }
    const auto rule = [](std::string* out, const std::pair<const std::string, uint64_t>& count) {
      absl::StrAppend(out, "\"", count.first, "\":", count.second);
    };
    return absl::StrCat(text, R"(,"false_alarms":{)", absl::StrJoin(false_alarms, ",", rule), "}}");
  }

  // Begin forgets the last file.
  void Begin() {
    requests = blocked = {};
    false_alarms.clear();
    cpu_seconds = 0;
    nanoseconds.clear();
  }
};

double CpuNow() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// Runs the requests of a file through all contenders, and says what came of it.
absl::StatusOr<std::string> Race(const std::string& path, std::vector<Contender>& contenders) {
  std::vector<Request> requests;
  const absl::Status read = cli::ReadCorpus(path, [&](const cli::CorpusRecord& record) {
    requests.push_back({record.malicious, std::string(record.request)});
  });
  if (!read.ok()) return read;
  for (Contender& contender : contenders) contender.Begin();
  for (size_t first = 0; first < requests.size(); first += kTurn) {
    for (Contender& contender : contenders) {
      const double begin = CpuNow();
      for (size_t i = first; i < std::min(first + kTurn, requests.size()); ++i) {
        contender.Take(requests[i]);
      }
      contender.cpu_seconds += CpuNow() - begin;
    }
  }
  std::vector<std::string> engines;
  engines.reserve(contenders.size());
  for (Contender& contender : contenders) engines.push_back(contender.Json());
  const std::array<uint64_t, 2>& counts = contenders.front().requests;
  return absl::StrFormat(R"({"set":"%s","benign":%d,"malicious":%d,"engines":[%s]})",
                         path.substr(path.rfind('/') + 1), counts[0], counts[1],
                         absl::StrJoin(engines, ","));
}

struct Options {
  int paranoia = 1;
  std::string learn;
  int pack_rules = 0;       // 0: without packs
  ModSecurityOptions peer;  // no rules: there is none
  std::vector<std::string> files;
};

// False: no such command line.
bool Parse(int argc, char** argv, Options& options) {
  for (int i = 2; i < argc; ++i) {
    const absl::string_view flag = argv[i];
    if (flag.substr(0, 2) != "--") {
      options.files.emplace_back(flag);
      continue;
    }
    const int values = flag == "--peer" ? 2 : 1;
    if (i + values >= argc) return false;
    bool good = true;
    if (flag == "--learn") {
      options.learn = argv[i + 1];
    } else if (flag == "--packs") {
      good = absl::SimpleAtoi(argv[i + 1], &options.pack_rules) && options.pack_rules > 0;
    } else if (flag == "--paranoia") {
      good = absl::SimpleAtoi(argv[i + 1], &options.paranoia);
    } else if (flag == "--without") {
      good = absl::SimpleAtoi(argv[i + 1], &options.peer.without);
    } else if (flag == "--peer") {
      options.peer.setup = argv[i + 1];
      options.peer.rules = argv[i + 2];
    } else {
      good = false;
    }
    if (!good) return false;
    i += values;
  }
  options.peer.paranoia = options.paranoia;
  return !options.files.empty() && options.paranoia >= inspect::kMinParanoia &&
         options.paranoia <= inspect::kMaxParanoia;
}

absl::Status RaceAll(const Options& options) {
  std::vector<Contender> contenders;
  contenders.push_back(
      {.name = "firebreak", .engine = std::make_unique<Firebreak>(options.paranoia)});
  if (!options.learn.empty()) {
    auto learned = std::make_unique<Firebreak>(options.paranoia);
    FB_RETURN_IF_ERROR(learned->Learn(options.learn));
    contenders.push_back({.name = "firebreak (learned)", .engine = std::move(learned)});
  }
  if (options.pack_rules > 0) {
    FB_ASSIGN_OR_RETURN(auto packed, MakePackedInspection(options.paranoia, options.pack_rules));
    contenders.push_back({.name = "firebreak (packs)", .engine = std::move(packed)});
  }
  if (!options.peer.rules.empty()) {
    auto peer = MakeModSecurity(options.peer);
    if (!peer.ok()) return peer.status();
    contenders.push_back({.name = "modsecurity", .engine = *std::move(peer)});
  }
  std::vector<std::string> files;
  for (const std::string& file : options.files) {
    auto raced = Race(file, contenders);
    if (!raced.ok()) return raced.status();
    files.push_back(*std::move(raced));
  }
  printf("[%s]\n", absl::StrJoin(files, ",\n").c_str());
  return absl::OkStatus();
}

// Words of everyday prose.
constexpr const char* kWords[] = {
    "the",   "a",      "order", "from",  "customers", "choose", "and",     "or",   "of",
    "shop",  "there",  "label", "was",   "delivered", "on",     "Tuesday", "with", "two",
    "items", "please", "more",  "about", "it",        "garden", "chair",   "blue", "letter"};
constexpr size_t kTextBytes = 64U << 20;

std::string Prose() {
  std::minstd_rand random(1);
  std::string text;
  text.reserve(kTextBytes + 32);
  while (text.size() < kTextBytes) {
    const auto chance = random();
    absl::StrAppend(&text, kWords[chance % std::size(kWords)]);
    const char* const ends[] = {", ", ". ", ".\n"};
    absl::StrAppend(&text, chance / 64 % 9 == 0 ? ends[chance / 1024 % 3] : " ");
  }
  return text;
}

std::string Json() {
  std::minstd_rand random(2);
  const auto word = [&random] { return kWords[random() % std::size(kWords)]; };
  std::string text = "[";
  text.reserve(kTextBytes + 256);
  while (text.size() < kTextBytes) {
    absl::StrAppend(&text, text.size() > 1 ? ",\n" : "", R"({"id":)", random(), R"(,"name":")",
                    word(), " ", word(), R"(","price":)", random() % 1000, R"(.5,"note":")", word(),
                    " ", word(), " ", word(), " ", word(), R"(","open":true})");
  }
  return text + "]";
}

// GB a second of CPU time that a body of this type is taken with; the middle one of five times.
double Throughput(const std::string& body, absl::string_view type) {
  constexpr size_t kPiece = 16U << 10;
  const inspect::StructureLimits limits;
  inspect::Engine engine({});
  http::Request request;
  request.method = "POST";
  request.path = "/notes";
  request.headers.Add("content-type", type);
  request.has_body = true;
  std::array<double, 5> speeds{};
  for (double& speed : speeds) {
    inspect::Inspection inspection(engine);
    const double begin = CpuNow();
    inspect::RequestFields fields(limits, inspection, inspection);
    fields.Headers(request);
    for (size_t at = 0; at < body.size(); at += kPiece) {
      fields.Body(absl::string_view(body).substr(at, kPiece));
    }
    fields.End();
    speed = static_cast<double>(body.size()) / (CpuNow() - begin) / 1e9;
    if (inspection.blocks()) fprintf(stderr, "inspection_speed: there is something to find\n");
  }
  std::sort(speeds.begin(), speeds.end());
  return speeds[speeds.size() / 2];
}

int Main(int argc, char** argv) {
  if (argc == 2 && absl::string_view(argv[1]) == "text") {
    printf(R"({"text/plain":%.3f,"application/json":%.3f})"
           "\n",
           Throughput(Prose(), "text/plain"), Throughput(Json(), "application/json"));
    return 0;
  }
  Options options;
  if (argc < 2 || absl::string_view(argv[1]) != "requests" || !Parse(argc, argv, options)) {
    fprintf(
        stderr,
        "usage: inspection_speed requests [--learn FILE] [--packs N] [--paranoia N] [--peer SETUP "
        "RULES [--without RULE]] FILE...\n       inspection_speed text\n");
    return 2;
  }
  const absl::Status raced = RaceAll(options);
  if (raced.ok()) return 0;
  fprintf(stderr, "inspection_speed: %s\n", std::string(raced.message()).c_str());
  return 2;
}

}  // namespace
}  // namespace firebreak::bench

int main(int argc, char** argv) { return firebreak::bench::Main(argc, argv); }
