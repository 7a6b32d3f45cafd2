// The files of a store's segments, and which of them a question has to look into.
#ifndef FIREBREAK_STORE_SEGMENT_FILES_H_
#define FIREBREAK_STORE_SEGMENT_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "store/sqlite.h"

namespace firebreak::store {

// SegmentFile is one segment as the catalog names it.
struct SegmentFile {
  int64_t id = 0;
  std::string path;
  int64_t first_us = 0;  // of its rows
  int64_t last_us = 0;
  uint64_t rows = 0;
};

inline constexpr absl::string_view kSegmentSuffix = ".seg";
std::string SegmentsFolder(const std::string& folder);
std::string SegmentPath(const std::string& folder, int64_t id);

// WriteSegment leaves no file when it fails: half of one would fill a disk that is full already.
absl::Status WriteSegment(const std::string& path, absl::string_view bytes);

// SegmentQuestion narrows down which segments may hold what is asked for.
struct SegmentQuestion {
  absl::Time since = absl::InfinitePast();
  absl::Time until = absl::InfiniteFuture();
  std::vector<std::string> parties;  // all of these are in it: a principal, or an address
  int64_t after = 0;                 // only those that were added after the segment with this id
};
absl::StatusOr<std::vector<SegmentFile>> SegmentsFor(const Database& catalog,
                                                     const std::string& folder,
                                                     const SegmentQuestion& question);

// ReadSegment reads the file of one whole. NotFound: it was retired since the catalog was asked.
// DataLoss: it is not there, and the catalog still names it.
absl::StatusOr<std::string> ReadSegment(const Database& catalog, const SegmentFile& segment);

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_SEGMENT_FILES_H_
