#include "store/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "absl/strings/str_cat.h"

#include "base/simulated_clock.h"
#include "store/flow_store.h"
#include "store/query_testing.h"
#include "store/testing.h"
#include "tests/support/temp_folder.h"

namespace firebreak::store {
namespace {

// Umask is one for as long as it lives.
class Umask {
 public:
  explicit Umask(mode_t mask) : before_(umask(mask)) {}
  ~Umask() { umask(before_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  const mode_t before_;
};

class CatalogTest : public testing::Test {
 protected:
  FlowStore Open() {
    auto store = FlowStore::Open(path_, clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  static flows::Flow Sums(uint64_t number) {
    flows::Flow flow = NumberedFlow(number);
    flow.event = "ROLLUP";
    flow.rollup.requests = 7;
    flow.rollup.within_10s = 5;
    return flow;
  }
  void Change(const std::string& sql) {
    auto catalog = Database::Open(CatalogPath(path_), Database::Mode::kReadWrite);
    const absl::Status changed = catalog->Run(sql);
    ASSERT_TRUE(changed.ok()) << changed;
  }
  std::string Ask(const std::string& sql) const { return AskStore(path_, clock_, sql); }
  static mode_t ModeOf(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 07777;
  }

  const tests::TempFolder folder_;
  const std::string path_ = folder_.Path("store");
  SimulatedClock clock_;
};

TEST_F(CatalogTest, NoFileOfAStoreIsForEverybodyWhateverTheUmask) {
  const Umask all(0);
  FlowStore store = Open();
  ASSERT_TRUE(store.Add(NumberedFlow(0)).ok());
  ASSERT_TRUE(store.Flush().ok());
  int files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path_)) {
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(ModeOf(entry.path()), kStoreFileMode) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 5) << "catalog, what SQLite has beside it, lock, a segment";
}

TEST_F(CatalogTest, ACatalogThatEverybodyCouldReadIsTakenFromThem) {
  { const FlowStore store = Open(); }
  ASSERT_EQ(chmod(CatalogPath(path_).c_str(), 0666), 0);
  { const FlowStore store = Open(); }
  EXPECT_EQ(ModeOf(CatalogPath(path_)), kStoreFileMode);
  ASSERT_EQ(chmod(CatalogPath(path_).c_str(), 0600), 0);
  { const FlowStore store = Open(); }
  EXPECT_EQ(ModeOf(CatalogPath(path_)), 0600) << "less than ours is somebody's wish";
}

TEST_F(CatalogTest, AStoreOfBeforeAFieldIsAskedAndGoesOn) {
  {
    FlowStore store = Open();
    ASSERT_TRUE(store.Add(Sums(0)).ok());
    ASSERT_TRUE(store.Flush().ok());
  }
  Change("ALTER TABLE edge_report DROP COLUMN within_10s");
  Change("ALTER TABLE edge_report DROP COLUMN requests");
  EXPECT_EQ(Ask("SELECT within_10s, requests, within_5ms FROM rollups"), "NULL NULL 0 ");
  FlowStore store = Open();
  ASSERT_TRUE(store.Add(Sums(1)).ok());
  ASSERT_TRUE(store.Flush().ok());
  EXPECT_EQ(Ask("SELECT within_10s, requests FROM rollups ORDER BY time"), "NULL NULL 5 7 ");
}

TEST_F(CatalogTest, AStoreWithAFieldOfALaterVersionIsAskedAndGoesOn) {
  { const FlowStore store = Open(); }
  Change(
      "DROP TABLE edge_report; CREATE TABLE edge_report (within_1h INTEGER NOT NULL DEFAULT 0, "
      "time_us INTEGER NOT NULL DEFAULT 0, within_10s INTEGER NOT NULL DEFAULT 0)");
  Change("ALTER TABLE segment ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'");
  Change("ALTER TABLE loss ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'");
  Change("ALTER TABLE received ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'");
  Change("ALTER TABLE edge_minute ADD COLUMN colour TEXT NOT NULL DEFAULT 'grey'");
  FlowStore store = Open();
  flows::Flow lost = NumberedFlow(2);
  lost.event = "LOST";
  for (const flows::Flow& flow : {Sums(0), NumberedFlow(1), lost}) {
    ASSERT_TRUE(store.Add(flow).ok());
  }
  const absl::Status flushed = store.Flush();
  ASSERT_TRUE(flushed.ok()) << flushed;
  EXPECT_EQ(Ask("SELECT within_10s, requests FROM rollups"), "5 7 ");
  EXPECT_EQ(Ask("SELECT count(*) FROM losses"), "1 ");
  EXPECT_EQ(Ask("SELECT sum(requests) FROM edges"), "1 ");
}

// As SQLite numbers rows by itself, the number of the last party goes to the next.
TEST_F(CatalogTest, AStoreOfBeforePartiesHadANumberForGoodGetsThem) {
  {
    FlowStore store = Open();
    for (uint64_t i = 0; i < 10; ++i) ASSERT_TRUE(store.Add(NumberedFlow(i)).ok());
    ASSERT_TRUE(store.Flush().ok());
  }
  const std::string edges = Ask("SELECT source, destination, requests FROM edges ORDER BY 1, 2");
  Change(
      "CREATE TABLE old (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, first_us INTEGER NOT "
      "NULL, last_us INTEGER NOT NULL); INSERT INTO old SELECT id, name, first_us, last_us FROM "
      "party; DROP TABLE party; ALTER TABLE old RENAME TO party; CREATE INDEX party_last ON party "
      "(last_us)");
  // Nobody has this number any more, but for a sum.
  Change(
      "INSERT INTO edge_minute SELECT minute + 1, 999, 999, direction, verdict, reason, 1, 1, 1, "
      "1, 1, 1, 1 FROM edge_minute LIMIT 1");
  FlowStore store = Open();
  EXPECT_EQ(Ask("SELECT source, destination, requests FROM edges ORDER BY 1, 2"), edges);
  const auto add = [&](const std::string& name) {
    flows::Flow flow = NumberedFlow(0, absl::StrCat("run of ", name));
    flow.source.principal = name;
    ASSERT_TRUE(store.Add(flow).ok());
    ASSERT_TRUE(store.Flush().ok());
  };
  add("new");
  Change("DELETE FROM party WHERE name = 'new'");
  add("newer");
  const auto catalog = OpenCatalog(path_);
  EXPECT_EQ(*FirstNumber(*catalog, "SELECT id FROM party WHERE name = 'newer'"), 1'002);
}

TEST_F(CatalogTest, SegmentsOfBeforeReportersHadTheirOwnAreEverybodys) {
  {
    FlowStore store = Open();
    ASSERT_TRUE(store.Add(NumberedFlow(0)).ok());
    ASSERT_TRUE(store.Flush().ok());
  }
  Change("ALTER TABLE segment DROP COLUMN reporter");
  EXPECT_EQ(Ask("SELECT count(*) FROM flows"), "1 ");
  FlowStore store = Open();
  ASSERT_TRUE(store.Retain({.max_bytes = uint64_t{1} << 30}).ok());
  EXPECT_EQ(Ask("SELECT count(*) FROM flows"), "1 ");
}

}  // namespace
}  // namespace firebreak::store
