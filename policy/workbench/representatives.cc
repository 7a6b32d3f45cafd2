#include "policy/workbench/representatives.h"

#include <array>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/ip.h"
#include "config/policy.pb.h"

namespace firebreak::policy {
namespace {

using config::v1::PolicyRule;

// In no policy that anybody would write, and a segment, a name and a token everywhere.
constexpr char kFresh[] = "zz-nobody-else-zz";
constexpr uint16_t kFreshPort = 64'998;

// Affixes are the patterns of one field taken apart: "abc", "abc*", "*abc", "*".
class Affixes {
 public:
  template <typename List>
  void Add(const List& values) {
    for (const std::string& value : values) Add(absl::string_view(value));
  }
  void Add(absl::string_view value) {
    if (absl::ConsumeSuffix(&value, "*")) {
      begins_.insert(std::string(value));
    } else if (absl::ConsumePrefix(&value, "*")) {
      ends_.insert(std::string(value));
    } else {
      exact_.insert(std::string(value));
    }
  }
  // Combined gives the exact values, and each beginning with each end around the fresh word.
  std::set<std::string> Combined() const {
    std::set<std::string> all = exact_;
    for (const std::string& begin : begins_) {
      for (const std::string& end : ends_) all.insert(absl::StrCat(begin, kFresh, end));
    }
    return all;
  }

 private:
  std::set<std::string> exact_;
  std::set<std::string> begins_{""};
  std::set<std::string> ends_{""};
};

// Gathering walks the rules once.
class Gathering {
 public:
  void Add(const PolicyRule& rule, const std::string& policy_namespace) {
    for (const auto& from : rule.from()) AddSource(from.source(), policy_namespace);
    for (const auto& to : rule.to()) {
      AddOperation(to.operation());
      AddPorts(to.destination().ports());
      AddPorts(to.destination().notports());
    }
    for (const auto& condition : rule.when()) {
      AddCondition(condition, condition.values());
      AddCondition(condition, condition.notvalues());
    }
  }

  Representatives Take() {
    Representatives all;
    all.principals = Principals();
    all.ips = ips_;
    all.ips.insert("192.0.2.77");  // of a block for documentation: in none that is in use
    all.ports = ports_;
    all.ports.insert(kFreshPort);
    all.methods = methods_.Combined();
    all.paths = Paths();
    all.hosts = hosts_.Combined();
    all.hosts.insert("");
    for (auto& [name, values] : headers_) {
      std::set<std::string> combined = values.Combined();
      combined.insert("");
      all.headers.emplace_back(name, std::move(combined));
    }
    all.grpc = grpc_;
    all.protocols = protocols_;
    return all;
  }

 private:
  void AddSource(const config::v1::PolicySource& source, const std::string& policy_namespace) {
    principals_.Add(source.principals());
    principals_.Add(source.notprincipals());
    namespaces_.Add(source.namespaces());
    namespaces_.Add(source.notnamespaces());
    domains_.Add(source.trustdomains());
    domains_.Add(source.nottrustdomains());
    for (const auto* accounts : {&source.serviceaccounts(), &source.notserviceaccounts()}) {
      for (const std::string& account : *accounts) {
        const bool named = absl::StrContains(account, '/');
        const std::string full = named ? account : absl::StrCat(policy_namespace, "/", account);
        accounts_.insert(full);
      }
    }
    AddBlocks(source.ipblocks());
    AddBlocks(source.notipblocks());
    AddBlocks(source.remoteipblocks());
    AddBlocks(source.notremoteipblocks());
  }

  void AddOperation(const config::v1::PolicyOperation& operation) {
    AddPorts(operation.ports());
    AddPorts(operation.notports());
    methods_.Add(operation.methods());
    methods_.Add(operation.notmethods());
    for (const auto* paths : {&operation.paths(), &operation.notpaths()}) {
      for (const std::string& path : *paths) AddPath(path);
    }
    hosts_.Add(operation.hosts());
    hosts_.Add(operation.nothosts());
    services_.Add(operation.grpc().services());
    services_.Add(operation.grpc().notservices());
    calls_.Add(operation.grpc().methods());
    calls_.Add(operation.grpc().notmethods());
    grpc_ = grpc_ || operation.has_grpc();
    protocols_ = protocols_ || operation.protocols_size() + operation.notprotocols_size() > 0;
  }

