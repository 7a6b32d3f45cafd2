#include "store/segment_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "base/fd_io.h"
#include "base/status.h"
#include "store/catalog.h"
#include "store/rollup.h"

namespace firebreak::store {
namespace {

absl::Status ErrnoError(const std::string& path) { return absl::ErrnoToStatus(errno, path); }

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoError(path);
  const absl::Cleanup closer = [fd] { close(fd); };
  struct stat info {};
  if (fstat(fd, &info) != 0) return ErrnoError(path);
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  const std::optional<size_t> count = ReadUpTo(fd, absl::MakeSpan(bytes));
  if (!count.has_value()) return ErrnoError(path);
  bytes.resize(*count);
  return bytes;
}

}  // namespace

std::string SegmentsFolder(const std::string& folder) { return absl::StrCat(folder, "/segments"); }

std::string SegmentPath(const std::string& folder, int64_t id) {
  return absl::StrCat(SegmentsFolder(folder), "/", id, kSegmentSuffix);
}

absl::Status WriteSegment(const std::string& path, absl::string_view bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kStoreFileMode);
  if (fd < 0) return ErrnoError(path);
  const absl::Cleanup closer = [fd] { close(fd); };
  if (WriteAll(fd, bytes) && fsync(fd) == 0) return absl::OkStatus();
  absl::Status failed = ErrnoError(path);
  unlink(path.c_str());
  return failed;
}

absl::StatusOr<std::vector<SegmentFile>> SegmentsFor(const Database& catalog,
                                                     const std::string& folder,
                                                     const SegmentQuestion& question) {
  std::string sql =
      "SELECT id, first_us, last_us, rows FROM segment WHERE last_us >= ?1 AND first_us <= ?2 AND "
      "id > ?3";
  for (size_t i = 0; i < question.parties.size(); ++i) {
    // Whose name the catalog does not have is among the others.
    absl::StrAppend(&sql,
                    " AND id IN (SELECT segment FROM party_segment WHERE party IN "
                    "(SELECT id FROM party WHERE name IN ('",
                    kOthers, "', ?", i + 4, ")))");
  }
  FB_ASSIGN_OR_RETURN(Statement segments,
                      Statement::Prepare(catalog, absl::StrCat(sql, " ORDER BY first_us, id")));
  segments.Bind(1, absl::ToUnixMicros(question.since))
      .Bind(2, absl::ToUnixMicros(question.until))
      .Bind(3, question.after);
  for (size_t i = 0; i < question.parties.size(); ++i) {
    segments.Bind(static_cast<int>(i) + 4, absl::string_view(question.parties[i]));
  }
  std::vector<SegmentFile> files;
  while (true) {
    FB_ASSIGN_OR_RETURN(const bool more, segments.Step());
    if (!more) return files;
    const int64_t id = segments.Number(0);
    files.push_back({.id = id,
                     .path = SegmentPath(folder, id),
                     .first_us = segments.Number(1),
                     .last_us = segments.Number(2),
                     .rows = static_cast<uint64_t>(segments.Number(3))});
  }
}

absl::StatusOr<std::string> ReadSegment(const Database& catalog, const SegmentFile& segment) {
  absl::StatusOr<std::string> file = ReadFile(segment.path);
  if (!absl::IsNotFound(file.status())) return file;
  // A segment is taken out of the catalog before its file is deleted.
  FB_ASSIGN_OR_RETURN(Statement named,
                      Statement::Prepare(catalog, "SELECT 1 FROM segment WHERE id = ?1"));
  FB_ASSIGN_OR_RETURN(const bool found, named.Bind(1, segment.id).Step());
  if (!found) return file;
  return absl::DataLossError(absl::StrCat(segment.path, ": the catalog names it, and it is gone"));
}

}  // namespace firebreak::store
