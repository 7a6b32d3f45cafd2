// Files that nobody asks for but whoever reads what is not for him: by folder and name, by name,
// hidden.
#ifndef FIREBREAK_INSPECT_ATTACK_SECRET_FILES_H_
#define FIREBREAK_INSPECT_ATTACK_SECRET_FILES_H_

#include <array>

#include "absl/strings/string_view.h"

#include "inspect/attack/word_table.h"

namespace firebreak::inspect {

// Folder and what in it nobody else asks for. An empty name: anything.
struct SecretFile {
  absl::string_view folder;
  absl::string_view name;
};
inline constexpr std::array<SecretFile, 62> kSecretFiles = {{
    {"etc", "passwd"},
    {"etc", "shadow"},
    {"etc", "group"},
    {"etc", "hosts"},
    {"etc", "issue"},
    {"etc", "motd"},
    {"etc", "fstab"},
    {"etc", "sudoers"},
    {"etc", "crontab"},
    {"etc", "hostname"},
    {"etc", "profile"},
    {"etc", "ssh"},
    {"etc", "ssl"},
    {"etc", "apache2"},
    {"etc", "httpd"},
    {"etc", "nginx"},
    {"etc", "mysql"},
    {"etc", "php"},
    {"etc", "my"},
    {"etc", "inetd"},
    {"etc", "resolv"},
    {"etc", "os-release"},
    {"etc", "master"},
    {"etc", "security"},
    {"etc", "environment"},
    {"etc", "bashrc"},
    {"etc", "kubernetes"},
    {"etc", "init"},
    {"proc", "self"},
    {"proc", "version"},
    {"proc", "cmdline"},
    {"proc", "net"},
    {"proc", "mounts"},
    {"proc", "cpuinfo"},
    {"proc", "1"},
    {"proc", "sched_debug"},
    {"windows", "system32"},
    {"windows", "win"},
    {"windows", "repair"},
    {"windows", "php"},
    {"winnt", "system32"},
    {"winnt", "win"},
    {"winnt", "repair"},
    {"winnt", "php"},
    {"drivers", "etc"},
    {"system32", "drivers"},
    {"system32", "config"},
    {"system32", "cmd"},
    {"var", "log"},
    {"var", "run"},
    {"web-inf", "web"},
    {"web-inf", "classes"},
    {"meta-inf", "context"},
    {"dev", "random"},
    {"dev", "zero"},
    {"dev", "stdin"},
    {"inetpub", "wwwroot"},
    {"root", "bash_history"},
    {"conf", "httpd"},
    {"conf", "tomcat-users"},
    {"serviceaccount", "token"},
    {"self", "environ"},
}};

// Words, most of which are the folder of nothing, are many.
inline constexpr WordSet kSecretFolderSet({"etc", "proc", "windows", "winnt", "drivers", "system32",
                                           "var", "web-inf", "meta-inf", "dev", "inetpub", "root",
                                           "conf", "serviceaccount", "self"});

// Files known by their own name: a word, dots, a word.
inline constexpr std::array<SecretFile, 21> kSecretNames = {{
    {"boot", "ini"},         {"win", "ini"},        {"system", "ini"},    {"php", "ini"},
    {"desktop", "ini"},      {"autoexec", "bat"},   {"global", "asa"},    {"global", "asax"},
    {"web", "config"},       {"machine", "config"}, {"wp-config", "php"}, {"unattend", "xml"},
    {"tomcat-users", "xml"}, {"pagefile", "sys"},   {"ntuser", "dat"},    {"my", "cnf"},
    {"shadow", "bak"},       {"passwd", "bak"},     {"config", "inc"},    {"localsettings", "php"},
    {"ws_ftp", "ini"},
}};

// Hidden files: dots, a word.
inline constexpr absl::string_view kHiddenFiles[] = {
    "htaccess", "htpasswd",  "git",        "svn",   "env",           "bash_history",
    "bashrc",   "ssh",       "aws",        "npmrc", "mysql_history", "netrc",
    "pgpass",   "dockercfg", "ds_store",   "hg",    "bzr",           "kube",
    "docker",   "history",   "sh_history", "rhosts"};
inline constexpr WordSet kHiddenFileSet(kHiddenFiles);

}  // namespace firebreak::inspect

#endif  // FIREBREAK_INSPECT_ATTACK_SECRET_FILES_H_
