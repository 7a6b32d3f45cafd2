// What the commands that ask a policy have in common: the files they read, and the question.
#ifndef FIREBREAK_CLI_POLICY_QUESTION_H_
#define FIREBREAK_CLI_POLICY_QUESTION_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "cli/command.h"
#include "policy/workbench/book.h"
#include "policy/workbench/inventory.h"
#include "policy/workbench/question.h"

namespace firebreak::config {
class Diagnostics;
}  // namespace firebreak::config

namespace firebreak::config::v1 {
class Question;
}  // namespace firebreak::config::v1

namespace firebreak::cli {

// AskedBook is the policies that are asked, and the workloads that questions name.
struct AskedBook {
  policy::PolicyBook book;
  policy::Inventory inventory;  // of the file, else inferred
  bool inferred = false;
};

// OpenBook reads both; workloads "" infers them. nullopt: told of on err, with exit_code set.
std::optional<AskedBook> OpenBook(const std::vector<std::string>& paths,
                                  const std::string& workloads, CommandContext& context);

// PathsOrDefault is paths, or the folder policy where none was given. Empty: there is no such
// folder; told of on err, with exit_code set.
std::vector<std::string> PathsOrDefault(const std::vector<std::string>& paths,
                                        CommandContext& context);

// QuestionFlags are a question as it is typed. Empty is not given.
struct QuestionFlags {
  std::string file;
  std::string from;
  std::string from_ip;
  std::string from_namespace;
  std::vector<std::string> from_labels;
  std::string to;
  std::string to_ip;
  std::string to_namespace;
  std::vector<std::string> to_labels;
  std::string direction;
  int port = 0;
  std::string protocol;
  std::string sni;
  std::string method;
  std::string path;
  std::string host;
  std::string grpc;
  std::vector<std::string> headers;
  std::string at;

  // AnyButHeaders: something is said beside headers.
  bool AnyButHeaders() const {
    return port != 0 ||
           !(file + from + from_ip + from_namespace + to + to_ip + to_namespace).empty() ||
           !(direction + protocol + sni + method + path + host + grpc + at).empty() ||
           !from_labels.empty() || !to_labels.empty();
  }
  // AnyRequest: something is said about a request.
  bool AnyRequest() const {
    return !method.empty() || !path.empty() || !host.empty() || !grpc.empty() || !headers.empty();
  }
};

// AddEndFlags adds --from, --to and their like; AddRequestFlags adds --port, --method, --path and
// their like.
void AddEndFlags(CLI::App& command, QuestionFlags& flags);
void AddRequestFlags(CLI::App& command, QuestionFlags& flags);
void AddWorkloadsFlag(CLI::App& command, std::string& workloads);

// HeadersOf takes --header apart. InvalidArgument: one is no "name: value".
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> HeadersOf(
    const QuestionFlags& flags);

// Write puts the flags into the message that files are read into. False: told of in *diagnostics.
bool Write(const QuestionFlags& flags, const policy::Inventory& inventory,
           config::v1::Question* question, config::Diagnostics* diagnostics);

// TakeQuestion reads flags.file or the flags. nullopt: told of on err, with exit_code set.
std::optional<policy::PolicyQuestion> TakeQuestion(const QuestionFlags& flags,
                                                   const policy::Inventory& inventory,
                                                   CommandContext& context);

}  // namespace firebreak::cli

#endif  // FIREBREAK_CLI_POLICY_QUESTION_H_
