// libmodsecurity with the OWASP Core Rule Set, as Debian has them; an error where it is not
// installed.
//
// What is timed with it must not link BoringSSL: libmodsecurity brings OpenSSL along, whose symbols
// are the same.
#include "bench/inspection_engine.h"

#ifdef FIREBREAK_MODSECURITY
#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
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

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "base/status.h"

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
  std::string method, target, version;
  std::vector<Header> headers;
  std::string body;
};

// The target is all between the first and the last space.
Message Parse(absl::string_view request) {
  Message message;
  const size_t blank = std::min(request.find("\r\n\r\n"), request.size());
  absl::string_view head = request.substr(0, blank);
  message.body = std::string(request.substr(std::min(blank + 4, request.size())));
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

class ModSecurity final : public InspectionEngine {
 public:
  ModSecurity() {
    engine_.setConnectorInformation("firebreak bench");
    // Without one, all that matches is written to standard error, and the time for that counts.
    engine_.setServerLogCb([](void* /*request*/, const void* /*line*/) {});
  }

  absl::Status Load(const ModSecurityOptions& options) {
    const std::string text =
        absl::StrCat(kEngine, "Include ", options.setup, "\n", ParanoiaRule(options.paranoia),
                     "Include ", options.rules, "\n", "SecRuleRemoveById ", options.without, "\n");
    if (rules_.load(text.c_str()) >= 0) return absl::OkStatus();
    return absl::InvalidArgumentError(rules_.getParserError());
  }

  void Prepare(absl::string_view request) override { message_ = Parse(request); }

  bool Blocks() override {
    transaction_.emplace(&engine_, &rules_, nullptr);
    modsecurity::Transaction& transaction = *transaction_;
    transaction.processConnection("127.0.0.1", 40000, "127.0.0.1", 80);
    transaction.processURI(message_.target.c_str(), message_.method.c_str(),
                           message_.version.c_str());
    for (const Header& header : message_.headers) {
      transaction.addRequestHeader(header.name, header.value);
    }
    transaction.processRequestHeaders();
    if (Intervenes(transaction)) return true;
    transaction.appendRequestBody(reinterpret_cast<const unsigned char*>(message_.body.data()),
                                  message_.body.size());
    transaction.processRequestBody();
    return Intervenes(transaction);
  }

  std::vector<std::string> Rules() const override {
    std::set<int64_t> ids;  // one may match several times
    for (const auto& rule : transaction_->m_rulesMessages) ids.insert(rule.m_ruleId);
    std::vector<std::string> rules;
    rules.reserve(ids.size());
    for (const int64_t id : ids) rules.push_back(absl::StrCat(id));
    return rules;
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
  Message message_;
  // Kept for Rules; taking the one before down is part of the next request's time.
  std::optional<modsecurity::Transaction> transaction_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<InspectionEngine>> MakeModSecurity(
    const ModSecurityOptions& options) {
  auto engine = std::make_unique<ModSecurity>();
  FB_RETURN_IF_ERROR(engine->Load(options));
  return std::unique_ptr<InspectionEngine>(std::move(engine));
}

}  // namespace firebreak::bench

#else
#include "absl/status/status.h"

namespace firebreak::bench {

absl::StatusOr<std::unique_ptr<InspectionEngine>> MakeModSecurity(const ModSecurityOptions&) {
  return absl::UnimplementedError(
      "built without libmodsecurity (Debian: libmodsecurity-dev, modsecurity-crs)");
}

}  // namespace firebreak::bench
#endif
