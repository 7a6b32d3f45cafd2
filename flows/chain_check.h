// Whether a log is what its sidecars wrote: the chain of hashes and the signed heads.
#ifndef FIREBREAK_FLOWS_CHAIN_CHECK_H_
#define FIREBREAK_FLOWS_CHAIN_CHECK_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "flows/flow.h"

namespace firebreak::flows {

enum class ChainFault : uint8_t {
  kUnreadable,  // not a flow record
  kNoChain,     // a record without run_id, sequence or hash: nothing vouches for it
  kChanged,     // the hash of the line before does not fit: either was changed, or moved
  kGap,         // lines are missing, and the sidecar does not say that it lost them
  kOrder,       // a sequence number that was there before, with other content or out of place
  kSignature,   // a HEAD line that is not its identity's
  kUnvouched,   // lines before a gap, with no HEAD line behind them: nobody signed them
  kReporter,    // a run of somebody else than the log is said to be of
  kEmpty,       // no line at all: emptied, or nobody ever wrote
  kOpenEnd,     // no HEAD line vouches for the end of the run: killed, cut off, or still running
};
absl::string_view ChainFaultName(ChainFault fault);

// ChainFinding names a place, "flows.jsonl:12".
struct ChainFinding {
  ChainFault fault = ChainFault::kUnreadable;
  std::string place;
  std::string run_id;
  std::string message;
};

// ChainCheck takes the lines of a log in the order in which they stand, rotated files oldest first.
// A run is one identity's, the one that its first line names. What is found is told at once, gaps
// and open ends at Finish, since a later LOST line may account for a gap. docs/FLOWS.md is the
// format. Memory: one entry a run, and one for each gap and LOST line.
class ChainCheck {
 public:
  using Sha256 = std::function<std::array<uint8_t, 32>(absl::string_view)>;
  // CheckHead tells whether head.signature is over text, by a certificate of reporter.principal
  // that holds at the line's time.
  using CheckHead = std::function<absl::Status(const Flow& head, absl::string_view text)>;
  using OnFinding = std::function<void(const ChainFinding&)>;

  // sink is whose copy of the log this is: lines that LOST lines say it was not given may be
  // missing. With partial, the lines are a piece of a log, or of several mixed: that runs began
  // before it, and go on after it, is nothing to tell of. reporter is whose log it is said to be; a
  // log tells by itself who wrote it, and so does one that was put in its place.
  struct Scope {
    std::string sink = "file";
    bool partial = false;
    std::string reporter = {};  // a principal; empty: anybody's
  };
  ChainCheck(Sha256 sha256, CheckHead check_head, OnFinding on_finding, Scope scope);

  // StartFile tells that the next line is the first of another file: of the next of the same
  // sidecar, or of another's.
  void StartFile();
  // See takes one line without its line feed. Blank lines are for the caller to leave out.
  void See(absl::string_view place, absl::string_view line);
  // SeeUnreadable takes a line whose bytes could not be had, such as one that is too long.
  void SeeUnreadable(absl::string_view place, absl::string_view why);
  // Finish tells of gaps and open ends.
  void Finish();

  uint64_t lines() const { return lines_; }
  uint64_t heads() const { return heads_; }
  uint64_t findings() const { return findings_; }
  size_t runs() const { return runs_.size(); }
  // RunsByPrincipal is how many runs each identity has.
  std::map<std::string, size_t> RunsByPrincipal() const;
  uint64_t lost() const { return lost_; }              // that LOST lines tell of
  uint64_t duplicates() const { return duplicates_; }  // lines that came again, byte for byte

 private:
  using Hash = std::string;  // lower-case hex
  struct Gap {
    uint64_t first = 0;
    uint64_t last = 0;
    std::string place;
  };
  using Gaps = std::map<uint64_t, Gap>;  // by the first, of none of which another has a line
  // Stretch is lines that the sink was not given: so many of those from first to last.
  struct Stretch {
    uint64_t first = 0;
    uint64_t last = 0;
    uint64_t lines = 0;
  };
  struct Run {
    std::string principal;       // of its reporter
    size_t file = 0;             // that its first line came in
    uint64_t sequence = 0;       // of the last line
    uint64_t head_sequence = 0;  // of the last head that holds
    Hash last_hash;
    std::string last_place;
    bool ended = false;
    Gaps gaps;
    std::vector<Stretch> lost;
    std::vector<Stretch> claimed;  // by LOST lines that no head vouches for yet
    // To know what comes again: the last lines, and as many before them.
    absl::flat_hash_map<uint64_t, Hash> recent;
    absl::flat_hash_map<uint64_t, Hash> less_recent;
  };

  void Take(absl::string_view place, absl::string_view line, const Flow& flow);
  void TellNoChain(absl::string_view place, const Flow& flow, absl::string_view why);
  void Begin(Run& run, absl::string_view place, const Flow& flow);
  void TakeNext(Run& run, absl::string_view place, const Flow& flow);
  void TakeFirst(absl::string_view place, const Flow& flow);
  void TakeGap(Run& run, absl::string_view place, const Flow& flow);
  void Keep(Run& run, const std::string& run_id, Gap gap);
  void TakeEarlier(Run& run, absl::string_view place, const Flow& flow, const Hash& hash);
  // TellLate tells of a line that stands behind later ones, and once of a file that does.
  void TellLate(const Run& run, absl::string_view place, const Flow& flow);
  void TakeHead(Run& run, absl::string_view place, absl::string_view line, const Flow& flow);
  void Account(Run& run, const Flow& lost);
  static void Remember(Run& run, uint64_t sequence, const Hash& hash);
  static bool CameBefore(const Run& run, uint64_t sequence, const Hash& hash);
  static std::vector<Gap> Unexcused(Run& run);
  void Tell(ChainFault fault, absl::string_view place, const std::string& run_id,
            std::string message);
  Hash HashOf(absl::string_view line) const;

  const Sha256 sha256_;
  const CheckHead check_head_;
  const OnFinding on_finding_;
  const Scope scope_;
  absl::flat_hash_map<std::string, Run> runs_;
  std::vector<std::string> order_;  // of runs_, as they came
  // Of the line before, whatever it was; empty: there was none; nothing: its bytes could not be
  // had.
  std::optional<Hash> before_ = Hash();
  bool file_start_ = true;
  size_t file_ = 0;
  bool misplaced_file_ = false;  // it goes before one that was there already, and that was told
  std::optional<ChainFinding> torn_;  // a line that may have been cut short by a crash
  bool no_chain_ = false;
  uint64_t lines_ = 0;
  uint64_t heads_ = 0;
  uint64_t findings_ = 0;
  uint64_t lost_ = 0;
  uint64_t duplicates_ = 0;
};

}  // namespace firebreak::flows

#endif  // FIREBREAK_FLOWS_CHAIN_CHECK_H_
