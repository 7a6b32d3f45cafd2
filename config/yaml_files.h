// The YAML files that a path of a configuration stands for.
#ifndef FIREBREAK_CONFIG_YAML_FILES_H_
#define FIREBREAK_CONFIG_YAML_FILES_H_

#include <optional>
#include <string>
#include <vector>

#include "config/diagnostics.h"

namespace firebreak::config {

// YamlFilesOf gives a file back as it is, and of a folder its *.yaml and *.yml in the order of
// names. Names that begin with "." are skipped, which is how a Kubernetes ConfigMap hides its
// versions; a folder inside is reported, since nobody would read it. Nothing: the folder cannot be
// read, which was reported. Blocks.
std::optional<std::vector<std::string>> YamlFilesOf(const std::string& path,
                                                    Diagnostics* diagnostics);

}  // namespace firebreak::config

#endif  // FIREBREAK_CONFIG_YAML_FILES_H_
