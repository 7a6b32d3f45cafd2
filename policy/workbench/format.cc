#include "policy/workbench/format.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/diagnostics.h"
#include "config/source_text.h"
#include "config/yaml_tree.h"
#include "policy/loader.h"
#include "policy/workbench/yaml_comments.h"
#include "policy/workbench/yaml_text.h"

namespace firebreak::policy {
namespace {

using config::YamlNode;
using config::YamlTree;

constexpr size_t kColumns = 100;

// Layout writes the documents of one file.
class Layout {
 public:
  Layout(const YamlTree& tree, const CommentedText& source) : tree_(tree), source_(source) {}

  std::string Run();

 private:
  const YamlNode& Node(int32_t index) const { return tree_.node(index); }
  void Document(int32_t root);
  void Block(int32_t index, size_t indent);
  void Map(const YamlNode& node, size_t indent, bool on_line);
  void List(const YamlNode& node, size_t indent);
  void Value(int32_t index, size_t indent, const YamlNode& key);
  std::string Flow(int32_t index, bool in_list) const;
  std::string Scalar(const YamlNode& node, bool in_list) const;
  bool Fits(int32_t index, size_t column) const;
  int LastLine(int32_t index) const;
  bool HasComments(int first, int last) const;

  void Before(int line, size_t indent);
  void Behind(int line);
  void Rest(int line);
  void StartLine(size_t indent, absl::string_view text) {
    line_ = absl::StrCat(std::string(indent, ' '), text);
  }
  void EndLine() {
    absl::StrAppend(&out_, line_, "\n");
    line_.clear();
  }

