#include "proxy/main/file_watch.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace firebreak::proxy {
namespace {

namespace fs = std::filesystem;

void AppendFile(const std::string& path, std::string* out) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    absl::StrAppend(out, path, " missing\n");
    return;
  }
  // ctime as well: it changes when a writer sets the modification time back.
  absl::StrAppend(out, path, " ", info.st_dev, " ", info.st_ino, " ", info.st_size, " ",
                  info.st_mtim.tv_sec, ".", info.st_mtim.tv_nsec, " ", info.st_ctim.tv_sec, ".",
                  info.st_ctim.tv_nsec, "\n");
}

}  // namespace

FileWatch::FileWatch(std::vector<std::string> paths, Depth depth)
    : paths_(std::move(paths)), depth_(depth) {
  last_ = Look();
  accepted_ = last_;
}

bool FileWatch::Settled() {
  std::string now = Look();
  const bool at_rest = now == last_;
  last_ = std::move(now);
  restless_ = at_rest ? 0 : restless_ + 1;
  return (at_rest || restless_ >= kPatience) && last_ != accepted_;
}

bool FileWatch::Changed() {
  last_ = Look();
  return last_ != accepted_;
}

std::string FileWatch::Look() const {
  std::string seen;
  for (const std::string& path : paths_) {
    AppendFile(path, &seen);
    if (depth_ == Depth::kFiles) continue;
    std::error_code error;
    std::vector<std::string> inside;
    // increment(), not a range-for, whose step throws: the folder may vanish while it is read.
    for (fs::directory_iterator entry(path, error); !error && entry != fs::directory_iterator();
         entry.increment(error)) {
      inside.push_back(entry->path().string());
    }
    // A folder is listed in no particular order.
    std::sort(inside.begin(), inside.end());
    for (const std::string& file : inside) AppendFile(file, &seen);
  }
  return seen;
}

}  // namespace firebreak::proxy
