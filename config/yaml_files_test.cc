#include "config/yaml_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temp_folder.h"

namespace firebreak::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(YamlFiles, OfAFolderAreInTheOrderOfNamesAndNotTheHiddenOnes) {
  const tests::TempFolder folder;
  for (const char* name : {"b.yml", "a.yaml", "c.YAML", ".d.yaml", "e.yaml.sig", "f.txt"}) {
    folder.Write(name, "a: 1\n");
  }
  Diagnostics diagnostics;
  const auto files = YamlFilesOf(folder.path(), &diagnostics);
  ASSERT_TRUE(files.has_value());
  EXPECT_THAT(*files,
              ElementsAre(folder.Path("a.yaml"), folder.Path("b.yml"), folder.Path("c.YAML")));
  EXPECT_TRUE(diagnostics.ok());
}

TEST(YamlFiles, AFileIsItselfWhateverItsName) {
  Diagnostics diagnostics;
  EXPECT_THAT(YamlFilesOf("/no/such.txt", &diagnostics).value(), ElementsAre("/no/such.txt"));
}

TEST(YamlFiles, AFolderInsideIsSaidSinceNobodyWouldReadIt) {
  const tests::TempFolder folder;
  std::filesystem::create_directory(folder.Path("more"));
  Diagnostics diagnostics;
  EXPECT_THAT(YamlFilesOf(folder.path(), &diagnostics).value(), ElementsAre());
  EXPECT_THAT(diagnostics.Format(/*color=*/false), HasSubstr("folders inside a folder"));
}

}  // namespace
}  // namespace firebreak::config
