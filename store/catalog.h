// The catalog of a store: its tables, and how one of another version becomes ours.
#ifndef FIREBREAK_STORE_CATALOG_H_
#define FIREBREAK_STORE_CATALOG_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "store/sqlite.h"

namespace firebreak::store {

// The mode of a store's files: who talks to whom is not for everybody. A group may read.
inline constexpr unsigned kStoreFileMode = 0640;

// CatalogPath is where the catalog of a folder is.
std::string CatalogPath(const std::string& folder);

// OpenCatalog opens it to read. NotFound: there is no store in the folder.
absl::StatusOr<Database> OpenCatalog(const std::string& folder);

// OpenCatalogToWrite makes it where it is absent, and takes from others what an earlier version let
// them read.
absl::StatusOr<Database> OpenCatalogToWrite(const std::string& folder);

// A version is for what an older program would do wrong. A column more is none: it has a default,
// and everybody names the columns that they write.
inline constexpr int64_t kCatalogVersion = 2;

// PrepareCatalog makes tables and columns that are missing. It returns the version that was there;
// 0: a new one, of which MarkCatalog says so once the store is ready.
absl::StatusOr<int64_t> PrepareCatalog(Database& catalog, const std::string& folder);
absl::Status MarkCatalog(Database& catalog);

// ColumnsOf are the names of the columns that a table has; none: there is no such table.
absl::StatusOr<absl::flat_hash_set<std::string>> ColumnsOf(const Database& catalog,
                                                           absl::string_view table);

// FirstNumber is the first cell of the first row that a question answers, or 0.
absl::StatusOr<int64_t> FirstNumber(const Database& catalog, absl::string_view sql);

// CatalogBytes is how much of the file is in use: what was deleted is room for what comes.
absl::StatusOr<uint64_t> CatalogBytes(const Database& catalog);

}  // namespace firebreak::store

#endif  // FIREBREAK_STORE_CATALOG_H_
