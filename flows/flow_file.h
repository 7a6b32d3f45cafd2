// Reading flow logs from files, one or several, to their end or for as long as they grow.
#ifndef FIREBREAK_FLOWS_FLOW_FILE_H_
#define FIREBREAK_FLOWS_FLOW_FILE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "flows/flow.h"

namespace firebreak::flows {

// LogLine is one flow with the text it was read from.
struct LogLine {
  Flow flow;
  std::string text;
};

// RawLine is a line as it stands in the file.
struct RawLine {
  std::string text;       // without its line feed
  uint64_t number = 0;    // from 1
  bool too_long = false;  // and then text is empty
};

// FlowFile reads one log line by line. Memory is bounded by the longest permitted line. It keeps
// its place at the end of the file, so that reading again finds what was appended since.
class FlowFile {
 public:
  // OnBadLine receives "flows.jsonl:12: what is wrong" for each line that is no flow.
  using OnBadLine = std::function<void(absl::string_view message)>;

  // Open takes a path, or "-" for standard input. The error names the file.
  static absl::StatusOr<FlowFile> Open(std::string path, OnBadLine on_bad_line);
  FlowFile(FlowFile&& other) noexcept;
  FlowFile& operator=(FlowFile&&) = delete;
  ~FlowFile();

  // Next returns the next flow, or nothing at the end of the file, or where it cannot be read,
  // which status() says. A last line without its line feed is left for later; TakeLast tries it all
  // the same.
  std::optional<LogLine> Next();
  std::optional<LogLine> TakeLast();

  // NextRaw and TakeLastRaw do so for lines of any kind, and tell of none.
  std::optional<RawLine> NextRaw();
  std::optional<RawLine> TakeLastRaw();

  // Of the last read; the error names the file. A file that is compressed is one that cannot be
  // read.
  const absl::Status& status() const { return status_; }
  uint64_t bad_lines() const { return bad_lines_; }

  // Ended: it was read to its end, and nothing more can come: standard input that is no file, such
  // as a pipe whose writers are gone.
  bool ended() const { return ended_; }

  // FollowRotation goes on from the start of the file when it was truncated; or, when the path now
  // names another, of the one that was begun after this: the path, or, where that was rotated more
  // than once since the last look, one of the path with ".1", ".2" and so on behind it, but for
  // those that somebody took away. True when it did. It leaves the old file only when the new one
  // has something in it, and only on the second call that sees so: by then the writer has moved on,
  // and the caller has read the old file to its end. Call it at the end of the file.
  bool FollowRotation();
  // TakeMissed says what FollowRotation could not find, as far as the numbers of the lines before
  // and behind it tell. Empty: nothing, since the last call, or no line behind it was given yet.
  std::string TakeMissed() { return std::exchange(missed_, std::string()); }

 private:
  FlowFile(std::string path, int fd, OnBadLine on_bad_line);
  bool Fill();
  std::optional<LogLine> Take(RawLine raw);
  void StartOver(int fd);
  bool GoOnWith(const std::string& path, const std::function<bool()>& still_next);
  void NoteMissed(const Flow& flow);

  std::string path_;
  int fd_;
  OnBadLine on_bad_line_;
  std::string buffer_;
  size_t used_ = 0;     // bytes of buffer_ that were given out
  size_t scanned_ = 0;  // bytes of buffer_ known to hold no line feed, beyond used_
  uint64_t line_ = 0;   // number of the last line taken
  uint64_t bad_lines_ = 0;
  bool ended_ = false;
  absl::Status status_;
  uint64_t offset_ = 0;    // bytes read from the file
  bool rotated_ = false;   // FollowRotation has seen a new file
  bool skipping_ = false;  // within a line that was too long
  // The last line that was given, and whether its run ended with it.
  std::string run_id_;
  uint64_t sequence_ = 0;
  bool run_ended_ = false;
  bool jumped_ = false;  // nobody knows whether the next line is the one after it
  std::string missed_;
};

// FlowFiles merges logs by time. Lines of one file keep their order.
class FlowFiles {
 public:
  explicit FlowFiles(std::vector<FlowFile> files);

  // Next returns the earliest next flow, or nothing when all files are at their end, or one cannot
  // be read, which status() says. A last line without its line feed counts too with finish, and
  // where the file has ended.
  std::optional<LogLine> Next(bool finish);
  absl::Status status() const;
  uint64_t records() const { return records_; }  // that Next has given
  uint64_t bad_lines() const;
  // Ended: every file has, and Next has given all of them.
  bool ended() const;

  // FollowRotation and TakeMissed do so for each file.
  void FollowRotation();
  std::vector<std::string> TakeMissed();

 private:
  struct Source {
    FlowFile file;
    std::optional<LogLine> head;
  };
  std::vector<Source> sources_;
  uint64_t records_ = 0;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_FLOW_FILE_H_
