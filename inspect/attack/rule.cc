#include "inspect/attack/rule.h"

#include <array>

namespace firebreak::inspect {
namespace {

constexpr std::array<RuleInfo, kRuleCount> kRules = {{
    {"FBI-SQL-001", Category::kSql, kCritical, 1,
     "A UNION adds the rows of a query of the sender's to the answer."},
    {"FBI-SQL-002", Category::kSql, kCritical, 1,
     "The value ends and a condition is added that is always true, always false, or a test."},
    {"FBI-SQL-003", Category::kSql, kCritical, 1, "A value holds a query within a statement."},
    {"FBI-SQL-004", Category::kSql, kCritical, 1,
     "The value ends the statement and another one follows."},
    {"FBI-SQL-005", Category::kSql, kCritical, 1,
     "A function or statement that makes the database wait, to learn by the time an answer takes."},
    {"FBI-SQL-006", Category::kSql, kCritical, 1,
     "The value ends and a clause of the statement follows (WHERE, ORDER BY, HAVING, INTO "
     "OUTFILE)."},
    {"FBI-SQL-007", Category::kSql, kCritical, 1,
     "The value ends and a comment cuts off the rest of the statement."},
    {"FBI-SQL-008", Category::kSql, kError, 1,
     "The name of a table or function that belongs to the database itself."},
    {"FBI-SQL-009", Category::kSql, kCritical, 1,
     "The value ends and a function of the database is called."},
    {"FBI-SQL-010", Category::kSql, kCritical, 2,
     "The value ends and an operator joins it with what follows."},
    {"FBI-SQL-011", Category::kSql, kCritical, 1, "The value is a statement of SQL."},
    {"FBI-XSS-001", Category::kScript, kCritical, 1, "A script element."},
    {"FBI-XSS-002", Category::kScript, kCritical, 1,
     "An element with an event handler, which runs script."},
    {"FBI-XSS-003", Category::kScript, kCritical, 1,
     "A URL that is script (javascript:, vbscript:, data: with a document)."},
    {"FBI-XSS-004", Category::kScript, kCritical, 1,
     "An element that loads or runs what the sender chooses (iframe, object, embed, base, meta)."},
    {"FBI-XSS-005", Category::kScript, kCritical, 1,
     "An event handler for the element in whose attribute the value is printed."},
    {"FBI-XSS-006", Category::kScript, kError, 1,
     "A call of a function with which script shows that it runs, or reads what is secret."},
    {"FBI-XSS-007", Category::kScript, kCritical, 1,
     "The value leaves the string of a script and goes on as script."},
    {"FBI-XSS-008", Category::kScript, kCritical, 1,
     "A style that runs script or loads a document."},
    {"FBI-XSS-009", Category::kScript, kNotice, 2, "Markup."},
    {"FBI-LFI-001", Category::kPath, kCritical, 1,
     "A path climbs out of its folder into one of the system's."},
    {"FBI-LFI-002", Category::kPath, kCritical, 1,
     "The name of a file that holds secrets or shows that any file can be read."},
    {"FBI-LFI-003", Category::kPath, kCritical, 1,
     "A path climbs, and hides it by the spelling of its dots or slashes."},
    {"FBI-LFI-004", Category::kPath, kCritical, 1,
     "A stream wrapper that reads or runs what the sender chooses (php:, expect:, phar:, data:)."},
    {"FBI-LFI-005", Category::kPath, kWarning, 1,
     "A NUL, which ends a string for some and not for others."},
    {"FBI-LFI-006", Category::kPath, kCritical, 1, "A path climbs more than three folders."},
    {"FBI-LFI-007", Category::kPath, kWarning, 2, "A path climbs."},
    {"FBI-CMD-001", Category::kCommand, kCritical, 1,
     "A separator of shell commands and a command after it."},
    {"FBI-CMD-002", Category::kCommand, kCritical, 1,
     "A command whose output a shell puts in place."},
    {"FBI-CMD-003", Category::kCommand, kCritical, 1,
     "What only a shell reads: a shell with a command, a device of the network, ${IFS}."},
    {"FBI-CMD-004", Category::kCommand, kCritical, 1, "The path of a program of the system."},
    {"FBI-CMD-005", Category::kCommand, kCritical, 1,
     "A command that hides behind quotes, escapes or wildcards."},
    {"FBI-CMD-006", Category::kCommand, kCritical, 1,
     "A function definition for a shell's environment, with a command behind it (Shellshock)."},
    {"FBI-CMD-007", Category::kCommand, kCritical, 1, "The value is a shell command."},
    {"FBI-CMD-008", Category::kCommand, kCritical, 2,
     "A command between backticks within a text, as Markdown has it."},
    {"FBI-RCE-001", Category::kCode, kCritical, 1,
     "Code of PHP, ASP or JSP, or a server-side include."},
    {"FBI-RCE-002", Category::kCode, kCritical, 1,
     "A call of a function that runs commands or code."},
    {"FBI-RCE-003", Category::kCode, kCritical, 1,
     "A class or module through which code reaches the operating system."},
    {"FBI-RCE-004", Category::kCode, kWarning, 2, "A script on another machine, to be included."},
    {"FBI-TPL-001", Category::kTemplate, kCritical, 1, "An expression for a template engine."},
    {"FBI-TPL-002", Category::kTemplate, kCritical, 1,
     "A template or expression reaches for the classes of its runtime."},
    {"FBI-TPL-003", Category::kTemplate, kCritical, 1, "A statement for a template engine."},
    {"FBI-LDAP-001", Category::kDirectory, kCritical, 1,
     "The value ends a condition of an LDAP filter and begins another."},
    {"FBI-XPATH-001", Category::kXpath, kCritical, 1, "An expression that walks an XML document."},
    {"FBI-NOSQL-001", Category::kNosql, kCritical, 1,
     "An operator of a document database where a value belongs."},
    {"FBI-NOSQL-002", Category::kNosql, kCritical, 1, "Script for a document database."},
    {"FBI-SSRF-001", Category::kTarget, kCritical, 1,
     "The address at which clouds hand out credentials."},
    {"FBI-SSRF-002", Category::kTarget, kCritical, 1,
     "A URL whose address is spelled so that filters do not know it."},
    {"FBI-SSRF-003", Category::kTarget, kCritical, 1,
     "A URL of a scheme with which a server can be made to speak to others (gopher, dict, file)."},
    {"FBI-SSRF-004", Category::kTarget, kWarning, 2, "A URL of this very machine."},
    {"FBI-SSRF-005", Category::kTarget, kCritical, 1,
     "A URL of this machine or network, at the port of a service that is not for browsers."},
    {"FBI-OBJ-001", Category::kObject, kCritical, 1, "A serialised Java object."},
    {"FBI-OBJ-002", Category::kObject, kCritical, 1, "A serialised PHP object."},
    {"FBI-OBJ-003", Category::kObject, kCritical, 1, "A Python pickle."},
    {"FBI-OBJ-004", Category::kObject, kCritical, 1, "A serialised .NET object."},
    {"FBI-OBJ-005", Category::kObject, kCritical, 1, "A serialised Ruby object."},
    {"FBI-OBJ-006", Category::kObject, kCritical, 1,
     "JSON or YAML that names a class to make an object of."},
    {"FBI-JNDI-001", Category::kLookup, kCritical, 1,
     "A lookup that makes a logger load from another machine (Log4Shell)."},
    {"FBI-JNDI-002", Category::kLookup, kCritical, 1,
     "A lookup in a lookup, which hides its name."},
    {"FBI-XXE-001", Category::kXml, kCritical, 1,
     "An XML document type that defines or loads entities."},
    {"FBI-XXE-002", Category::kXml, kCritical, 1, "An XML inclusion."},
    {"FBI-HDR-001", Category::kHeader, kCritical, 1,
     "A line end and a header: the value would split the response it is printed in."},
    {"FBI-HDR-002", Category::kHeader, kWarning, 3, "A line end where none belongs."},
}};
static_assert(kRules.back().id == "FBI-HDR-002", "a rule has no row");

}  // namespace

absl::string_view CategoryName(Category category) {
  switch (category) {
    case Category::kSql:
      return "sql";
    case Category::kScript:
      return "script";
    case Category::kPath:
      return "path";
    case Category::kCommand:
      return "command";
    case Category::kCode:
      return "code";
    case Category::kTemplate:
      return "template";
    case Category::kDirectory:
      return "ldap";
    case Category::kXpath:
      return "xpath";
    case Category::kNosql:
      return "nosql";
    case Category::kTarget:
      return "ssrf";
    case Category::kObject:
      return "object";
    case Category::kLookup:
      return "lookup";
    case Category::kXml:
      return "xml";
    case Category::kHeader:
      return "header";
    case Category::kStructure:
      return "structure";
    case Category::kEncoding:
      return "encoding";
    case Category::kDisclosure:
      return "disclosure";
    case Category::kSecret:
      return "secret";
    case Category::kProtocol:
      return "protocol";
    case Category::kBaseline:
      return "baseline";
    case Category::kPack:
      return "pack";
  }
  return "";
}

const RuleInfo& InfoOf(Rule rule) { return kRules[static_cast<size_t>(rule)]; }

}  // namespace firebreak::inspect
