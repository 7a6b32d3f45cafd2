// Rule packs from files, believed because of their signatures.
#ifndef FIREBREAK_PROXY_MAIN_PACK_LOADER_H_
#define FIREBREAK_PROXY_MAIN_PACK_LOADER_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "config/diagnostics.h"
#include "config/proxy_config.h"
#include "config/source_map.h"
#include "inspect/pack/pack_inspection.h"

namespace firebreak::proxy {

// Rules of all packs together: each request is compared with the method and paths of each of them.
inline constexpr size_t kMaxPackRules = 1'000;

// LoadPacks reads what the configuration names, whole or not at all: null after reporting what is
// wrong; source has the place of a key in the configuration. Nothing of a pack is parsed before its
// signature was found to be by one of the keys. Of several packs of one name the one with the
// highest version counts; it is an error when that are two, or when two packs have a rule of one
// id. Blocks.
std::shared_ptr<const inspect::RulePacks> LoadPacks(const config::PacksConfig& config,
                                                    const config::SourceMap& source,
                                                    config::Diagnostics* diagnostics);

// PackPaths are the paths that change when a pack or its signature does.
std::vector<std::string> PackPaths(const config::PacksConfig& config);

// RulesOf counts the rules of all packs.
size_t RulesOf(const inspect::RulePacks& packs);

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_PACK_LOADER_H_
