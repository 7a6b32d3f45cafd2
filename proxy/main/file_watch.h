// FileWatch tells when files, or what is in folders, have changed and come to rest.
#ifndef FIREBREAK_PROXY_MAIN_FILE_WATCH_H_
#define FIREBREAK_PROXY_MAIN_FILE_WATCH_H_

#include <string>
#include <vector>

namespace firebreak::proxy {

// It compares what stat says, several times a second, instead of asking the kernel for events:
// that sees a rename, a write in place and the symlink swap of a Kubernetes volume all alike, and
// cannot lose a watch. A change is reported once two looks in a row agree, so a file that is still
// being written is not read half-way: half a policy may well parse. What never comes to rest is
// reported all the same after kPatience looks: it must not put off a denial for ever.
class FileWatch {
 public:
  // Paths may be files or folders, and may be missing. What is in folders counts, unless kFiles
  // says that there are none to be expected: a path that is made to lead to a large one by somebody
  // else would then cost as much at every look.
  enum class Depth { kFolders, kFiles };
  explicit FileWatch(std::vector<std::string> paths, Depth depth = Depth::kFolders);

  static constexpr int kPatience = 3;

  // Settled looks once. True: something has changed since the last Accept, and is the same as at
  // the last look, or was different at kPatience looks in a row.
  bool Settled();
  // Changed looks once. True: something is not as it was at the last Accept, at rest or not. For
  // files that say themselves whether they are whole.
  bool Changed();
  // Accept makes the state of the last look the one that later looks are compared with. Call it
  // before reading the files, so that a change while they are read is seen.
  void Accept() {
    accepted_ = last_;
    restless_ = 0;
  }

 private:
  std::string Look() const;

  std::vector<std::string> paths_;
  Depth depth_;
  std::string accepted_;
  std::string last_;
  int restless_ = 0;  // looks in a row that differed from the one before
};

}  // namespace firebreak::proxy

#endif  // FIREBREAK_PROXY_MAIN_FILE_WATCH_H_
