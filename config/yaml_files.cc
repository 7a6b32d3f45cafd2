#include "config/yaml_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"

namespace firebreak::config {

std::optional<std::vector<std::string>> YamlFilesOf(const std::string& path,
                                                    Diagnostics* diagnostics) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  // increment(), not a range-for, whose step throws: the folder may vanish while it is read.
  for (auto entry = std::filesystem::directory_iterator(path, error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (absl::StartsWith(name, ".")) continue;
    std::error_code ignored;  // what is no folder shows when it is read
    if (entry->is_directory(ignored)) {
      diagnostics->Error(ErrorCode::kFileUnreadable, entry->path().string(),
                         "folders inside a folder are not read",
                         "name it among the paths, or begin its name with \".\"");
    } else if (absl::EndsWithIgnoreCase(name, ".yaml") || absl::EndsWithIgnoreCase(name, ".yml")) {
      files.push_back(entry->path().string());
    }
  }
  if (error) {
    diagnostics->Error(ErrorCode::kFileUnreadable, path, error.message());
    return std::nullopt;
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace firebreak::config
