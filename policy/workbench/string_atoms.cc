#include "policy/workbench/string_atoms.h"

#include <algorithm>
#include <deque>
#include <set>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace firebreak::policy {
namespace {

// Places in all states together: the time of a search follows it.
constexpr size_t kMaxPlaces = 2'000'000;
// Characters for "anything else", the most readable first. All grammars take letters and digits.
constexpr absl::string_view kFillers = "xyzwvutsrqponmlkjihgfedcba0123456789";
constexpr absl::string_view kTokenFillers = "XYZWVUTSRQPONMLKJIHGFEDCBA";

// Shape is the state of the grammar's own automaton.
enum Shape : int {
  kDead = -1,
  kStart = 0,
  kInside,        // goes on and may end
  kSegmentStart,  // behind a "/"
  kDot,           // a segment so far "."
  kDotDot,        // ".."
  kTrustDomain,
  kBlank,  // text: may not end here
};

int StepSegment(int shape, char c) {
  if (c == '/') return shape == kInside ? kSegmentStart : kDead;
  if (c != '.') return kInside;
  if (shape == kSegmentStart) return kDot;
  return shape == kDot ? kDotDot : kInside;
}

int StepPrincipal(int shape, char c) {
  const bool lower =
      absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '.' || c == '-' || c == '_';
  if (shape == kStart) return lower ? kTrustDomain : kDead;
  if (shape == kTrustDomain) {
    if (c == '/') return kSegmentStart;
    return lower ? kTrustDomain : kDead;
  }
  return lower || absl::ascii_isupper(c) || c == '/' ? StepSegment(shape, c) : kDead;
}

int Step(Grammar grammar, int shape, char c) {
  switch (grammar) {
    case Grammar::kElement:
      if (c == ',') return kDead;
      [[fallthrough]];
    case Grammar::kText:
      if (c == ' ' || c == '\t') return shape == kStart ? kDead : kBlank;
      return kInside;
    case Grammar::kToken:
    case Grammar::kHost:
      return c == '/' ? kDead : kInside;
    case Grammar::kPath:
      if (shape == kStart) return c == '/' ? kSegmentStart : kDead;
      return StepSegment(shape, c);
    case Grammar::kPrincipal:
      return StepPrincipal(shape, c);
  }
  return kDead;
}

bool MayEnd(Grammar grammar, int shape) {
  if (shape == kInside || shape == kTrustDomain) return true;
  return shape == kSegmentStart && grammar == Grammar::kPath;
}

// Search walks all strings of the grammar at once, as sets of places in the globs.
class Search {
 public:
  Search(Grammar grammar, const std::vector<Glob>& globs);
  absl::StatusOr<std::vector<std::string>> Run();

 private:
  using Places = std::vector<uint32_t>;  // ascending
  struct State {
    Places places;
    int shape;
    std::string text;
  };

  void Enter(uint32_t place, Places* places) const;
  Places After(const Places& places, absl::string_view symbol) const;
  std::vector<absl::string_view> Symbols(const Places& places) const;
  void Visit(const State& from, absl::string_view symbol);
  void Note(const State& state);

