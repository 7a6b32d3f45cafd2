#include "detect/population.h"

#include <algorithm>

#include "absl/strings/ascii.h"

#include "base/principal_syntax.h"
#include "detect/stable_hash.h"

namespace firebreak::detect {
namespace {

// The suffixes that Kubernetes gives: 5 random characters for a pod, up to 10 for a template.
constexpr size_t kPodSuffix = 5;
constexpr size_t kLeastHash = 6;
constexpr size_t kMostHash = 10;

// Whoever shows up this soon was there before, and for about as long.
constexpr int64_t kFromTheStartUs = kHourUs;
constexpr double kHoursBefore = 24;

bool IsRandomWord(absl::string_view word) {
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); });
}

double Hours(int64_t since_us, int64_t now_us) {
  return static_cast<double>(std::max<int64_t>(0, now_us - since_us)) /
         static_cast<double>(kHourUs);
}

}  // namespace

absl::string_view GenerationOf(absl::string_view pod) {
  const size_t last = pod.rfind('-');
  if (last == absl::string_view::npos || pod.size() - last - 1 != kPodSuffix) return pod;
  if (!IsRandomWord(pod.substr(last + 1))) return pod;
  const absl::string_view rest = pod.substr(0, last);
  const size_t before = rest.rfind('-');
  if (before == absl::string_view::npos || before == 0) return pod;
  const absl::string_view hash = rest.substr(before + 1);
  const bool has_digit = std::any_of(hash.begin(), hash.end(), absl::ascii_isdigit);
  const bool is_hash = hash.size() >= kLeastHash && hash.size() <= kMostHash && has_digit;
  return is_hash && IsRandomWord(hash) ? rest : pod;
}

double Population::HoursBefore(int64_t first_us) const {
  return first_us - start_us_ < kFromTheStartUs ? kHoursBefore : 0;
}

Population::Key Population::KeyOf(NameId identity, NameId pod, const Names& names) {
  const auto cached = generation_of_pod_.find(pod);
  if (cached != generation_of_pod_.end()) return {identity, cached->second};
  const uint64_t hash = TextHash(GenerationOf(names.Text(pod)));
  if (generation_of_pod_.size() >= kMaxEntries) generation_of_pod_.clear();
  generation_of_pod_[pod] = hash;
  return {identity, hash};
}

Population::Seen Population::Note(NameId identity, NameId pod, int64_t now_us, const Names& names) {
  auto known = identities_.find(identity);
  if (known == identities_.end()) {
    if (identities_.size() >= kMaxEntries) return {};
    known = identities_.emplace(identity, Identity{.first_us = now_us}).first;
  }
  Seen seen{.identity = &known->second};
  if (pod == kNoName) return seen;
  const Key key = KeyOf(identity, pod, names);
  auto found = generations_.find(key);
  if (found == generations_.end()) {
    if (generations_.size() >= kMaxEntries) return seen;
    found = generations_.emplace(key, Generation{.first_us = now_us}).first;
    ++known->second.generations;
  }
  seen.generation = &found->second;
  return seen;
}

Ages Population::See(const Call& call, const Names& names) {
  Ages ages;
  if (start_us_ == 0) start_us_ = call.start_us;
  // The callee's pod too: one that has only ever been called is not new when it first calls.
  const Seen destination = Note(call.destination, call.destination_pod, call.start_us, names);
  if (destination.identity != nullptr) {
    ages.destination_identity = Hours(destination.identity->first_us, call.start_us);
    ages.destination_before = HoursBefore(destination.identity->first_us);
  }
  const Seen source = Note(call.source, call.source_pod, call.start_us, names);
  if (source.identity == nullptr) return ages;
  ages.source_identity = Hours(source.identity->first_us, call.start_us);
  // A pod that is not known is no newer than its identity.
  const bool known = source.generation != nullptr;
  ages.source_generation =
      known ? Hours(source.generation->first_us, call.start_us) : ages.source_identity;
  ages.source_before = HoursBefore(known ? source.generation->first_us : source.identity->first_us);
  ages.generation_brings_news =
      (source.identity->with_news + 0.5) / (source.identity->generations + 1.0);
  return ages;
}

void Population::BroughtNews(const Call& call, const Names& names) {
  const auto generation = generations_.find(KeyOf(call.source, call.source_pod, names));
  const auto identity = identities_.find(call.source);
  if (generation == generations_.end() || identity == identities_.end()) return;
  // The first generations are how the identity was met: all they do is new.
  if (identity->second.generations < 2 || generation->second.news) return;
  generation->second.news = true;
  ++identity->second.with_news;
}

size_t Population::Settled(int64_t now_us, const Names& names) const {
  const auto settled = [&](const auto& entry) {
    return entry.second.first_us <= now_us - kHourUs &&
           WrongWithPrincipal(names.Text(entry.first)).empty();
  };
  return static_cast<size_t>(std::count_if(identities_.begin(), identities_.end(), settled));
}

}  // namespace firebreak::detect
