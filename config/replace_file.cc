#include "config/replace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

#include "base/fd_io.h"
#include "base/folder.h"
#include "base/status.h"
#include "config/file_text.h"

namespace firebreak::config {
namespace {

// MayFollow is what fs.protected_symlinks asks of who opens a link, which a rename would get round:
// in a folder that all may write to, only links of one's own and of the folder's owner.
bool MayFollow(const std::filesystem::path& link, const struct stat& info) {
  struct stat folder {};
  const std::filesystem::path parent = link.parent_path();
  if (stat(parent.empty() ? "." : parent.c_str(), &folder) != 0) return false;
  constexpr mode_t kShared = S_ISVTX | S_IWOTH;
  return (folder.st_mode & kShared) != kShared || info.st_uid == geteuid() ||
         info.st_uid == folder.st_uid;
}

// Follow goes from link to link, also where the last one leads to nothing yet.
absl::StatusOr<std::string> Follow(const std::string& path) {
  constexpr int kMostLinks = 40;  // as the kernel
  std::filesystem::path place(path);
  for (int links = 0; links < kMostLinks; ++links) {
    struct stat info {};
    if (lstat(place.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return place.string();
    if (!MayFollow(place, info)) {
      return absl::InvalidArgumentError(
          absl::StrCat(place.string(), " is a link of somebody else's in a folder of all"));
    }
    std::error_code error;
    const std::filesystem::path target = std::filesystem::read_symlink(place, error);
    if (error) return absl::InvalidArgumentError(absl::StrCat(path, ": ", error.message()));
    place = place.parent_path() / target;  // an absolute target stands alone
  }
  return absl::InvalidArgumentError(absl::StrCat(path, ": too many links"));
}

// MakeLike gives a new file what an old one has. The owner first: a change of owner takes bits of
// the mode away.
bool MakeLike(const struct stat& old, int fd) {
  constexpr mode_t kPermissions = S_IRWXU | S_IRWXG | S_IRWXO;
  mode_t mode = old.st_mode & kPermissions;
  if (fchown(fd, old.st_uid, old.st_gid) != 0 && fchown(fd, geteuid(), old.st_gid) != 0) {
    const mode_t everybody = mode & S_IRWXO;
    mode &= ~static_cast<mode_t>(S_IRWXG) | everybody << 3;
  }
  return fchmod(fd, mode) == 0;
}

// Put has the file of this content under a path that is nobody's link. old: what it is to be like.
absl::Status Put(const std::string& path, absl::string_view bytes, mode_t mode,
                 const struct stat* old) {
  const std::string next = absl::StrCat(path, ".next.", getpid());
  // One of a run that was killed. What somebody else leaves there is not written to.
  unlink(next.c_str());
  const int fd = open(next.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return absl::ErrnoToStatus(errno, path);
  const bool written =
      WriteAll(fd, bytes) && (old == nullptr || MakeLike(*old, fd)) && fsync(fd) == 0;
  const int error = errno;
  close(fd);
  if (!written || rename(next.c_str(), path.c_str()) != 0) {
    const int why = written ? errno : error;
    unlink(next.c_str());
    return absl::ErrnoToStatus(why, path);
  }
  const std::string folder = std::filesystem::path(path).parent_path();
  // Where that is not possible the file is there all the same: a failure is nobody's business.
  SyncFolder(folder.empty() ? "." : folder).IgnoreError();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> FileToReplace(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is ", KindOf(info.st_mode), ", not a file: nothing was written"));
  }
  return Follow(path);
}

absl::Status ReplaceFile(const std::string& named, absl::string_view bytes, mode_t mode) {
  FB_ASSIGN_OR_RETURN(const std::string path, FileToReplace(named));
  return Put(path, bytes, mode, /*old=*/nullptr);
}

absl::Status RewriteFile(const std::string& named, absl::string_view bytes, mode_t mode) {
  FB_ASSIGN_OR_RETURN(const std::string path, FileToReplace(named));
  struct stat old {};
  if (lstat(path.c_str(), &old) != 0 || !S_ISREG(old.st_mode)) {
    return Put(path, bytes, mode, /*old=*/nullptr);
  }
  // Nobody but its owner may read it before it is like the old one.
  return Put(path, bytes, S_IRUSR | S_IWUSR, &old);
}

}  // namespace firebreak::config
