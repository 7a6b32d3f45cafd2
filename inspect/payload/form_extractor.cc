#include "inspect/payload/form_extractor.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/match.h"

namespace firebreak::inspect {
namespace {

constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  plain.fill(true);
  for (const char sign : {'%', '+', '&', '='}) plain[static_cast<uint8_t>(sign)] = false;
  return plain;
}();

// Letters, digits and marks that mean nothing here: a run of them needs no decoding.
size_t PlainRun(absl::string_view text) {
  size_t size = 0;
  while (size < text.size() && kPlain[static_cast<uint8_t>(text[size])]) ++size;
  return size;
}

}  // namespace

void FormExtractor::Feed(absl::string_view piece) {
  while (!piece.empty()) {
    const size_t run = decoder_.idle() && state_ != State::kBetween ? PlainRun(piece) : 0;
    if (run > 0) {
      PutRun(piece.substr(0, run));
      piece.remove_prefix(run);
      continue;
    }
    const char byte = piece.front();
    piece.remove_prefix(1);
    if (byte == '&') {
      if (state_ == State::kName) EndName();
      if (state_ == State::kValue) EndValue();
      continue;
    }
    if (state_ == State::kBetween) BeginName();
    if (byte == '=' && state_ == State::kName) {
      EndName();
    } else {
      decoder_.Put(byte == '+' ? ' ' : byte, [this](char decoded) { Put(decoded); });
    }
  }
}

void FormExtractor::End() {
  if (state_ == State::kName) EndName();
  if (state_ == State::kValue) EndValue();
}

void FormExtractor::BeginName() {
  report_.Above(Oddity::kParameterCount, limits_.max_parameters, ++count_);
  name_.CutTo(0);
  hash_ = NameHash();
  state_ = State::kName;
  writer_.Begin(place_, "", /*is_name=*/true);
}

void FormExtractor::EndName() {
  decoder_.Finish([this](char decoded) { Put(decoded); });
  report_.Above(Oddity::kParameterNameSize, limits_.max_name_bytes, writer_.size());
  // "tags[]=a&tags[]=b" is how lists are written.
  if (!seen_.Insert(hash_.value()) && !absl::EndsWith(name_.text(), "[]")) {
    report_.Tell(Oddity::kDuplicateParameter);
  }
  writer_.Begin(place_, name_.text());
  state_ = State::kValue;
}

void FormExtractor::EndValue() {
  decoder_.Finish([this](char decoded) { Put(decoded); });
  if (decoder_.bad_escape()) report_.Tell(Oddity::kBadEscape);
  report_.Above(Oddity::kParameterValueSize, limits_.max_value_bytes, writer_.size());
  writer_.End();
  state_ = State::kBetween;
}

void FormExtractor::TellAgain(uint64_t told, const StructureLimits& limits,
                              StructureReport& report) {
  const auto has = [told](Oddity oddity) { return (told >> static_cast<size_t>(oddity) & 1) != 0; };
  const struct {
    Oddity oddity;
    uint64_t limit;
  } measured[] = {{Oddity::kParameterCount, limits.max_parameters},
                  {Oddity::kParameterNameSize, limits.max_name_bytes},
                  {Oddity::kParameterValueSize, limits.max_value_bytes}};
  for (const auto& [oddity, limit] : measured) {
    if (has(oddity)) report.Above(oddity, limit, limit + 1);
  }
  for (const Oddity oddity : {Oddity::kDuplicateParameter, Oddity::kBadEscape}) {
    if (has(oddity)) report.Tell(oddity);
  }
}

void FormExtractor::Put(char byte) { PutRun(absl::string_view(&byte, 1)); }

void FormExtractor::PutRun(absl::string_view run) {
  if (state_ == State::kName) {
    name_.Append(run);
    hash_.Add(run);
  }
  writer_.Write(run);
}

}  // namespace firebreak::inspect
