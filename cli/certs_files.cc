#include "cli/certs_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

#include "base/fd_io.h"
#include "base/status.h"
#include "config/replace_file.h"

namespace firebreak::cli {
namespace {

absl::Status Errno(const std::string& path) {
  const int error = errno;
  const std::string text = absl::StrCat(path, ": ", std::strerror(error));
  return error == EEXIST ? absl::AlreadyExistsError(absl::StrCat(path, " exists"))
                         : absl::InvalidArgumentError(text);
}

// Place puts the finished file under its name. link() refuses where rename() would replace.
absl::Status Place(const std::string& temporary, const std::string& path, bool force) {
  if (force) return rename(temporary.c_str(), path.c_str()) == 0 ? absl::OkStatus() : Errno(path);
  absl::Status status = link(temporary.c_str(), path.c_str()) == 0 ? absl::OkStatus() : Errno(path);
  unlink(temporary.c_str());
  return status;
}

absl::Status WriteFile(const OutputFile& file, bool force) {
  const std::string temporary = absl::StrCat(file.path, ".", getpid(), ".tmp");
  const int fd =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kSecretFile);
  if (fd < 0) return Errno(temporary);
  const bool written = WriteAll(fd, file.content) && fsync(fd) == 0 && fchmod(fd, file.mode) == 0;
  absl::Status status = written ? absl::OkStatus() : Errno(file.path);
  if (close(fd) != 0 && status.ok()) status = Errno(file.path);
  if (status.ok()) return Place(temporary, file.path, force);
  unlink(temporary.c_str());
  return status;
}

absl::Status WriteEach(std::vector<OutputFile> files, bool force) {
  for (OutputFile& file : files) {
    struct stat info {};
    if (!force && lstat(file.path.c_str(), &info) == 0) {
      return absl::AlreadyExistsError(absl::StrCat(file.path, " exists"));
    }
    FB_ASSIGN_OR_RETURN(file.path, config::FileToReplace(file.path));
  }
  for (const OutputFile& file : files) FB_RETURN_IF_ERROR(WriteFile(file, force));
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteFiles(const std::vector<OutputFile>& files, bool force, absl::string_view way) {
  absl::Status status = WriteEach(files, force);
  if (!absl::IsAlreadyExists(status)) return status;
  return absl::AlreadyExistsError(absl::StrCat(status.message(), "; ", way));
}

absl::Status MakeDirectory(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::InvalidArgumentError(absl::StrCat(folder, ": ", error.message()));
  return absl::OkStatus();
}

}  // namespace firebreak::cli
