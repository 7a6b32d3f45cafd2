// For tests: lines of a flow log.
#ifndef FIREBREAK_CLI_TESTING_FLOWS_H_
#define FIREBREAK_CLI_TESTING_FLOWS_H_

#include <string>

#include "absl/strings/str_cat.h"

namespace firebreak::cli {

// Numbered is a line, with its line feed, that is told from others by its source's port.
inline std::string Numbered(int number) {
  return absl::StrCat(R"({"time":"2027-01-15T09:00:00Z","event":"CLOSE","verdict":"FORWARDED",)",
                      R"("source":{"ip":"10.0.0.1","port":)", number, "}}\n");
}

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_TESTING_FLOWS_H_
