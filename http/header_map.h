// HeaderMap holds the field lines of one message in the order in which they came.
#ifndef FIREBREAK_HTTP_HEADER_MAP_H_
#define FIREBREAK_HTTP_HEADER_MAP_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "base/recycler.h"

namespace firebreak::http {

// Names are lower case (RFC 9113 section 8.2); whoever adds one has checked it, see field.h. All
// text lies in one string, so that a map costs two allocations, and none once its capacity is
// there. Text that it returns is good until the next Add, Set or Clear: removing lines moves none.
// The text of one map stays below 4 GiB, as limits on header bytes see to.
class HeaderMap {
 public:
  struct Field {
    absl::string_view name;
    absl::string_view value;
  };

  // The arguments of Add and Set may be text of this very map.
  void Add(absl::string_view name, absl::string_view value);
  // Set leaves exactly one line of that name, the last in the map.
  void Set(absl::string_view name, absl::string_view value);
  // Remove returns how many lines it took away.
  size_t Remove(absl::string_view name);
  template <typename Predicate>  // bool(const Field&)
  size_t RemoveIf(Predicate predicate) {
    size_t kept = 0;
    const size_t before = lines_.size();
    for (size_t i = 0; i < before; ++i) {
      if (predicate((*this)[i])) continue;
      lines_[kept++] = lines_[i];
    }
    lines_.resize(kept);
    return before - kept;
  }

  // Get is the value of the only line of that name; nullopt when there is none or more than one, so
  // that nobody decides by the first of several (CVE-2020-25017).
  std::optional<absl::string_view> Get(absl::string_view name) const;
  bool Has(absl::string_view name) const { return Find(name, 0) < lines_.size(); }
  size_t Count(absl::string_view name) const;

  // Lines by number, 0 the first.
  Field operator[](size_t i) const {
    const Line& line = lines_[i];
    const char* const text = text_.data() + line.begin;
    return {.name = {text, line.name_bytes}, .value = {text + line.name_bytes, line.value_bytes}};
  }
  size_t size() const { return lines_.size(); }
  bool empty() const { return lines_.empty(); }
  // Bytes of all names and values ever added, and 32 a line as HTTP/2 counts (RFC 9113 section
  // 6.5.2): what a peer has sent, whatever was removed since.
  size_t bytes() const { return text_.size() + 32 * added_; }
  void Clear();

 private:
  struct Line {
    uint32_t begin;
    uint32_t name_bytes;
    uint32_t value_bytes;
  };

  // The first line of that name from line `from` on; size() when there is none.
  size_t Find(absl::string_view name, size_t from) const;

  using Text = std::basic_string<char, std::char_traits<char>, RecyclingAllocator<char>>;

  Text text_;
  std::vector<Line, RecyclingAllocator<Line>> lines_;
  size_t added_ = 0;
};

}  // namespace firebreak::http

#endif  // FIREBREAK_HTTP_HEADER_MAP_H_
