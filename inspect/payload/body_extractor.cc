#include "inspect/payload/body_extractor.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

#include "inspect/payload/sniff.h"

namespace firebreak::inspect {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";

// What a body is that is said to be `declared` and begins like `guess`.
BodyKind Reconcile(BodyKind declared, Guess guess) {
  switch (guess) {
    case Guess::kJson:
      return declared == BodyKind::kJsonLines ? declared : BodyKind::kJson;
    case Guess::kXml:
      return BodyKind::kXml;
    case Guess::kForm:
      return BodyKind::kForm;
    case Guess::kMore:
    case Guess::kNothing:
      return declared;
  }
  return declared;
}

// JSON is how most clients send GraphQL.
bool Differs(BodyKind declared, BodyKind kind) {
  return declared != BodyKind::kUnknown && kind != declared &&
         !(declared == BodyKind::kGraphql && kind == BodyKind::kJson);
}

}  // namespace

BodyExtractor::BodyExtractor(const StructureLimits& limits, FieldSink& fields,
                             StructureReport& report)
    : limits_(limits), fields_(fields), report_(report) {}

void BodyExtractor::Feed(absl::string_view piece) {
  if (piece.empty()) return;
  size_ += piece.size();
  report_.Above(Oddity::kBodySize, limits_.max_body_bytes, size_);
  while (std::holds_alternative<std::monostate>(extractor_)) {
    if (piece.empty()) return;
    // What was decided once stays so whatever follows, so the pieces make no difference.
    const size_t taken = std::min(piece.size(), held_.size() - held_size_);
    std::copy_n(piece.begin(), taken, held_.begin() + static_cast<ptrdiff_t>(held_size_));
    held_size_ += taken;
    piece.remove_prefix(taken);
    const auto kind = Decide(/*at_end=*/held_size_ == held_.size());
    if (kind.has_value()) Choose(*kind);
  }
  Pass(piece);
}

std::optional<BodyKind> BodyExtractor::Decide(bool at_end) {
  const BodyKind declared = type_.kind;
  if (declared == BodyKind::kMultipart || declared == BodyKind::kGrpc) return declared;
  absl::string_view text(held_.data(), held_size_);
  if (!at_end && (absl::StartsWith(kByteOrderMark, text) || MayBeWide(text))) return std::nullopt;
  if (IsWideText(text)) {
    report_.Tell(Oddity::kTextEncoding);
    return BodyKind::kUnknown;
  }
  absl::ConsumePrefix(&text, kByteOrderMark);
  const Guess guess = GuessKind(text);
  if (guess == Guess::kMore && !at_end) return std::nullopt;
  BodyKind kind = Reconcile(declared, guess);
  // A reading of XML passes over what is between elements.
  if (kind != declared && (declared == BodyKind::kForm || kind == BodyKind::kXml)) also_ = declared;
  // Any text may be read as protobuf, most of it as numbers.
  if (declared == BodyKind::kProtobuf) {
    also_ = Reconcile(BodyKind::kUnknown, guess);
    kind = declared;
  }
  if (Differs(declared, kind)) report_.Tell(Oddity::kContentType);
  return kind;
}

void BodyExtractor::Choose(BodyKind kind) {
  absl::string_view held(held_.data(), held_size_);
  const bool marked = kind != BodyKind::kUnknown && kind != BodyKind::kMultipart &&
                      kind != BodyKind::kGrpc && kind != BodyKind::kProtobuf &&
                      absl::ConsumePrefix(&held, kByteOrderMark);
  if (marked) report_.Tell(Oddity::kByteOrderMark);
  if (type_.odd_charset) report_.Tell(Oddity::kCharset);
  Start(kind, fields_, report_, extractor_);
  FieldSink* const beside = also_.has_value() ? fields_.Beside() : nullptr;
  if (beside != nullptr) {
    second_ = std::make_unique<Second>();
    Start(*also_, *beside, second_->report, second_->extractor);
  }
  Pass(held);
}

void BodyExtractor::Start(BodyKind kind, FieldSink& fields, StructureReport& report,
                          Extractor& extractor) const {
  switch (kind) {
    case BodyKind::kUnknown:
      extractor.emplace<BytesExtractor>(fields);
      break;
    case BodyKind::kForm:
      extractor.emplace<FormExtractor>(Place::kForm, limits_, fields, report);
      break;
    case BodyKind::kMultipart:
      if (type_.odd_boundary) report.Tell(Oddity::kMultipartBoundary);
      extractor.emplace<MultipartExtractor>(type_.boundary, limits_, fields, report);
      break;
    case BodyKind::kJson:
    case BodyKind::kJsonLines:
      extractor.emplace<JsonExtractor>(
          JsonExtractor::Options{.lines = kind == BodyKind::kJsonLines, .graphql = graphql_},
          limits_, fields, report);
      break;
    case BodyKind::kXml:
      extractor.emplace<XmlExtractor>(limits_, fields, report);
      break;
    case BodyKind::kGraphql:
      extractor.emplace<GraphqlExtractor>(limits_, fields, report);
      break;
    case BodyKind::kGrpc:
    case BodyKind::kProtobuf:
      extractor.emplace<GrpcExtractor>(kind == BodyKind::kGrpc, limits_, fields, report);
      break;
  }
}

void BodyExtractor::Pass(absl::string_view piece) {
  if (piece.empty()) return;
  const auto feed = [piece](auto& extractor) {
    if constexpr (!std::is_same_v<std::decay_t<decltype(extractor)>, std::monostate>) {
      extractor.Feed(piece);
    }
  };
  std::visit(feed, extractor_);
  if (second_ != nullptr) std::visit(feed, second_->extractor);
}

void BodyExtractor::End() {
  if (std::holds_alternative<std::monostate>(extractor_) && held_size_ > 0) {
    Choose(Decide(/*at_end=*/true).value_or(BodyKind::kUnknown));
  }
  const auto end = [](auto& extractor) {
    if constexpr (!std::is_same_v<std::decay_t<decltype(extractor)>, std::monostate>) {
      extractor.End();
    }
  };
  std::visit(end, extractor_);
  if (second_ != nullptr) std::visit(end, second_->extractor);
}

}  // namespace firebreak::inspect
