#include "store/retention.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "absl/strings/str_cat.h"

#include "store/catalog.h"
#include "store/sqlite.h"
#include "tests/support/temp_folder.h"

namespace firebreak::store {
namespace {

// ACatalog has so many segments, with the same ten parties in each.
Database ACatalog(const std::string& folder, int segments) {
  auto catalog = OpenCatalogToWrite(folder);
  EXPECT_TRUE(catalog.ok()) << catalog.status();
  EXPECT_TRUE(PrepareCatalog(*catalog, folder).ok());
  const absl::Status filled = catalog->Run(absl::StrCat(
      "WITH RECURSIVE n (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ",
      segments,
      ") INSERT INTO segment (rows, bytes, first_us, last_us, ages_from_us) "
      "SELECT 1, 1, value, value, value FROM n; "
      "INSERT INTO party_segment (party, segment) "
      "SELECT p.id, s.id FROM segment AS p, segment AS s WHERE p.id <= 10"));
  EXPECT_TRUE(filled.ok()) << filled;
  return *std::move(catalog);
}

// StepsToForget is how many instructions SQLite takes to forget one segment.
int StepsToForget(Database& catalog, int64_t id) {
  int steps = 0;
  const auto count = [](void* number) { return ++*static_cast<int*>(number), 0; };
  sqlite3_progress_handler(catalog.handle(), 1, count, &steps);
  EXPECT_TRUE(ForgetSegments(catalog, {id}).ok());
  sqlite3_progress_handler(catalog.handle(), 0, nullptr, nullptr);
  return steps;
}

TEST(Retention, ForgettingASegmentIsTheSameWorkHoweverManyThereAre) {
  const tests::TempFolder few_folder;
  const tests::TempFolder many_folder;
  Database few = ACatalog(few_folder.path(), 20);
  Database many = ACatalog(many_folder.path(), 2'000);
  EXPECT_LE(StepsToForget(many, 1'000), 2 * StepsToForget(few, 10));
  const auto left = FirstNumber(many, "SELECT count(*) FROM party_segment");
  EXPECT_EQ(*left, 10 * 1'999);
}

}  // namespace
}  // namespace firebreak::store
