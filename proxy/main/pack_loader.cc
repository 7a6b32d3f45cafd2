#include "proxy/main/pack_loader.h"

#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "certs/signature_file.h"
#include "certs/signing_key.h"
#include "config/file_text.h"
#include "config/yaml_files.h"
#include "inspect/pack/rule_pack.h"
#include "proxy/main/configured_keys.h"

namespace firebreak::proxy {
namespace {

using config::Diagnostics;
using config::ErrorCode;

constexpr absl::string_view kPacks = "inspection.packs";

// Loader gathers packs by their names.
class Loader {
 public:
  Loader(std::vector<certs::VerifyingKey> keys, const config::SourceMap& source,
         Diagnostics* diagnostics)
      : keys_(std::move(keys)), source_(source), diagnostics_(diagnostics) {}

  void ReadFile(const std::string& file) {
    const std::optional<std::string> text = config::ReadFileText(file, diagnostics_);
    if (!text.has_value()) return;
    const absl::Status verified =
        certs::CheckSignatureFile(file, inspect::SignedPartOf(*text), keys_);
    if (!verified.ok()) {
      diagnostics_->Error(ErrorCode::kUnsafe, file,
                          absl::StrCat("no good signature: ", verified.message()),
                          "sign it with `firebreak inspect pack sign`, by one of pack_keys");
      return;
    }
    auto pack = inspect::ReadPack(file, *text, diagnostics_);
    if (pack != nullptr) Keep(file, std::move(pack));
  }

  inspect::RulePacks Take() {
    inspect::RulePacks packs;
    std::map<std::string, std::string> pack_of_rule;
    size_t rules = 0;
    for (auto& [name, found] : found_) {
      for (const inspect::PackRule& rule : found.pack->rules) {
        const auto [first, is_new] = pack_of_rule.emplace(rule.id, name);
        if (is_new) continue;
        diagnostics_->Error(ErrorCode::kConflict, found.file,
                            absl::StrCat("rule ", rule.id, " is in pack ", first->second, " too"));
      }
      rules += found.pack->rules.size();
      packs.push_back(std::move(found.pack));
    }
    if (rules > kMaxPackRules) {
      source_.Report(kPacks, ErrorCode::kTooComplex,
                     absl::StrCat("the packs have ", rules, " rules"),
                     absl::StrCat("at most ", kMaxPackRules, " in all"), diagnostics_);
    }
    return packs;
  }

 private:
  struct Found {
    std::string file;
    std::shared_ptr<const inspect::RulePack> pack;
  };

  void Keep(const std::string& file, std::shared_ptr<const inspect::RulePack> pack) {
    Found& known = found_[pack->name];
    if (known.pack != nullptr && known.pack->version == pack->version) {
      diagnostics_->Error(ErrorCode::kConflict, file,
                          absl::StrCat("version ", pack->version, " of pack ", pack->name,
                                       " is in ", known.file, " too"));
      return;
    }
    if (known.pack != nullptr && known.pack->version > pack->version) return;
    known = {file, std::move(pack)};
  }

  const std::vector<certs::VerifyingKey> keys_;
  const config::SourceMap& source_;
  Diagnostics* diagnostics_;
  std::map<std::string, Found> found_;  // by name
};

}  // namespace

std::shared_ptr<const inspect::RulePacks> LoadPacks(const config::PacksConfig& config,
                                                    const config::SourceMap& source,
                                                    Diagnostics* diagnostics) {
  const int errors_before = diagnostics->error_count();
  Loader loader(ReadKeys(config.keys, "inspection.pack_keys", "firebreak inspect pack keygen",
                         source, diagnostics),
                source, diagnostics);
  for (const std::string& path : config.paths) {
    const auto files = config::YamlFilesOf(path, diagnostics);
    if (!files.has_value()) continue;
    if (files->empty()) {
      diagnostics->Warning(ErrorCode::kFileEmpty, path, "no *.yaml or *.yml in this folder");
    }
    for (const std::string& file : *files) loader.ReadFile(file);
  }
  auto packs = std::make_shared<const inspect::RulePacks>(loader.Take());
  if (diagnostics->error_count() != errors_before) return nullptr;
  return packs;
}

std::vector<std::string> PackPaths(const config::PacksConfig& config) {
  std::vector<std::string> paths = config.paths;
  for (const std::string& path : config.paths) paths.push_back(certs::SignatureFileOf(path));
  return paths;
}

size_t RulesOf(const inspect::RulePacks& packs) {
  size_t rules = 0;
  for (const auto& pack : packs) rules += pack->rules.size();
  return rules;
}

}  // namespace firebreak::proxy
