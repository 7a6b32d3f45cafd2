#include "inspect/protocol/prefix.h"

#include "absl/strings/ascii.h"

namespace firebreak::inspect {

Line LineAt(const Prefix& prefix, size_t at) {
  Line line;
  const absl::string_view rest = prefix.From(at);
  for (size_t i = 0; i < rest.size(); ++i) {
    const auto c = static_cast<unsigned char>(rest[i]);
    if (c == '\n') {
      line.fit = Fit::kYes;
      line.text = rest.substr(0, i > 0 && rest[i - 1] == '\r' ? i - 1 : i);
      line.next = at + i + 1;
      return line;
    }
    // CR belongs before LF alone.
    if (c == '\r' && i + 1 < rest.size() && rest[i + 1] != '\n') return line;
    if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f) return line;
  }
  line.text = rest;
  line.next = at + rest.size();
  line.fit = prefix.full() ? Fit::kYes : Fit::kNeedMore;
  return line;
}

absl::string_view TakeWord(absl::string_view* text) {
  const size_t space = std::min(text->find(' '), text->size());
  const absl::string_view word = text->substr(0, space);
  text->remove_prefix(std::min(space + 1, text->size()));
  return word;
}

bool IsPrintable(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

bool IsNumber(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

BerItem BerAt(const Prefix& prefix, size_t at) {
  BerItem item;
  item.fit = Fit::kNeedMore;
  if (!prefix.Has(at + 2)) return item;
  item.tag = prefix.At(at);
  const uint8_t first = prefix.At(at + 1);
  const size_t more = (first & 0x80) != 0 ? first & 0x7fU : 0;
  if ((first & 0x80) != 0 && (more == 0 || more > 4)) {
    item.fit = Fit::kNo;
    return item;
  }
  if (!prefix.Has(at + 2 + more)) return item;
  item.length = more == 0 ? first : 0;
  for (size_t i = 0; i < more; ++i) item.length = item.length << 8 | prefix.At(at + 2 + i);
  item.value = at + 2 + more;
  item.fit = Fit::kYes;
  return item;
}

BerItem BerAt(const Prefix& prefix, size_t at, uint8_t tag, size_t most) {
  BerItem item;
  if (prefix.Has(at + 1) && prefix.At(at) != tag) return item;
  item = BerAt(prefix, at);
  if (item.fit == Fit::kYes && item.length > most) item.fit = Fit::kNo;
  return item;
}

}  // namespace firebreak::inspect
