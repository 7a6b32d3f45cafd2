// Policies as random tests write them: fields and values by name, and the YAML of it.
#ifndef FIREBREAK_POLICY_WRITTEN_POLICY_H_
#define FIREBREAK_POLICY_WRITTEN_POLICY_H_

#include <map>
#include <string>
#include <vector>

namespace firebreak::policy {

// WrittenBlock is a source, operation or destination: field name to values.
using WrittenBlock = std::map<std::string, std::vector<std::string>>;

struct WrittenTarget {
  WrittenBlock operation;
  WrittenBlock grpc;  // within operation
  WrittenBlock destination;
};

// WrittenCondition is one entry of when: values and notValues.
struct WrittenCondition {
  std::string key;
  WrittenBlock values;
};

// WrittenWindow is one entry of weekly, all fields written.
struct WrittenWindow {
  std::vector<std::string> days;
  std::string from;
  std::string to;
  std::string zone;
};

struct WrittenRule {
  std::vector<WrittenBlock> from;
  std::vector<WrittenTarget> to;
  std::vector<WrittenCondition> when;
  std::string not_before = {};  // RFC 3339; "": none
  std::string not_after = {};
  std::vector<WrittenWindow> weekly = {};
};

// WrittenPolicy is a policy of namespace shop for TestWorkload.
struct WrittenPolicy {
  std::string name;
  bool outbound = false;
  bool deny = false;
  bool audit = false;
  int percent = 100;  // of enforce; never less with audit
  std::vector<WrittenRule> rules;

  // ToYaml writes the document, "---" first.
  std::string ToYaml() const;
};

// WrittenGroups are the groups that policies may name, by name; GroupsToYaml their documents.
const std::map<std::string, std::vector<std::string>>& WrittenGroups();
std::string GroupsToYaml();

// WrittenField is the name of a field without its "not".
struct WrittenField {
  std::string name;
  bool negated;

  static WrittenField Of(const std::string& written);
};

// Contradicts: nothing has the protocols of target and what else rule asks for.
bool Contradicts(const WrittenRule& rule, const WrittenTarget& target);

}  // namespace firebreak::policy

#endif  // FIREBREAK_POLICY_WRITTEN_POLICY_H_
