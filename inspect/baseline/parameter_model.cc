#include "inspect/baseline/parameter_model.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/numeric/bits.h"
#include "absl/strings/str_cat.h"

#include "base/escape.h"
#include "inspect/baseline/surprise.h"

namespace firebreak::inspect {
namespace {

// A value seen in this share of the samples is nothing new, whatever it looks like.
constexpr uint64_t kUsualShare = 200;  // one in so many
// Below this a deviation is not worth a word.
constexpr double kLeastWeight = 0.05;
// No length, however great, is worth more than this.
constexpr double kMostForLength = 9;
// Values that are so many times as long as the longest that is beyond doubt are usual all the same.
constexpr uint64_t kTrimmedReach = 2;
constexpr uint64_t kLongest = uint64_t{1} << 20;  // lengths are counted up to here

void Append(DeviationKind kind, double weight, absl::string_view name, std::string detail,
            std::vector<Deviation>& out) {
  if (weight < kLeastWeight) return;
  out.push_back(
      {.kind = kind, .weight = weight, .field = std::string(name), .detail = std::move(detail)});
}

absl::string_view NewOrRare(uint64_t seen) { return seen == 0 ? "new" : "rare"; }

}  // namespace

size_t LengthModel::BucketOf(uint64_t length) {
  if (length < 2) return length;
  const size_t octave = absl::bit_width(length) - size_t{1};
  const size_t half = (length >> (octave - 1)) & 1;
  return std::min(2 * octave + half, kBuckets - 1);
}

uint64_t LengthModel::StartOf(size_t bucket) {
  if (bucket < 2) return bucket;
  const uint64_t octave = uint64_t{1} << (bucket / 2);
  return octave + (bucket % 2) * (octave / 2);
}

void LengthModel::Add(uint64_t length) {
  length = std::min(length, kLongest);
  least = samples == 0 ? length : std::min(least, length);
  greatest = std::max(greatest, length);
  ++samples;
  sum += length;
  square_sum += length * length;
  ++buckets[BucketOf(length)];
}

double LengthModel::Deviation() const {
  if (samples == 0) return 0;
  const double count = static_cast<double>(samples);
  const double mean = static_cast<double>(sum) / count;
  return std::sqrt(std::max(0.0, static_cast<double>(square_sum) / count - mean * mean));
}

LengthModel::Reach LengthModel::Trimmed(double share) const {
  if (share == 0) return {greatest, Deviation()};
  const double most = share * static_cast<double>(samples);
  size_t end = buckets.size();
  uint64_t trimmed = 0;
  while (end > 0 && static_cast<double>(trimmed + buckets[end - 1]) <= most) {
    trimmed += buckets[--end];
  }
  if (trimmed == 0) return {greatest, Deviation()};
  // What is left is known by its buckets.
  LengthModel rest;
  for (size_t i = 0; i < end; ++i) {
    const uint64_t middle = (StartOf(i) + StartOf(i + 1) - 1) / 2;
    rest.samples += buckets[i];
    rest.sum += middle * buckets[i];
    rest.square_sum += middle * middle * buckets[i];
  }
  return {std::min(greatest, kTrimmedReach * (StartOf(end) - 1)), rest.Deviation()};
}

uint64_t LengthModel::AtLeast(uint64_t length) const {
  uint64_t count = 0;
  for (size_t i = BucketOf(length); i < buckets.size(); ++i) count += buckets[i];
  return count;
}

void ParameterModel::Learn(const ValueShape& value) {
  length_.Add(value.size());
  for (size_t i = 0; i < kCharClasses; ++i) classes_[i] += (value.classes() >> i) & 1;
  const uint32_t types = value.TypeBits();
  for (size_t i = 0; i < kValueTypes; ++i) types_[i] += (types >> i) & 1;
  values_.Add(value.text());
  patterns_.Add(value.pattern());
}

bool ParameterModel::IsUsualValue(const ValueShape& value) const {
  return value.whole() && values_.CountOf(value.text()) * kUsualShare > samples();
}

void ParameterModel::Judge(absl::string_view name, const ValueShape& value,
                           const ParameterModel* wider, const Closeness& closeness,
                           std::vector<Deviation>& out) const {
  if (IsUsualValue(value)) return;
  const uint64_t seen = std::max(values_.CountOf(value.text()), values_.Strays());
  const double surprise = Surprise(seen, samples(), closeness.doubt.any);
  const std::string quoted = closeness.secret
                                 ? ""
                                 : absl::StrCat(" `", PrintableEscaped(value.text().substr(0, 32)),
                                                value.size() > 32 ? "…" : "", "`");
  Append(DeviationKind::kValue, closeness.values * surprise, name,
         absl::StrCat(NewOrRare(seen), " value", quoted, ", not one of ", values_.entries().size()),
         out);
  const Context context{
      .name = name,
      .value = value,
      .wider = wider == nullptr ? *this : *wider,
      // What an enumeration of another route looks like says nothing about this one.
      .closeness = surprise > 0 ? closeness.values * closeness.rest : closeness.rest,
      .doubt = closeness.doubt};
  const double classes = JudgeClasses(context, out);
  JudgeType(context, classes, out);
  JudgeLength(context, out);
}

double ParameterModel::JudgeClasses(const Context& context, std::vector<Deviation>& out) const {
  const ParameterModel& wider = context.wider;
  double sum = 0;
  for (size_t i = 0; i < kCharClasses; ++i) {
    if (((context.value.classes() >> i) & 1) == 0) continue;
    double weight = std::min(Surprise(classes_[i], samples(), context.doubt.one),
                             Surprise(wider.classes_[i], wider.samples(), context.doubt.one));
    if (weight < kLeastWeight) continue;
    if (sum > 0) weight /= 2;  // "(" does not come without ")"
    Append(DeviationKind::kClass, weight, context.name,
           absl::StrCat(NewOrRare(std::max(classes_[i], wider.classes_[i])), " class ",
                        CharClassName(i)),
           out);
    sum += weight;
  }
  return sum;
}

// JudgeType: the type that fits best says the most, and one is enough; where there is none, the
// pattern says it. A new character is a new type and pattern, too: only what these say beyond it
// counts.
void ParameterModel::JudgeType(const Context& context, double explained,
                               std::vector<Deviation>& out) const {
  const ParameterModel& wider = context.wider;
  const double doubt = context.doubt.one;
  const uint32_t types = context.value.TypeBits();
  double most = 0;
  size_t type = 0;
  for (size_t i = 0; i < kValueTypes; ++i) {
    if (((types >> i) & 1) != 0) continue;
    const double missing =
        std::min(Surprise(samples() - types_[i], samples(), doubt),
                 Surprise(wider.samples() - wider.types_[i], wider.samples(), doubt));
    if (missing > most) {
      most = missing;
      type = i;
    }
  }
  const absl::string_view look = context.value.pattern();
  const uint64_t seen = std::max(patterns_.CountOf(look), patterns_.Strays());
  const uint64_t seen_wider = std::max(wider.patterns_.CountOf(look), wider.patterns_.Strays());
  const double pattern = std::min(Surprise(seen, samples()), Surprise(seen_wider, wider.samples()));
  const double weight = context.closeness * std::max(most, pattern) - explained;
  if (most >= pattern) {
    Append(DeviationKind::kType, weight, context.name,
           absl::StrCat("no ", ValueTypeName(static_cast<ValueType>(type))), out);
  } else {
    Append(DeviationKind::kPattern, weight, context.name,
           absl::StrCat(NewOrRare(seen), " pattern `", PrintableEscaped(look), "`"), out);
  }
}

void ParameterModel::JudgeLength(const Context& context, std::vector<Deviation>& out) const {
  const LengthModel& others = context.wider.length_;
  const double doubt = context.doubt.one;
  const uint64_t length = std::min(context.value.size(), kLongest);
  const LengthModel::Reach reach = length_.Trimmed(doubt);
  const uint64_t greatest = std::max(reach.greatest, others.Trimmed(doubt).greatest);
  const uint64_t least = std::min(length_.least, others.least);
  if (length >= least && length <= greatest) {
    const double weight = std::min(Surprise(length_.AtLeast(length), samples()),
                                   Surprise(others.AtLeast(length), others.samples));
    // Half, since long values come with rare characters of their own.
    Append(DeviationKind::kLength, context.closeness * weight / 2, context.name,
           absl::StrCat("rare length ", length), out);
    return;
  }
  const bool longer = length > greatest;
  const uint64_t beyond = longer ? length - greatest : least - length;
  const double spread = std::max(1.0, reach.deviation);
  const double weight =
      std::min(kMostForLength, Surprise(0, samples()) * static_cast<double>(beyond) / spread);
  const bool seen = longer && length <= std::max(length_.greatest, others.greatest);
  Append(DeviationKind::kLength, context.closeness * weight, context.name,
         absl::StrCat("length ", length, seen ? ", hardly ever " : ", never ",
                      longer ? "above " : "below ", longer ? greatest : least),
         out);
}

size_t ParameterModel::bytes() const {
  size_t bytes = sizeof(*this);
  for (const FrequentValues* values : {&values_, &patterns_}) {
    bytes += values->entries().capacity() * sizeof(FrequentValues::Entry);
    for (const FrequentValues::Entry& entry : values->entries()) {
      bytes += entry.value.capacity() > 15 ? entry.value.capacity() : 0;
    }
  }
  return bytes;
}

}  // namespace firebreak::inspect