  const Grammar grammar_;
  std::vector<Glob::Item> items_;  // of all globs; after each, its end: a literal of no characters
  std::vector<uint32_t> starts_;
  std::deque<State> queue_;
  absl::flat_hash_set<std::pair<Places, int>> seen_;
  absl::flat_hash_set<Places> answers_;  // ends reached, for which a string is found
  std::vector<std::string> strings_;
  size_t places_ = 0;  // of all states seen
};

Search::Search(Grammar grammar, const std::vector<Glob>& globs) : grammar_(grammar) {
  for (const Glob& glob : globs) {
    starts_.push_back(static_cast<uint32_t>(items_.size()));
    items_.insert(items_.end(), glob.items().begin(), glob.items().end());
    items_.push_back({Glob::Item::Kind::kLiteral, false, ""});
  }
}

void Search::Enter(uint32_t place, Places* places) const {
  places->push_back(place);
  while (items_[place].kind == Glob::Item::Kind::kMany) places->push_back(++place);
}

Search::Places Search::After(const Places& places, absl::string_view symbol) const {
  Places after;
  for (const uint32_t place : places) {
    const Glob::Item& item = items_[place];
    switch (item.kind) {
      case Glob::Item::Kind::kLiteral:
        if (!item.literal.empty() && item.literal == symbol) Enter(place + 1, &after);
        break;
      case Glob::Item::Kind::kOne:
        if (!item.segment || symbol != "/") Enter(place + 1, &after);
        break;
      case Glob::Item::Kind::kMany:
        if (!item.segment || symbol != "/") Enter(place, &after);
        break;
    }
  }
  std::sort(after.begin(), after.end());
  after.erase(std::unique(after.begin(), after.end()), after.end());
  return after;
}

// Symbols are one that no place here waits for, which comes first since it reads best, the
// separators, and those that a place waits for.
std::vector<absl::string_view> Search::Symbols(const Places& places) const {
  std::set<absl::string_view> awaited = {"/", "."};
  for (const uint32_t place : places) {
    if (!items_[place].literal.empty()) awaited.insert(items_[place].literal);
  }
  std::vector<absl::string_view> symbols;
  for (const absl::string_view fillers :
       {grammar_ == Grammar::kToken ? kTokenFillers : kFillers, kFillers}) {
    for (size_t i = 0; i < fillers.size() && symbols.empty(); ++i) {
      const absl::string_view filler = fillers.substr(i, 1);
      if (awaited.count(filler) == 0) symbols.push_back(filler);
    }
  }
  symbols.insert(symbols.end(), awaited.begin(), awaited.end());
  return symbols;
}

void Search::Visit(const State& from, absl::string_view symbol) {
  State next;
  next.shape = from.shape;
  // An escape is a character like any other.
  const char c = symbol.size() > 1 ? '%' : symbol[0];
  next.shape = Step(grammar_, from.shape, c);
  if (next.shape == kDead) return;
  next.places = After(from.places, symbol);
  if (!seen_.emplace(next.places, next.shape).second) return;
  places_ += next.places.size();
  next.text = absl::StrCat(from.text, symbol);
  queue_.push_back(std::move(next));
}

void Search::Note(const State& state) {
  if (!MayEnd(grammar_, state.shape)) return;
  Places ends;
  for (const uint32_t place : state.places) {
    const Glob::Item& item = items_[place];
    if (item.kind == Glob::Item::Kind::kLiteral && item.literal.empty()) ends.push_back(place);
  }
  if (answers_.insert(std::move(ends)).second) strings_.push_back(state.text);
}

absl::StatusOr<std::vector<std::string>> Search::Run() {
  Places start;  // ascending, as the globs are one behind another
  for (const uint32_t place : starts_) Enter(place, &start);
  queue_.push_back({std::move(start), kStart, ""});
  while (!queue_.empty()) {
    if (places_ > kMaxPlaces) {
      return absl::ResourceExhaustedError("too many patterns that overlap to tell them apart");
    }
    const State state = std::move(queue_.front());
    queue_.pop_front();
    Note(state);
    for (const absl::string_view symbol : Symbols(state.places)) Visit(state, symbol);
  }
  return std::move(strings_);
}

}  // namespace

Glob& Glob::Literal(absl::string_view text) {
  while (!text.empty()) {
    const size_t size = text[0] == '%' && text.size() >= 3 ? 3 : 1;
    items_.push_back({Item::Kind::kLiteral, false, std::string(text.substr(0, size))});
    text.remove_prefix(size);
  }
  return *this;
}

Glob& Glob::Any(bool one_or_more) {
  if (one_or_more) items_.push_back({Item::Kind::kOne, false, ""});
  items_.push_back({Item::Kind::kMany, false, ""});
  return *this;
}

Glob& Glob::InSegment(bool one_or_more) {
  if (one_or_more) items_.push_back({Item::Kind::kOne, true, ""});
  items_.push_back({Item::Kind::kMany, true, ""});
  return *this;
}

Glob& Glob::Affix(absl::string_view text, bool segment) {
  const auto run = [this, segment](bool one) -> void { segment ? InSegment(one) : Any(one); };
  if (text == "*") {
    run(true);
  } else if (absl::ConsumeSuffix(&text, "*")) {
    Literal(text);
    run(false);
  } else if (absl::ConsumePrefix(&text, "*")) {
    run(false);
    Literal(text);
  } else {
    Literal(text);
  }
  return *this;
}

absl::StatusOr<std::vector<std::string>> RepresentativeStrings(Grammar grammar,
                                                               const std::vector<Glob>& globs) {
  return Search(grammar, globs).Run();
}

}  // namespace firebreak::policy