  const YamlTree& tree_;
  const CommentedText& source_;
  std::string out_;
  std::string line_;            // that is being written
  size_t next_comment_ = 0;     // of source_.comments
  int apart_line_ = -1;         // above which a blank line was written
  bool entry_written_ = false;  // in this document
};

int Layout::LastLine(int32_t index) const {
  const YamlNode& node = Node(index);
  int last = node.position.line;
  for (const int32_t child : node.children) last = std::max(last, LastLine(child));
  return last;
}

bool Layout::HasComments(int first, int last) const {
  return std::any_of(source_.comments.begin(), source_.comments.end(),
                     [first, last](const CommentLine& comment) {
                       return comment.line >= first && comment.line < last;
                     });
}

// Scalar: in lists every value is a string, and in quotes; elsewhere a name stands plain, and what
// was plain stays so, since it may be a number.
std::string Layout::Scalar(const YamlNode& node, bool in_list) const {
  if (node.kind == YamlNode::Kind::kNull) return "null";
  if (in_list) return YamlQuoted(node.scalar);
  if (node.quoted) return YamlScalar(node.scalar);
  const bool safe = !node.scalar.empty() &&
                    std::all_of(node.scalar.begin(), node.scalar.end(),
                                [](char c) {
                                  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                                         absl::StrContains("-_./:+", absl::string_view(&c, 1));
                                }) &&
                    !absl::EndsWith(node.scalar, ":") && node.scalar[0] != '-' &&
                    node.scalar[0] != ':';
  return safe ? node.scalar : YamlQuoted(node.scalar);
}

std::string Layout::Flow(int32_t index, bool in_list) const {
  const YamlNode& node = Node(index);
  switch (node.kind) {
    case YamlNode::Kind::kNull:
    case YamlNode::Kind::kScalar:
      return Scalar(node, in_list);
    case YamlNode::Kind::kList: {
      std::string text = "[";
      for (const int32_t child : node.children) {
        absl::StrAppend(&text, text.size() > 1 ? ", " : "", Flow(child, /*in_list=*/true));
      }
      return text + "]";
    }
    case YamlNode::Kind::kMap: {
      std::string text = "{";
      for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
        absl::StrAppend(&text, i > 0 ? ", " : "", YamlScalar(Node(node.children[i]).scalar), ": ",
                        Flow(node.children[i + 1], /*in_list=*/false));
      }
      return text + "}";
    }
  }
  return "";
}

bool Layout::Fits(int32_t index, size_t column) const {
  const int first = Node(index).position.line;
  return column + Flow(index, /*in_list=*/false).size() <= kColumns &&
         !HasComments(first, LastLine(index));
}

// Before writes what stands above an entry: a blank line if there was one, and comments.
void Layout::Before(int line, size_t indent) {
  int top = line;
  if (next_comment_ < source_.comments.size()) {
    top = std::min(top, source_.comments[next_comment_].line);
  }
  const bool apart = entry_written_ && top > 0 && source_.blank[static_cast<size_t>(top) - 1];
  // Once, though several fields begin on the line.
  if (apart && std::exchange(apart_line_, top) != top) out_.push_back('\n');
  int last = -1;
  while (next_comment_ < source_.comments.size() && source_.comments[next_comment_].line < line) {
    const CommentLine& comment = source_.comments[next_comment_++];
    const bool gap = last >= 0 && comment.line > last + 1;
    if (gap) out_.push_back('\n');
    absl::StrAppend(&out_, std::string(indent, ' '), comment.text, "\n");
    last = comment.line;
  }
  if (last >= 0 && line > last + 1 && source_.blank[static_cast<size_t>(line) - 1]) {
    out_.push_back('\n');
  }
  entry_written_ = true;
}

// Behind adds the comments on the lines up to `line` to the line being written: those of brackets
// that close further down come with their entry.
void Layout::Behind(int line) {
  while (next_comment_ < source_.comments.size()) {
    const CommentLine& comment = source_.comments[next_comment_];
    if (comment.line > line || comment.alone) return;
    absl::StrAppend(&line_, "  ", comment.text);
    ++next_comment_;
  }
}

// Rest writes the comments before `line` that no entry follows.
void Layout::Rest(int line) {
  int last = -1;
  while (next_comment_ < source_.comments.size() && source_.comments[next_comment_].line < line) {
    const CommentLine& comment = source_.comments[next_comment_++];
    const bool gap = comment.line > 0 && source_.blank[static_cast<size_t>(comment.line) - 1];
    if (gap && (entry_written_ || last >= 0)) out_.push_back('\n');
    absl::StrAppend(&out_, comment.margin || !comment.alone ? "" : "  ", comment.text, "\n");
    last = comment.line;
  }
}

// Value writes what follows "key:" or goes on behind "-".
void Layout::Value(int32_t index, size_t indent, const YamlNode& key) {
  const YamlNode& node = Node(index);
  const bool scalar = node.kind == YamlNode::Kind::kScalar || node.kind == YamlNode::Kind::kNull;
  const bool open = key.scalar == "spec" || key.scalar == "rules";
  const bool as_flow = scalar || node.children.empty() || (!open && Fits(index, line_.size() + 1));
  if (as_flow) {
    absl::StrAppend(&line_, " ", Flow(index, /*in_list=*/false));
    Behind(LastLine(index));
    EndLine();
    return;
  }
  Behind(key.position.line);
  EndLine();
  Block(index, node.kind == YamlNode::Kind::kList ? indent : indent + 2);
}

void Layout::Block(int32_t index, size_t indent) {
  const YamlNode& node = Node(index);
  if (node.kind == YamlNode::Kind::kList) {
    List(node, indent);
  } else {
    Map(node, indent, /*on_line=*/false);
  }
}

// Map writes a block map; on_line: its first key goes behind the "- " that was written.
void Layout::Map(const YamlNode& node, size_t indent, bool on_line) {
  for (size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const YamlNode& key = Node(node.children[i]);
    const std::string name = absl::StrCat(YamlScalar(key.scalar), ":");
    if (on_line && i == 0) {
      absl::StrAppend(&line_, name);
    } else {
      Before(key.position.line, indent);
      StartLine(indent, name);
    }
    Value(node.children[i + 1], indent, key);
  }
}

void Layout::List(const YamlNode& node, size_t indent) {
  for (const int32_t child : node.children) {
    const YamlNode& entry = Node(child);
    Before(entry.position.line, indent);
    StartLine(indent, "- ");
    const bool named = entry.kind == YamlNode::Kind::kMap && !entry.children.empty();
    // A rule is a block: its fields are what reviews are about.
    const bool rule = named && indent == 2;
    if (named && (rule || !Fits(child, indent + 2))) {
      Map(entry, indent + 2, /*on_line=*/true);
      continue;
    }
    absl::StrAppend(&line_, Flow(child, /*in_list=*/true));
    Behind(LastLine(child));
    EndLine();
  }
}

void Layout::Document(int32_t root) {
  entry_written_ = false;
  Block(root, 0);
}

std::string Layout::Run() {
  size_t separator = 0;
  for (size_t i = 0; i < tree_.roots().size(); ++i) {
    const int32_t root = tree_.roots()[i];
    // The separator above a document is the last one before it.
    const int first = Node(root).position.line;
    int above = -1;
    while (separator < source_.separators.size() && source_.separators[separator] <= first) {
      above = source_.separators[separator++];
    }
    if (i > 0) {
      Rest(above);
      absl::StrAppend(&out_, "---\n");
    }
    Document(root);
  }
  Rest(static_cast<int>(source_.blank.size()) + 1);
  return std::move(out_);
}

// SameNodes compares two trees as far as they mean something.
bool SameNodes(const YamlTree& a, int32_t in_a, const YamlTree& b, int32_t in_b) {
  const YamlNode& one = a.node(in_a);
  const YamlNode& other = b.node(in_b);
  if (one.kind != other.kind || one.scalar != other.scalar ||
      one.children.size() != other.children.size()) {
    return false;
  }
  for (size_t i = 0; i < one.children.size(); ++i) {
    if (!SameNodes(a, one.children[i], b, other.children[i])) return false;
  }
  return true;
}

struct Read {
  std::shared_ptr<const YamlTree> tree;
  CommentedText source;
};

std::optional<Read> ReadText(const std::string& file, const std::string& text,
                             config::Diagnostics* diagnostics) {
  const config::SourceText source(file, text);
  Read read;
  read.tree = config::ParseYamlTree(source, diagnostics);
  if (read.tree == nullptr) return std::nullopt;
  auto comments = ScanComments(text);
  if (!comments.ok()) {
    diagnostics->Error(config::ErrorCode::kUnsupportedYaml, file, comments.status().message());
    return std::nullopt;
  }
  read.source = *std::move(comments);
  return read;
}

bool SameComments(const CommentedText& a, const CommentedText& b) {
  return std::equal(a.comments.begin(), a.comments.end(), b.comments.begin(), b.comments.end(),
                    [](const CommentLine& x, const CommentLine& y) { return x.text == y.text; });
}

bool SameMeaning(const Read& before, const Read& after) {
  const auto& a = before.tree->roots();
  const auto& b = after.tree->roots();
  if (a.size() != b.size() || !SameComments(before.source, after.source)) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!SameNodes(*before.tree, a[i], *after.tree, b[i])) return false;
  }
  return true;
}

