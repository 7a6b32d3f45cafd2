#include "inspect/engine.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/utf8.h"
#include "inspect/attack/byte_class.h"
#include "inspect/attack/noise.h"
#include "inspect/attack/text.h"
#include "inspect/attack/word_table.h"
#include "inspect/decode/base64.h"
#include "inspect/decode/unwrap.h"
#include "inspect/structure_rule.h"

namespace firebreak::inspect {
namespace {

// Layers of encoding that are undone. Real URLs within URLs within URLs have three.
constexpr unsigned kMaxLayers = 3;

// An attack has three bytes at least, but for a control character or a line end where none belongs.
constexpr size_t kShortestAttack = 3;

// What stands in the head of a message is there in the next one, too.
bool ComesAgain(Place place) {
  return place == Place::kHeader || place == Place::kCookie || place == Place::kPath ||
         place == Place::kQuery;
}

// Headers with a grammar of their own, whose signs mean something else to our parsers. Programs
// behind us log them or get them in their environment, so lookups and the like count in them too.
constexpr absl::string_view kGrammarHeaders[] = {"accept",
                                                 "accept-charset",
                                                 "accept-datetime",
                                                 "accept-encoding",
                                                 "alt-used",
                                                 "authorization",
                                                 "cache-control",
                                                 "content-disposition",
                                                 "content-encoding",
                                                 "content-length",
                                                 "content-range",
                                                 "content-type",
                                                 "cookie2",
                                                 "date",
                                                 "digest",
                                                 "dnt",
                                                 "etag",
                                                 "expect",
                                                 "forwarded",
                                                 "host",
                                                 "if-match",
                                                 "if-modified-since",
                                                 "if-none-match",
                                                 "if-range",
                                                 "if-unmodified-since",
                                                 "keep-alive",
                                                 "last-modified",
                                                 "link",
                                                 "nel",
                                                 "pragma",
                                                 "prefer",
                                                 "priority",
                                                 "proxy-authorization",
                                                 "range",
                                                 "report-to",
                                                 "sec-ch-ua",
                                                 "sec-ch-ua-full-version-list",
                                                 "sec-ch-ua-mobile",
                                                 "sec-ch-ua-platform",
                                                 "sec-fetch-dest",
                                                 "sec-fetch-mode",
                                                 "sec-fetch-site",
                                                 "sec-fetch-user",
                                                 "sec-websocket-extensions",
                                                 "sec-websocket-key",
                                                 "sec-websocket-protocol",
                                                 "sec-websocket-version",
                                                 "server-timing",
                                                 "te",
                                                 "traceparent",
                                                 "tracestate",
                                                 "trailer",
                                                 "upgrade",
                                                 "upgrade-insecure-requests",
                                                 "vary",
                                                 "via",
                                                 "warning",
                                                 "x-forwarded-proto"};
constexpr WordSet kGrammarHeaderSet(kGrammarHeaders);

constexpr size_t kKeptBlanks = 32;

// NextBlanks is where the next run of kKeptBlanks begins, or the blanks at the end, which may go
// on.
size_t NextBlanks(absl::string_view bytes) {
  const auto run_before = [bytes](size_t end) {
    while (end > 0 && IsBlank(bytes[end - 1])) --end;
    return end;
  };
  // Of such a run one byte is at a multiple of its size.
  for (size_t i = kKeptBlanks - 1; i < bytes.size(); i += kKeptBlanks) {
    if (!IsBlank(bytes[i])) continue;
    const size_t begin = run_before(i);
    if (SkipBlanks(bytes, i) - begin >= kKeptBlanks) return begin;
  }
  return run_before(bytes.size());
}

// Where files come as they are. Names and short values are text.
bool MayBeFile(Place place) {
  return place == Place::kMultipart || place == Place::kBytes || place == Place::kGrpc ||
         place == Place::kWebSocket;
}

Scope ScopeOf(Place place, absl::string_view name) {
  return place == Place::kHeader && kGrammarHeaderSet.Has(name) ? Scope::kLoggedOnly : Scope::kAll;
}

}  // namespace

Engine::Engine(EngineOptions options) : options_(std::move(options)) {
  options_.paranoia = std::clamp(options_.paranoia, kMinParanoia, kMaxParanoia);
  options_.exclusions.resize(std::min(options_.exclusions.size(), kMaxExclusions));
  for (std::string* scratch : {&unwrapped_[0], &unwrapped_[1], &hidden_}) {
    scratch->reserve(kMaxView);
  }
}

void Inspection::BeginField(Place place, absl::string_view name, bool is_name) {
  place_ = place;
  is_name_ = is_name;
  name_size_ = static_cast<uint16_t>(std::min(name.size(), kMaxFieldName));
  std::memcpy(name_.data(), name.data(), name_size_);
  scope_ = ScopeOf(place, name);
  window_size_ = 0;
  first_window_ = true;
  fresh_ = false;
  blanks_ = 0;
}

// Of many blanks in a row some are as good as all, and leave attackers no room to put the parts of
// an attack into different windows.
void Inspection::FieldBytes(absl::string_view bytes) {
  while (!bytes.empty()) {
    size_t run = 0;
    while (run < bytes.size() && IsBlank(bytes[run])) ++run;
    TakeBytes(bytes.substr(0, std::min(run, kKeptBlanks - blanks_)));
    blanks_ = static_cast<uint8_t>(std::min(blanks_ + run, kKeptBlanks));
    bytes.remove_prefix(run);
    if (bytes.empty()) return;
    blanks_ = 0;
    const size_t plain = NextBlanks(bytes);
    TakeBytes(bytes.substr(0, plain));
    bytes.remove_prefix(plain);
  }
}

void Inspection::TakeBytes(absl::string_view bytes) {
  while (!bytes.empty()) {
    if (window_size_ == kMaxView) {
      LookAtWindow(/*ends=*/false);
      std::memmove(window_.data(), window_.data() + kWindowStep, kMaxView - kWindowStep);
      window_size_ = kMaxView - kWindowStep;
      first_window_ = false;
    }
    const size_t taken = std::min(bytes.size(), kMaxView - window_size_);
    std::memcpy(window_.data() + window_size_, bytes.data(), taken);
    window_size_ = static_cast<uint16_t>(window_size_ + taken);
    fresh_ = true;
    bytes.remove_prefix(taken);
  }
}

void Inspection::EndField() {
  if (fresh_) LookAtWindow(/*ends=*/true);
  fresh_ = false;
}

FieldSink* Inspection::Beside() {
  if (beside_ == nullptr) beside_.reset(new Inspection(engine_, &owner_));
  return beside_.get();
}

void Inspection::Reset() {
  beside_.reset();
  score_ = 0;
  oddness_ = 0;
  hidden_by_ = nullptr;
  matched_.reset();
  findings_.clear();
  window_size_ = 0;
  fresh_ = false;
}

void Inspection::LookAtWindow(bool ends) {
  last_window_ = ends;
  const absl::string_view window(window_.data(), window_size_);
  const uint32_t classes = ClassesOf(window);
  if (!MayHoldAttack(classes) && window.size() < kMinBase64 && !IsOddName(window)) return;
  if (window.size() < kShortestAttack && (classes & (kControlClass | kLineEndClass)) == 0) return;
  if (!ComesAgain(place_)) return LookAtReadings(window, classes);
  const uint32_t circumstances =
      static_cast<uint32_t>(place_) << 4U | static_cast<uint32_t>(is_name_) << 3U |
      static_cast<uint32_t>(first_window_) << 2U | static_cast<uint32_t>(last_window_) << 1U |
      static_cast<uint32_t>(scope_ == Scope::kAll);
  const uint64_t key = engine_.seen_.KeyOf(window, circumstances);
  if (const uint64_t* const rules = engine_.seen_.Find(key); NothingNewIn(rules)) {
    quiet_ = quiet_ && *rules == 0;
    return;
  }
  LookAtReadings(window, classes);
  engine_.seen_.Keep(key, in_window_.to_ullong());
}

// What a client sends again by a reference of a byte or two is not even divided into its parameters
// again. A few bytes are not worth it.
std::optional<uint64_t> Inspection::Recall(Place place, absl::string_view whole) {
  constexpr size_t kShortest = 64;
  constexpr uint32_t kWhole = 1U << 8U;  // apart from the circumstances of windows
  recalled_ = 0;
  if (whole.size() < kShortest || whole.size() > UINT16_MAX) return std::nullopt;
  recalled_ = engine_.seen_.KeyOf(whole, kWhole | static_cast<uint32_t>(place));
  quiet_ = true;
  const uint64_t* const note = engine_.seen_.Find(recalled_);
  if (note == nullptr) return std::nullopt;
  place_ = place;  // of what is told of it
  return *note;
}

void Inspection::Remember(uint64_t note) {
  if (recalled_ != 0 && quiet_) engine_.seen_.Keep(recalled_, note);
}

bool Inspection::NothingNewIn(const uint64_t* rules) const {
  static_assert(kRuleCount <= 64);
  return rules != nullptr && (*rules & ~owner_.matched_.to_ullong()) == 0;
}

void Inspection::LookAtReadings(absl::string_view window, uint32_t classes) {
  in_window_.reset();
  binary_ = IsBinary(window, classes);
  LookAtText(window, classes, 0);
  LookBehindEncoding(window, classes);
}

// Of letters and digits alone, and known all the same: "__proto__", "id_rsa", "WEB-INF".
bool Inspection::IsOddName(absl::string_view window) const {
  if (is_name_) return window == "__proto__" || window == "prototype";
  return place_ == Place::kPath &&
         (absl::StartsWith(window, "id_") || absl::EndsWithIgnoreCase(window, "-inf"));
}

// A picture or an archive: one byte in sixteen is of no text.
bool Inspection::IsBinary(absl::string_view window, uint32_t classes) const {
  constexpr size_t kBytesPerOddOne = 16;
  if (!MayBeFile(place_) || is_name_ || (classes & (kControlClass | kWideClass)) == 0) return false;
  size_t odd = 0;
  for (size_t i = 0; i < window.size();) {
    const size_t rune = IsWide(window[i]) ? DecodeRune(window.substr(i)).size : 1;
    if (rune == 0 || IsControl(window[i])) odd += IsBlank(window[i]) ? 0 : 1;
    i += std::max<size_t>(rune, 1);
  }
  return odd * kBytesPerOddOne >= window.size();
}

void Inspection::LookBehindEncoding(absl::string_view window, uint32_t classes) {
  constexpr uint32_t kEncoded =
      kPercentClass | kAmpersandClass | kBackslashClass | kWideClass | kPlusClass;
  absl::string_view text = window;
  std::string* next = &engine_.unwrapped_[0];
  std::string* other = &engine_.unwrapped_[1];
  if (scope_ == Scope::kAll && ReadHiddenText(text, engine_.hidden_)) {
    LookAtText(engine_.hidden_, ClassesOf(engine_.hidden_), 1);
    if (Unwrap(engine_.hidden_, *next)) LookAtText(*next, ClassesOf(*next), 2);
  }
  for (unsigned layer = 1; layer <= kMaxLayers && (classes & kEncoded) != 0; ++layer) {
    if (!Unwrap(text, *next)) return;
    text = *next;
    classes = ClassesOf(text);
    LookAtText(text, classes, layer);
    if (layer == 1 && scope_ == Scope::kAll && ReadHiddenText(text, engine_.hidden_)) {
      LookAtText(engine_.hidden_, ClassesOf(engine_.hidden_), 2);
    }
    std::swap(next, other);
  }
}

void Inspection::LookAtText(absl::string_view text, uint32_t classes, unsigned layers) {
  engine_.lower_.Set(text, classes);
  View view(engine_.lower_);
  view.depth = layers;
  view.place = place_;
  view.name = absl::string_view(name_.data(), name_size_);
  view.is_name = is_name_;
  view.begins = first_window_;
  view.ends = last_window_;
  const Matter matter = binary_                  ? Matter::kBinary
                        : IsNoise(text, classes) ? Matter::kNoise
                                                 : Matter::kText;
  engine_.hits_.Begin(text, matter);
  FindAttacks(view, text, scope_, engine_.tokens_, engine_.hits_);
  if (!engine_.hits_.empty()) Record(text, layers);
}

void Inspection::ToPath(absl::string_view path) {
  const std::vector<Exclusion>& exclusions = engine_.options_.exclusions;
  for (size_t i = 0; i < exclusions.size(); ++i) {
    elsewhere_[i] = exclusions[i].on_path != nullptr && !exclusions[i].on_path(path);
  }
}

bool Inspection::Counts(const RuleInfo& rule, Place place, bool is_name,
                        absl::string_view field) const {
  if (rule.paranoia > engine_.options_.paranoia) return false;
  const std::vector<Exclusion>& exclusions = engine_.options_.exclusions;
  for (size_t i = 0; i < exclusions.size(); ++i) {
    const Exclusion& exclusion = exclusions[i];
    const bool holds = !owner_.elsewhere_[i] && absl::StartsWith(rule.id, exclusion.rule) &&
                       (exclusion.place.empty() || exclusion.place == PlaceName(place)) &&
                       (exclusion.field.empty() || exclusion.field == field) &&
                       (is_name || !exclusion.names_only);
    if (holds) return false;
  }
  return true;
}

void Inspection::OnOddity(Oddity oddity, uint64_t limit, uint64_t /*value*/) {
  std::string excerpt(OddityName(oddity));
  if (limit != 0) absl::StrAppend(&excerpt, ": above ", limit);
  Tell(StructureRule(oddity), place_, "", std::move(excerpt));
}

bool Inspection::Tell(const RuleInfo& rule, Place place, absl::string_view field,
                      std::string excerpt) {
  if (!Counts(rule, place, false, field)) return false;
  if (rule.category == Category::kEncoding && hidden_by_ == nullptr) hidden_by_ = &rule;
  // However oddly a message is built, that alone is no attack.
  const bool odd = rule.category == Category::kStructure;
  const int added = odd ? std::min(rule.severity, kWarning - oddness_) : rule.severity;
  if (odd) oddness_ += added;
  score_ += added;
  if (findings_.size() == kMaxFindings) return true;
  const size_t most = rule.category == Category::kBaseline ? kMaxExplanation : kMaxExcerpt;
  excerpt.resize(std::min(excerpt.size(), most));
  findings_.push_back({.id = rule.id,
                       .category = rule.category,
                       .place = place,
                       .field = std::string(field.substr(0, kMaxFieldName)),
                       .excerpt = std::move(excerpt),
                       .severity = rule.severity,
                       .paranoia = rule.paranoia,
                       .why = rule.why});
  return true;
}

void Inspection::Record(absl::string_view text, unsigned layers) {
  engine_.hits_.ForEachHit([&](Rule rule, Hits::Range range) {
    const RuleInfo& info = InfoOf(rule);
    const auto index = static_cast<size_t>(rule);
    if (info.paranoia > engine_.options_.paranoia) return;
    in_window_.set(index);
    quiet_ = false;
    const absl::string_view name(name_.data(), name_size_);
    if (owner_.matched_[index] || !Counts(info, place_, is_name_, name)) return;
    owner_.matched_.set(index);
    owner_.score_ += info.severity;
    if (owner_.findings_.size() == kMaxFindings) return;
    const size_t begin = std::min<size_t>(range.begin, text.size());
    // A little of what follows says more than the bytes that decided.
    owner_.findings_.push_back({.id = info.id,
                                .category = info.category,
                                .place = place_,
                                .is_name = is_name_,
                                .field = std::string(name_.data(), name_size_),
                                .excerpt = std::string(text.substr(begin, kMaxExcerpt)),
                                .severity = info.severity,
                                .paranoia = info.paranoia,
                                .layers = layers,
                                .why = info.why});
  });
}

}  // namespace firebreak::inspect
