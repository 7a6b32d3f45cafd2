// Questions as they are typed.
#ifndef FIREBREAK_CLI_QUESTION_AS_FLAGS_H_
#define FIREBREAK_CLI_QUESTION_AS_FLAGS_H_

#include <optional>
#include <string>

#include "policy/workbench/question.h"

namespace firebreak::cli {

// AsFlags is a question in the flags of AddEndFlags and AddRequestFlags, quoted for a shell;
// nullopt where they cannot say it and a file is needed. with_time: the answer depends on when.
std::optional<std::string> AsFlags(const policy::PolicyQuestion& question, bool with_time);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_QUESTION_AS_FLAGS_H_
