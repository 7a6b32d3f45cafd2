#include "inspect/attack/lookup.h"

#include <algorithm>

#include "inspect/attack/text.h"

namespace firebreak::inspect {
namespace {

constexpr size_t kMaxDepth = 8;
constexpr absl::string_view kOfSystem[] = {"env",    "sys",    "java", "ctx",          "main",
                                           "docker", "k8s",    "dns",  "spring",       "bundle",
                                           "const",  "script", "url",  "base64decoder"};
constexpr size_t kMaxResolved = 32;  // enough for "jndi:" and a scheme

// Resolver writes what a lookup says once the lookups within it are replaced.
class Resolver {
 public:
  explicit Resolver(absl::string_view text) : text_(text) {}

  // Body reads from after "${" to its "}", and returns where it ends.
  size_t Body(size_t i, size_t depth) {
    const size_t begin = size_;
    for (; i < text_.size() && size_ < kMaxResolved; ++i) {
      if (text_[i] == '}') return depth == 0 ? i + 1 : Close(begin, i + 1);
      if (HasAt(text_, i, "${") || HasAt(text_, i, "$${")) {
        nested_ = true;
        if (depth == kMaxDepth) {
          too_deep_ = true;
          return text_.size();
        }
        i = Body(text_.find('{', i) + 1, depth + 1) - 1;
        continue;
      }
      if (IsBlank(text_[i]) || text_[i] == '\0') continue;
      out_[size_++] = text_[i];
    }
    return i;
  }

  absl::string_view resolved() const { return {out_, size_}; }
  bool nested() const { return nested_; }
  bool too_deep() const { return too_deep_; }

 private:
  // At the end of an inner lookup, what it stands for takes its place: after ":-" the default,
  // after lower: and upper: the rest.
  size_t Close(size_t begin, size_t end) {
    const absl::string_view body(out_ + begin, size_ - begin);
    size_t keep = absl::string_view::npos;
    if (const size_t fallback = body.find(":-"); fallback != absl::string_view::npos) {
      keep = fallback + 2;
    } else if (body.substr(0, 6) == "lower:" || body.substr(0, 6) == "upper:") {
      keep = 6;
    } else if (const size_t last = body.rfind(':'); last != absl::string_view::npos) {
      keep = last + 1;  // ${base64:...}, ${date:'j'} and the like: take the argument
    }
    if (keep == absl::string_view::npos) return end;
    std::copy(body.begin() + static_cast<std::ptrdiff_t>(keep), body.end(), out_ + begin);
    size_ = begin + body.size() - keep;
    size_ = static_cast<size_t>(std::remove(out_ + begin, out_ + size_, '\'') - out_);
    return end;
  }

  absl::string_view text_;
  char out_[kMaxResolved + 1];
  size_t size_ = 0;
  bool nested_ = false;
  bool too_deep_ = false;
};

// ${env:x}, ${sys:x}: what a lookup says of the machine it runs on, or runs.
bool IsOfSystem(absl::string_view body) {
  const size_t colon = body.find(':');
  if (colon == absl::string_view::npos || colon + 1 >= body.size()) return false;
  const absl::string_view name = body.substr(0, colon);
  return std::find(std::begin(kOfSystem), std::end(kOfSystem), name) != std::end(kOfSystem);
}

}  // namespace

void LookAtLookup(const View& view, size_t at, Hits& hits) {
  Resolver resolver(view.text);
  const size_t end = std::min(resolver.Body(at + 2, 0), view.text.size());
  const absl::string_view resolved = resolver.resolved();
  if (resolved.substr(0, 5) == "jndi:") hits.Add(Rule::kLookupJndi, at, end);
  if (hits.Has(Rule::kLookupNested)) return;
  // A lookup in a lookup that yields a letter or a few has no use but to hide them.
  const bool hides = resolver.nested() && resolved.find("jn") != absl::string_view::npos;
  const bool scheme = resolver.nested() && (resolved.find("ldap") != absl::string_view::npos ||
                                            resolved.find("rmi:") != absl::string_view::npos ||
                                            resolved.find("dns:") != absl::string_view::npos);
  // ${lower:x}, ${::-x}, ${a:b:-c}: they stand for their own text and serve nothing else.
  const absl::string_view start = view.text.substr(at + 2, 6);
  const absl::string_view body = view.text.substr(at + 2, end - at - 2);
  const size_t fallback = body.find(":-");
  const bool own_text = start == "lower:" || start == "upper:" ||
                        (fallback != absl::string_view::npos &&
                         body.substr(0, fallback).find(':') != absl::string_view::npos) ||
                        body.substr(0, 3) == "::-";
  if (IsOfSystem(body)) hits.Add(Rule::kTemplateExpression, at, end);
  if (hides || scheme || own_text || resolver.too_deep()) hits.Add(Rule::kLookupNested, at, end);
}

}  // namespace firebreak::inspect
