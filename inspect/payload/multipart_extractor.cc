#include "inspect/payload/multipart_extractor.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "inspect/payload/parameters.h"

namespace firebreak::inspect {
namespace {

// RFC 5987 marks a parameter that names its character set with a star.
bool TakeStar(std::string& name) {
  if (!absl::EndsWith(name, "*")) return false;
  name.pop_back();
  return true;
}

}  // namespace

MultipartExtractor::MultipartExtractor(absl::string_view boundary, const StructureLimits& limits,
                                       FieldSink& sink, StructureReport& report)
    : limits_(limits),
      writer_(sink),
      report_(report),
      delimiter_(boundary.empty() ? "" : absl::StrCat("\n--", boundary)) {}

void MultipartExtractor::Feed(absl::string_view piece) {
  while (!piece.empty()) {
    if (state_ == State::kContent) {
      Content(piece);
      continue;
    }
    const char c = piece.front();
    piece.remove_prefix(1);
    switch (state_) {
      case State::kDelimiter:
        Delimiter(c);
        break;
      case State::kHeader:
      case State::kLongHeader:
        Header(c);
        break;
      case State::kEpilogue:
        // The line feed behind the last delimiter is usual.
        if (!writer_.open() && (c == '\r' || c == '\n')) break;
        if (!writer_.open()) {
          report_.Tell(Oddity::kMultipartSyntax);
          writer_.Begin(Place::kBytes, "");
        }
        writer_.Put(c);
        break;
      case State::kContent:
        break;
    }
  }
}

void MultipartExtractor::Content(absl::string_view& text) {
  if (delimiter_.empty()) {
    if (!writer_.open()) writer_.Begin(Place::kBytes, "");
    writer_.Write(text);
    text = {};
    return;
  }
  if (matched_ == 0 && !return_held_) {
    const size_t run = std::min(text.find_first_of("\r\n"), text.size());
    if (run > 0) {
      PutContent(text.front());
      writer_.Write(text.substr(1, run - 1));
      text.remove_prefix(run);
      return;
    }
  }
  ContentByte(text.front());
  text.remove_prefix(1);
}

// No byte of a boundary is a "\r" or "\n", so that a delimiter can only begin anew where it failed.
void MultipartExtractor::ContentByte(char c) {
  if (matched_ > 0 && c == delimiter_[matched_]) {
    if (++matched_ == delimiter_.size()) {
      state_ = State::kDelimiter;
      dashes_ = 0;
      padding_ = 0;
      delimiter_return_ = false;
    }
    return;
  }
  if (matched_ > 0 || (return_held_ && c != '\n')) GiveBack();
  if (c == '\r') {
    return_held_ = true;
  } else if (c == '\n') {
    matched_ = 1;
  } else {
    PutContent(c);
  }
}

// GiveBack: what was held back in case it is a delimiter is content.
void MultipartExtractor::GiveBack() {
  if (return_held_) PutContent('\r');
  for (size_t i = virtual_line_ ? 1 : 0; i < matched_; ++i) PutContent(delimiter_[i]);
  return_held_ = virtual_line_ = false;
  matched_ = 0;
}

void MultipartExtractor::PutContent(char c) {
  if (!writer_.open()) {
    // The preamble. After a delimiter BeginContent has opened the field.
    report_.Tell(Oddity::kMultipartSyntax);
    writer_.Begin(Place::kBytes, "");
  }
  writer_.Put(c);
}

void MultipartExtractor::Delimiter(char c) {
  if (dashes_ < 2 && c == '-' && padding_ == 0 && !delimiter_return_) {
    if (++dashes_ < 2) return;
    if (!return_held_ && !virtual_line_) report_.Tell(Oddity::kMultipartSyntax);
    if (!in_part_) report_.Tell(Oddity::kMultipartSyntax);  // no part at all
    writer_.End();
    state_ = State::kEpilogue;
    return;
  }
  if (dashes_ == 0 && c == '\n') {
    if (!delimiter_return_ || (!return_held_ && !virtual_line_)) {
      report_.Tell(Oddity::kMultipartSyntax);  // bare line feeds
    }
    BeginPart();
    return;
  }
  if (dashes_ == 0 && !delimiter_return_ && (c == '\r' || c == ' ' || c == '\t')) {
    delimiter_return_ = c == '\r';
    padding_ += delimiter_return_ ? 0 : 1;
    return;
  }
  // A longer line that begins like a delimiter: for some servers it is one.
  report_.Tell(Oddity::kMultipartBoundary);
  const bool dash = dashes_ == 1;
  const bool carriage_return = delimiter_return_;
  state_ = State::kContent;
  GiveBack();
  if (dash) PutContent('-');
  for (; padding_ > 0; --padding_) PutContent(' ');
  if (carriage_return) return_held_ = true;
  ContentByte(c);
}

void MultipartExtractor::BeginPart() {
  report_.Above(Oddity::kPartCount, limits_.max_parts, ++parts_);
  writer_.End();
  state_ = State::kHeader;
  in_part_ = true;
  matched_ = 0;
  return_held_ = virtual_line_ = named_ = false;
  line_size_ = header_bytes_ = 0;
  name_.CutTo(0);
}

void MultipartExtractor::Header(char c) {
  report_.Above(Oddity::kPartHeaderSize, limits_.max_part_header_bytes, ++header_bytes_);
  if (c != '\n') {
    if (state_ == State::kLongHeader) {
      writer_.Put(c);
    } else if (line_size_ < line_.size()) {
      line_[line_size_++] = c;
    } else {
      report_.Tell(Oddity::kPartHeaderSize);
      writer_.Begin(Place::kMultipart, ".header");
      writer_.Write({line_.data(), line_size_});
      writer_.Put(c);
      state_ = State::kLongHeader;
    }
    return;
  }
  if (state_ == State::kLongHeader) {
    writer_.End();
    state_ = State::kHeader;
    line_size_ = 0;
    return;
  }
  absl::string_view line(line_.data(), line_size_);
  line_size_ = 0;
  if (!absl::ConsumeSuffix(&line, "\r")) report_.Tell(Oddity::kMultipartSyntax);
  if (line.empty()) {
    BeginContent();
  } else {
    HeaderLine(line);
  }
}

void MultipartExtractor::HeaderLine(absl::string_view line) {
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos || line.front() == ' ' || line.front() == '\t') {
    report_.Tell(Oddity::kMultipartSyntax);  // no header, or one that goes on: nobody writes those
    writer_.Whole(Place::kMultipart, absl::StrCat(name_.text(), ".header"), line);
    return;
  }
  const std::string header =
      absl::AsciiStrToLower(absl::StripAsciiWhitespace(line.substr(0, colon)));
  const absl::string_view value = absl::StripAsciiWhitespace(line.substr(colon + 1));
  if (header == "content-disposition") {
    if (named_) report_.Tell(Oddity::kDuplicatePartField);
    ReadDisposition(value);
    return;
  }
  if (header == "content-transfer-encoding") {
    report_.Tell(Oddity::kPartEncoding);
    const std::string coding = absl::AsciiStrToLower(value);
    if (coding != "7bit" && coding != "8bit" && coding != "binary") {
      report_.Tell(Oddity::kPartCoded);
    }
  }
  writer_.Whole(Place::kMultipart, absl::StrCat(name_.text(), ".", header), value);
}

