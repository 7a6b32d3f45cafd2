// Writing JSON, one object or list at a time.
#ifndef FIREBREAK_CLI_JSON_OBJECT_H_
#define FIREBREAK_CLI_JSON_OBJECT_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"

#include "base/escape.h"

namespace firebreak::cli {

inline std::string JsonText(absl::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

inline std::string JsonList(const std::vector<std::string>& values) {
  return absl::StrCat("[", absl::StrJoin(values, ","), "]");
}

inline std::string JsonTexts(const std::vector<std::string>& texts) {
  std::vector<std::string> values;
  values.reserve(texts.size());
  for (const std::string& text : texts) values.push_back(JsonText(text));
  return JsonList(values);
}

// JsonObject gathers the members of one object; values are JSON already.
class JsonObject {
 public:
  JsonObject& Add(absl::string_view name, absl::string_view value) {
    absl::StrAppend(&members_, members_.empty() ? "" : ",", JsonText(name), ":", value);
    return *this;
  }
  JsonObject& AddText(absl::string_view name, absl::string_view text) {
    return Add(name, JsonText(text));
  }
  JsonObject& AddBool(absl::string_view name, bool value) {
    return Add(name, value ? "true" : "false");
  }
  std::string str() const { return absl::StrCat("{", members_, "}"); }

 private:
  std::string members_;
};

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_JSON_OBJECT_H_