bool Loads(const std::string& file, const std::string& text, config::Diagnostics* diagnostics) {
  PolicyCounts counts;
  return CheckPolicyFiles({{file, text}}, &counts, diagnostics);
}

}  // namespace

std::optional<std::string> FormatPolicy(const std::string& file, const std::string& text,
                                        config::Diagnostics* diagnostics) {
  constexpr absl::string_view kBom = "\xEF\xBB\xBF";
  const std::string source(absl::StartsWith(text, kBom) ? text.substr(kBom.size()) : text);
  if (!Loads(file, source, diagnostics)) return std::nullopt;
  const std::optional<Read> before = ReadText(file, source, diagnostics);
  if (!before.has_value()) return std::nullopt;
  std::string formatted = Layout(*before->tree, before->source).Run();
  config::Diagnostics own;
  const std::optional<Read> after = ReadText(file, formatted, &own);
  // A comment taken for something else would be missed by both readings: count its sign.
  const auto signs = [](const std::string& lines) {
    return std::count(lines.begin(), lines.end(), '#');
  };
  const bool good = after.has_value() && signs(source) == signs(formatted) &&
                    SameMeaning(*before, *after) && Loads(file, formatted, &own) &&
                    Layout(*after->tree, after->source).Run() == formatted;
  if (!good) {
    diagnostics->Error(config::ErrorCode::kUnsupportedYaml, file,
                       "cannot be laid out without changing what it says; left as it is");
    return std::nullopt;
  }
  return formatted;
}

}  // namespace firebreak::policy