  template <typename List>
  void AddCondition(const config::v1::PolicyCondition& condition, const List& values) {
    absl::string_view key(condition.key());
    if (key == "source.principal") principals_.Add(values);
    if (key == "source.namespace") namespaces_.Add(values);
    if (key == "source.ip" || key == "remote.ip") AddBlocks(values);
    if (key == "destination.port") AddPorts(values);
    if (absl::ConsumePrefix(&key, "request.headers[") && absl::ConsumeSuffix(&key, "]")) {
      headers_[absl::AsciiStrToLower(key)].Add(values);
    }
  }

  template <typename List>
  void AddPorts(const List& ports) {
    for (const std::string& port : ports) {
      uint32_t number = 0;
      if (absl::SimpleAtoi(port, &number)) ports_.insert(static_cast<uint16_t>(number));
    }
  }

  // Blocks nest or are apart: their first addresses tell them apart, since an inner block that
  // begins as the outer one does leaves the outer one's last.
  template <typename List>
  void AddBlocks(const List& blocks) {
    for (const std::string& text : blocks) {
      const absl::StatusOr<CidrBlock> block = CidrBlock::Parse(text);
      if (!block.ok()) continue;
      ips_.insert(block->address().ToString());
      std::array<uint8_t, 16> last = block->address().bytes();
      for (int bit = block->prefix_bits(); bit < 128; ++bit) {
        last[static_cast<size_t>(bit) / 8] |= static_cast<uint8_t>(0x80U >> (bit % 8));
      }
      ips_.insert(IpAddress::FromBytes(last).ToString());
    }
  }

  void AddPath(absl::string_view path) {
    if (absl::StrContains(path, '{')) {
      const bool open = absl::ConsumeSuffix(&path, "/{**}");
      const std::string filled = absl::StrReplaceAll(path, {{"{*}", kFresh}});
      if (!filled.empty()) paths_.Add(absl::string_view(filled));
      if (open) paths_.Add(absl::string_view(absl::StrCat(filled, "/*")));
      return;
    }
    paths_.Add(path);
  }

  std::set<std::string> Paths() const {
    std::set<std::string> all;
    for (const std::string& path : paths_.Combined()) {
      all.insert(absl::StartsWith(path, "/") ? path : absl::StrCat("/", path));
    }
    if (grpc_) {
      for (const std::string& service : services_.Combined()) {
        for (const std::string& call : calls_.Combined()) {
          all.insert(absl::StrCat("/", service, "/", call));
        }
      }
    }
    return all;
  }

  std::set<std::string> Principals() const {
    std::set<std::string> all;
    for (const std::string& principal : principals_.Combined()) {
      if (absl::StartsWith(principal, kFresh)) {
        // "*", and the ends of "*/sa/web": below a trust domain.
        all.insert(
            absl::StrCat(kFresh, principal == kFresh ? "/" : "",
                         principal == kFresh ? kFresh : principal.substr(sizeof kFresh - 1)));
      } else {
        all.insert(principal);
      }
    }
    for (const std::string& domain : domains_.Combined()) {
      for (const std::string& name : namespaces_.Combined()) {
        all.insert(absl::StrCat(domain, "/ns/", name, "/sa/", kFresh));
      }
      for (const std::string& account : accounts_) {
        const std::vector<std::string> parts = absl::StrSplit(account, '/');
        all.insert(absl::StrCat(domain, "/ns/", parts.front(), "/sa/", parts.back()));
      }
    }
    return all;
  }

  Affixes principals_, namespaces_, domains_, methods_, paths_, hosts_, services_, calls_;
  std::set<std::string> accounts_;
  std::set<std::string> ips_;
  std::set<uint16_t> ports_;
  std::map<std::string, Affixes> headers_;
  bool grpc_ = false;
  bool protocols_ = false;
};

}  // namespace

Representatives Representatives::Of(const std::vector<const PolicyDocument*>& documents) {
  Gathering gathering;
  for (const PolicyDocument* document : documents) {
    const config::v1::AuthorizationPolicy& message = document->message();
    for (const PolicyRule& rule : message.spec().rules()) {
      gathering.Add(rule, message.metadata().namespace_());
    }
  }
  return gathering.Take();
}

}  // namespace firebreak::policy
