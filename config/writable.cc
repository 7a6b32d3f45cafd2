#include "config/writable.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/status.h"
#include "config/file_text.h"
#include "config/replace_file.h"

namespace firebreak::config {
namespace {

absl::Status No(const std::string& path, int error) {
  return absl::FailedPreconditionError(
      absl::StrCat(path, " cannot be written: ", std::strerror(error)));
}

absl::Status Is(const std::string& path, mode_t kind, absl::string_view wanted) {
  const absl::string_view found = S_ISREG(kind) ? "a file" : KindOf(kind);
  return absl::FailedPreconditionError(absl::StrCat(path, " is ", found, ", not ", wanted));
}

// May asks for the rights that the process acts with, as open() does.
absl::Status May(const std::string& path, int rights) {
  return faccessat(AT_FDCWD, path.c_str(), rights, AT_EACCESS) == 0 ? absl::OkStatus()
                                                                    : No(path, errno);
}

absl::Status MayMakeIn(const std::string& folder, const struct stat& info) {
  if (!S_ISDIR(info.st_mode)) return Is(folder, info.st_mode, "a folder");
  return May(folder, W_OK | X_OK);
}

// MayMake is about the folder that path would be made in.
absl::Status MayMake(const std::string& path) {
  std::string folder = std::filesystem::path(path).parent_path().string();
  if (folder.empty()) folder = ".";
  struct stat info {};
  if (stat(folder.c_str(), &info) == 0) return MayMakeIn(folder, info);
  if (errno != ENOENT) return No(path, errno);
  return absl::FailedPreconditionError(
      absl::StrCat(path, " cannot be made: there is no folder ", folder));
}

}  // namespace

absl::Status CheckWritableFile(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0) {
    const bool no_file = S_ISDIR(info.st_mode) || S_ISSOCK(info.st_mode);
    return no_file ? Is(path, info.st_mode, "a file") : May(path, W_OK);
  }
  if (errno != ENOENT) return No(path, errno);
  FB_ASSIGN_OR_RETURN(const std::string place, FileToReplace(path));
  return MayMake(place);
}

absl::Status CheckWritableFolder(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0) return MayMakeIn(path, info);
  return errno == ENOENT ? MayMake(path) : No(path, errno);
}

}  // namespace firebreak::config
