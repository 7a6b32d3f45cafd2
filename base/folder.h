// What a folder holds, and that it lasts.
#ifndef FIREBREAK_BASE_FOLDER_H_
#define FIREBREAK_BASE_FOLDER_H_

#include <dirent.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace firebreak {

// FolderEntries are the names in a folder but "." and "..", in no order. An error, which names the
// folder, when it cannot be read to its end: part of a folder is never taken for all of it.
absl::StatusOr<std::vector<std::string>> FolderEntries(const std::string& folder);

// The same of a stream that is open already, and stays open.
absl::StatusOr<std::vector<std::string>> FolderEntries(DIR* stream, const std::string& folder);

// SyncFolder makes the names in a folder survive a power cut: those of new files, and what was
// renamed or removed. The error names the folder.
absl::Status SyncFolder(const std::string& folder);

}  // namespace firebreak

#endif  // FIREBREAK_BASE_FOLDER_H_
