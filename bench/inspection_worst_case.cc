// inspection_worst_case looks for the bytes that cost inspection most: a search by chance, which
// keeps the slowest windows it has met and changes them. Usage: inspection_worst_case [SECONDS
// [SEED]]
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"

#include "base/escape.h"
#include "inspect/engine.h"

namespace {

using firebreak::inspect::Engine;
using firebreak::inspect::EngineOptions;
using firebreak::inspect::Inspection;
using firebreak::inspect::Place;

constexpr size_t kFieldBytes = 32'768;
constexpr size_t kKept = 24;

// What parsers stop at, and what they read.
const char* const kPieces[] = {"<",
                               "<%",
                               "<a ",
                               "<a/b=",
                               "<style",
                               "=",
                               "'",
                               "\"",
                               "`",
                               "(",
                               ")",
                               "{{",
                               "}}",
                               "${",
                               "}",
                               "$(",
                               ";",
                               "|",
                               "&",
                               "&&",
                               "\n",
                               " ",
                               "/",
                               "/bin/",
                               "://",
                               "http://",
                               "..",
                               "../",
                               "\\",
                               "%",
                               "%2525",
                               "&amp;",
                               "&amp;amp;",
                               "+",
                               "select ",
                               "union ",
                               "or ",
                               "and 1",
                               "if(",
                               "char(",
                               "1",
                               "a",
                               "s ",
                               "__class__",
                               "eval(",
                               "alert(",
                               "javascript:",
                               "on",
                               "onblur=",
                               "[",
                               "]",
                               "#",
                               "*",
                               "/*",
                               "*/",
                               "--",
                               "@",
                               ":",
                               ".",
                               ",",
                               "_",
                               "\xc0\xae",
                               "document[",
                               "ls ",
                               "cat ",
                               "bin/",
                               "o:1:\"",
                               "0x2e",
                               "!",
                               "?",
                               "^",
                               "~",
                               "AAAAAAAAAAAAAAAAAAAAAAAA",
                               "PCd7ICcpPCd7ICcp"};

struct Window {
  std::string bytes;
  double nanoseconds = 0;  // a byte
};

double CostOf(Engine& engine, const std::string& window) {
  std::string field;
  while (field.size() < kFieldBytes) field += window;
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {  // the least disturbed of three
    Inspection inspection(engine);
    const std::clock_t begin = std::clock();  // of the processor: others run beside
    inspection.BeginField(Place::kForm, "q", false);
    inspection.FieldBytes(field);
    inspection.EndField();
    const double took = 1e9 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    best = std::min(best, took / static_cast<double>(field.size()));
  }
  return best;
}

class Search {
 public:
  explicit Search(unsigned seed) : random_(seed), engine_(EngineOptions{}) {}

  void Try(std::string bytes) {
    bytes.resize(Inspection::kWindowStep, ' ');
    const double cost = CostOf(engine_, bytes);
    if (kept_.size() == kKept && cost <= kept_.back().nanoseconds) return;
    kept_.push_back({std::move(bytes), cost});
    std::sort(kept_.begin(), kept_.end(),
              [](const Window& a, const Window& b) { return a.nanoseconds > b.nanoseconds; });
    if (kept_.size() > kKept) kept_.pop_back();
  }

  // A unit of some pieces over and over, and an end of its own.
  std::string Fresh() {
    std::string unit;
    for (size_t i = 1 + random_() % 3; i > 0; --i) unit += Piece();
    std::string bytes;
    while (bytes.size() < Inspection::kWindowStep - 64) bytes += unit;
    bytes += "%25252541&amp;amp;amp;lt;";
    for (size_t i = random_() % 6; i > 0; --i) bytes += Piece();
    return bytes;
  }

  std::string Changed() {
    std::string bytes = kept_[random_() % kept_.size()].bytes;
    const std::string piece = Piece();
    const size_t at = random_() % bytes.size();
    if (random_() % 2 == 0) {
      bytes.replace(at, std::min(piece.size(), bytes.size() - at), piece);
      return bytes;
    }
    // Some of it becomes another piece over and over.
    const size_t end = std::min(bytes.size(), at + random_() % 512);
    for (size_t i = at; i < end; ++i) bytes[i] = piece[(i - at) % piece.size()];
    return bytes;
  }

  const std::vector<Window>& kept() const { return kept_; }

 private:
  std::string Piece() { return kPieces[random_() % std::size(kPieces)]; }

  std::mt19937 random_;
  Engine engine_;
  std::vector<Window> kept_;
};

}  // namespace

int main(int argc, char** argv) {
  int seconds = 10;
  int seed = 1;
  if ((argc > 1 && !absl::SimpleAtoi(argv[1], &seconds)) ||
      (argc > 2 && !absl::SimpleAtoi(argv[2], &seed))) {
    std::fprintf(stderr, "usage: inspection_worst_case [SECONDS [SEED]]\n");
    return 2;
  }
  Search search(static_cast<unsigned>(seed));
  const auto passed = [] { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; };
  while (passed() < seconds / 3.0) search.Try(search.Fresh());
  while (passed() < seconds) search.Try(search.Changed());
  for (size_t i = 0; i < std::min<size_t>(search.kept().size(), 5); ++i) {
    const Window& window = search.kept()[i];
    std::printf("%.0f ns a byte: %s\n", window.nanoseconds,
                firebreak::PrintableEscaped(window.bytes).c_str());
  }
}