void MultipartExtractor::ReadDisposition(absl::string_view value) {
  const auto [type, parameters] = SplitHeaderValue(value);
  if (type != "form-data" && type != "attachment" && type != "file") {
    report_.Tell(Oddity::kMultipartSyntax);
    writer_.Whole(Place::kMultipart, ".content-disposition", type);
  }
  HeaderParameters walk(parameters);
  HeaderParameter parameter;
  bool has_name = false;
  bool has_file = false;
  while (walk.Next(parameter)) {
    const bool extended = TakeStar(parameter.name);
    if (extended) report_.Tell(Oddity::kExtendedName);
    if (!parameter.quoted || parameter.broken) report_.Tell(Oddity::kUnquotedName);
    if (parameter.name == "name") {
      if (has_name) report_.Tell(Oddity::kDuplicatePartField);
      has_name = true;
      name_.CutTo(0);
      name_.Append(parameter.value);
      writer_.Whole(Place::kMultipart, "", parameter.value, /*is_name=*/true);
      continue;
    }
    if (parameter.name == "filename") {
      if (has_file) report_.Tell(Oddity::kDuplicatePartField);
      has_file = true;
    }
    writer_.Whole(Place::kMultipart, absl::StrCat(name_.text(), ".", parameter.name),
                  parameter.value);
  }
  named_ = has_name;
  NameHash hash;
  hash.Add(name_.text());
  // Several files under one name are usual.
  if (has_name && !seen_.Insert(hash.value()) && !has_file && !absl::EndsWith(name_.text(), "[]")) {
    report_.Tell(Oddity::kDuplicatePart);
  }
}

void MultipartExtractor::BeginContent() {
  if (!named_) report_.Tell(Oddity::kMultipartSyntax);
  writer_.Begin(Place::kMultipart, name_.text());
  state_ = State::kContent;
  // The empty line before may be the one that the delimiter of an empty part begins with.
  matched_ = 1;
  virtual_line_ = true;
}

void MultipartExtractor::End() {
  if (state_ == State::kContent && !delimiter_.empty()) {
    if (matched_ > (virtual_line_ ? 1 : 0) || return_held_) GiveBack();
  }
  if (state_ == State::kHeader && line_size_ > 0) {
    writer_.Whole(Place::kMultipart, ".header", {line_.data(), line_size_});
  }
  writer_.End();
  if (state_ != State::kEpilogue) report_.Tell(Oddity::kMultipartTruncated);
}

}  // namespace firebreak::inspect
