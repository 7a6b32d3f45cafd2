// What libmodsecurity with the OWASP Core Rule Set makes of labelled requests, one at a time on one
// core: the peer beside `firebreak inspect corpus`. bench/eval_inspection.py runs both.
//
//   eval_modsecurity SETUP RULES PARANOIA WITHOUT CORPUS...
//
// SETUP is the rule set's own configuration, RULES its files, a pattern: with Debian's
// modsecurity-crs /etc/modsecurity/crs/crs-setup.conf and
// '/usr/share/modsecurity-crs/rules/*.conf', both as they come. WITHOUT is a rule to take out, 0
// for none. Prints the JSON of `firebreak inspect corpus -o json` and, by rule, how many benign
// requests it was found in that were blocked.
//
// A program of its own, since libmodsecurity brings OpenSSL along, whose symbols are BoringSSL's.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

// They lean on headers that come before them.
#include <modsecurity/intervention.h>
#include <modsecurity/modsecurity.h>
#include <modsecurity/rule_message.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "cli/corpus_reader.h"

namespace firebreak::bench {
namespace {

// What a rule set leaves to its engine's configuration: to act, to read bodies, and which parser is
// for which type. Nothing is logged.
constexpr absl::string_view kEngine = R"(
SecRuleEngine On
SecRequestBodyAccess On
SecResponseBodyAccess Off
SecAuditEngine Off
SecRule REQUEST_HEADERS:Content-Type "@rx ^(?:application|text)/(?:soap\+)?xml" \
  "id:100,phase:1,pass,nolog,t:none,t:lowercase,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "@rx ^application/json" \
  "id:101,phase:1,pass,nolog,t:none,t:lowercase,ctl:requestBodyProcessor=JSON"
)";

// 900000 is what the rule set's own set-up names for this.
std::string ParanoiaRule(int paranoia) {
  return absl::StrCat("SecAction \"id:900000,phase:1,pass,nolog,t:none,setvar:tx.paranoia_level=",
                      paranoia, "\"\n");
}

struct Header {
  std::string name, value;
};

// Message is one request as the library's callers hand it over.
struct Message {
  bool malicious = false;
  std::string method, target, version;
  std::vector<Header> headers;
  std::string body;
};

// As bench/corpus.cc: the target is all between the first and the last space.
Message Parse(const cli::CorpusRecord& record) {
  Message message;
  message.malicious = record.malicious;
  const size_t blank = std::min(record.request.find("\r\n\r\n"), record.request.size());
  absl::string_view head = record.request.substr(0, blank);
  message.body = std::string(record.request.substr(std::min(blank + 4, record.request.size())));
  const absl::string_view line = head.substr(0, std::min(head.find("\r\n"), head.size()));
  head.remove_prefix(std::min(line.size() + 2, head.size()));
  const size_t first = std::min(line.find(' '), line.size());
  const size_t last = line.rfind(' ');
  message.method = std::string(line.substr(0, first));
  if (last != absl::string_view::npos && last > first) {
    message.target = std::string(line.substr(first + 1, last - first - 1));
    message.version = std::string(absl::StripPrefix(line.substr(last + 1), "HTTP/"));
  }
  while (!head.empty()) {
    const absl::string_view field = head.substr(0, std::min(head.find("\r\n"), head.size()));
    head.remove_prefix(std::min(field.size() + 2, head.size()));
    const size_t colon = std::min(field.find(':'), field.size());
    message.headers.push_back(
        {std::string(field.substr(0, colon)),
         std::string(absl::StripAsciiWhitespace(field.substr(std::min(colon + 1, field.size()))))});
  }
  return message;
}

struct Tally {
  std::string name;
  std::array<uint64_t, 2> requests{};
  std::array<uint64_t, 2> blocked{};
  std::map<int64_t, uint64_t> false_alarms;  // by rule
  double seconds = 0;                        // of CPU: others on the machine do not count
};

class Peer {
 public:
  Peer(absl::string_view setup, absl::string_view rules, int paranoia, int without) {
    engine_.setConnectorInformation("firebreak bench");
    // Without one, all that matches is written to standard error, and the time for that counts.
    engine_.setServerLogCb([](void* /*request*/, const void* /*line*/) {});
    const std::string text =
        absl::StrCat(kEngine, "Include ", setup, "\n", ParanoiaRule(paranoia), "Include ", rules,
                     "\n", "SecRuleRemoveById ", without, "\n");
    if (rules_.load(text.c_str()) < 0) {
      fprintf(stderr, "eval_modsecurity: %s\n", rules_.getParserError().c_str());
      exit(2);
    }
  }

