// TempFolder is a folder of one test's own, which goes with all that is in it.
#ifndef FIREBREAK_TESTS_SUPPORT_TEMP_FOLDER_H_
#define FIREBREAK_TESTS_SUPPORT_TEMP_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace firebreak::tests {

// Each has a name that the system chose: tests run side by side, also two of the same program. A
// test that can have no folder cannot go on, and aborts.
class TempFolder {
 public:
  TempFolder() : path_((std::filesystem::temp_directory_path() / "firebreak.XXXXXX").string()) {
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::string& path() const { return path_; }
  // Path is that of a file in the folder.
  std::string Path(absl::string_view name) const { return absl::StrCat(path_, "/", name); }
  // Write makes or replaces a file, and Append lengthens it; both return its path.
  std::string Write(absl::string_view name, absl::string_view bytes) const {
    return Put(name, bytes, std::ios::trunc);
  }
  std::string Append(absl::string_view name, absl::string_view bytes) const {
    return Put(name, bytes, std::ios::app);
  }

 private:
  std::string Put(absl::string_view name, absl::string_view bytes, std::ios::openmode how) const {
    std::string path = Path(name);
    std::ofstream(path, std::ios::binary | how) << bytes;
    return path;
  }

  std::string path_;
};

}  // namespace firebreak::tests

#endif  // FIREBREAK_TESTS_SUPPORT_TEMP_FOLDER_H_