  // The rules that matched, when the request is to be blocked; else nothing.
  bool Blocks(const Message& message, std::set<int64_t>& matched) {
    modsecurity::Transaction transaction(&engine_, &rules_, nullptr);
    transaction.processConnection("127.0.0.1", 40000, "127.0.0.1", 80);
    transaction.processURI(message.target.c_str(), message.method.c_str(), message.version.c_str());
    for (const Header& header : message.headers) {
      transaction.addRequestHeader(header.name, header.value);
    }
    transaction.processRequestHeaders();
    bool blocked = Intervenes(transaction);
    if (!blocked) {
      transaction.appendRequestBody(reinterpret_cast<const unsigned char*>(message.body.data()),
                                    message.body.size());
      transaction.processRequestBody();
      blocked = Intervenes(transaction);
    }
    matched.clear();
    if (blocked) {
      for (const auto& rule : transaction.m_rulesMessages) matched.insert(rule.m_ruleId);
    }
    return blocked;
  }

 private:
  static bool Intervenes(modsecurity::Transaction& transaction) {
    modsecurity::ModSecurityIntervention intervention;
    modsecurity::intervention::reset(&intervention);
    const bool intervenes = transaction.intervention(&intervention);
    modsecurity::intervention::free(&intervention);
    return intervenes && intervention.disruptive != 0;
  }

  modsecurity::ModSecurity engine_;
  modsecurity::RulesSet rules_;
};

bool Run(const std::string& path, Peer& peer, Tally& tally) {
  std::vector<Message> messages;
  const absl::Status read = cli::ReadCorpus(
      path, [&](const cli::CorpusRecord& record) { messages.push_back(Parse(record)); });
  if (!read.ok()) {
    fprintf(stderr, "eval_modsecurity: %s\n", std::string(read.message()).c_str());
    return false;
  }
  tally.name = path.substr(path.rfind('/') + 1);
  std::set<int64_t> matched;
  const std::clock_t begin = std::clock();
  for (const Message& message : messages) {
    const size_t label = message.malicious ? 1 : 0;
    const bool blocked = peer.Blocks(message, matched);
    ++tally.requests[label];
    tally.blocked[label] += blocked ? 1 : 0;
    if (label == 1) continue;
    for (const int64_t rule : matched) ++tally.false_alarms[rule];
  }
  tally.seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return true;
}

std::string Json(const Tally& tally) {
  std::string text =
      absl::StrCat("{\"set\":\"", tally.name, "\",\"benign\":", tally.requests[0],
                   ",\"malicious\":", tally.requests[1], ",\"benign_blocked\":", tally.blocked[0],
                   ",\"malicious_blocked\":", tally.blocked[1]);
  for (const size_t label : {0U, 1U}) {
    if (tally.requests[label] == 0) continue;
    absl::StrAppend(
        &text, label == 0 ? ",\"fpr\":" : ",\"tpr\":",
        static_cast<double>(tally.blocked[label]) / static_cast<double>(tally.requests[label]));
  }
  const auto rule = [](std::string* out, const std::pair<const int64_t, uint64_t>& count) {
    absl::StrAppend(out, "\"", count.first, "\":", count.second);
  };
  absl::StrAppend(&text, ",\"false_alarms\":{", absl::StrJoin(tally.false_alarms, ",", rule),
                  "},\"seconds\":", tally.seconds, "}");
  return text;
}

int Main(int argc, char** argv) {
  int paranoia = 0;
  int without = 0;
  if (argc < 6 || !absl::SimpleAtoi(argv[3], &paranoia) || !absl::SimpleAtoi(argv[4], &without)) {
    fprintf(stderr, "usage: eval_modsecurity SETUP RULES PARANOIA WITHOUT CORPUS...\n");
    return 2;
  }
  Peer peer(argv[1], argv[2], paranoia, without);
  std::vector<std::string> objects;
  for (int i = 5; i < argc; ++i) {
    Tally tally;
    if (!Run(argv[i], peer, tally)) return 2;
    objects.push_back(Json(tally));
  }
  printf("[%s]\n", absl::StrJoin(objects, ",").c_str());
  return 0;
}

}  // namespace
}  // namespace firebreak::bench

int main(int argc, char** argv) { return firebreak::bench::Main(argc, argv); }
