#include "config/yaml_tree.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <istream>
#include <streambuf>
#include <utility>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "config/yaml_reader.h"

namespace firebreak::config {
namespace {

SourcePosition PositionOf(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line, mark.column};
}

// TextBuffer lets yaml-cpp read the text where it lies, slice by slice, followed by the mark that
// ends a document: yaml-cpp takes quotes that are still open at the end of a file for closed, but
// not before a mark. Stop() ends the file early, for a reader that has seen enough.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(absl::string_view text) : rest_(text) {}

  void Stop() { stopped_ = true; }

 protected:
  int_type underflow() override {
    if (gptr() < egptr()) return traits_type::to_int_type(*gptr());
    if (rest_.empty()) rest_ = std::exchange(end_mark_, "");
    if (rest_.empty() || stopped_) return traits_type::eof();
    const absl::string_view slice = rest_.substr(0, kSlice);
    rest_.remove_prefix(slice.size());
    // setg takes char*, but a streambuf that defines no overflow or pbackfail never writes.
    char* begin = const_cast<char*>(slice.data());
    setg(begin, begin, begin + slice.size());
    return traits_type::to_int_type(*gptr());
  }

 private:
  static constexpr size_t kSlice = 4096;

  absl::string_view rest_;
  absl::string_view end_mark_ = "\n...\n";
  bool stopped_ = false;
};

// Wording says in our words what yaml-cpp means, with a hint.
struct Wording {
  absl::string_view theirs;
  absl::string_view ours;
  absl::string_view help;
};

const Wording kWordings[] = {
    {YAML::ErrorMsg::END_OF_MAP, "expected the next key of the map, or its end",
     "check the indentation of this line and the one above"},
    {YAML::ErrorMsg::END_OF_SEQ, "expected the next \"- \" of the list, or its end",
     "check the indentation of this line and the one above"},
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "expected \",\" or \"}\"",
     "a map in { } is not closed before this"},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "expected \",\" or \"]\"",
     "a list in [ ] is not closed before this"},
    {YAML::ErrorMsg::FLOW_END, "a bracket closes that was never opened", ""},
    {YAML::ErrorMsg::MAP_VALUE, "a \":\" where no value can start",
     "put text that holds \": \" in quotes"},
    {YAML::ErrorMsg::MAP_KEY, "a key where none can start", "check the indentation"},
    {YAML::ErrorMsg::BLOCK_ENTRY, "a \"- \" where no list can start", "check the indentation"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "the closing quote is missing", ""},
    {YAML::ErrorMsg::DOC_IN_SCALAR, "the closing quote is missing", ""},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "text cannot start with this character", "put it in quotes"},
};

// TabInIndentation returns the offset of a tab before the text of a line, or npos. yaml-cpp often
// trips over it only later in the line.
size_t TabInIndentation(absl::string_view line) {
  const size_t text = line.find_first_not_of(" \t");
  const size_t tab = line.find('\t');
  return text != absl::string_view::npos && tab < text ? tab : absl::string_view::npos;
}

// SyntaxPosition moves a position at the end of the file, where there is nothing to show, back to
// the end of the last line that has text.
SourcePosition SyntaxPosition(const SourceText& source, const YAML::Mark& mark) {
  SourcePosition position = PositionOf(mark);
  while (position.line > 0 && source.Line(position.line).empty()) {
    --position.line;
    position.offset = static_cast<int>(source.Line(position.line).size());
  }
  return position;
}

void ReportSyntax(const SourceText& source, const YAML::Exception& error,
                  Diagnostics* diagnostics) {
  const int line = error.mark.line;
  const size_t tab = TabInIndentation(source.Line(line));
  if (tab != absl::string_view::npos) {
    return source.Report({line, static_cast<int>(tab)}, ErrorCode::kSyntax,
                         "a tab in the indentation", "indent with spaces", diagnostics);
  }
  Wording wording = {"", error.msg, ""};
  for (const Wording& known : kWordings) {
    if (known.theirs == error.msg) wording = known;
  }
  source.Report(SyntaxPosition(source, error.mark), ErrorCode::kSyntax, wording.ours, wording.help,
                diagnostics);
}

// yaml-cpp reads a bracket to its end before it says a word of it, at some 250 bytes of memory for
// each one open. More than this many cannot be meant; depth proper is counted later.
constexpr int kMaxOpenBrackets = 1'000;

// FindBracketBomb returns where too many brackets are open, or npos. It counts brackets in text
// and comments too, which a file would have to hold a thousand of without their counterparts.
size_t FindBracketBomb(absl::string_view text) {
  int open = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[' || text[i] == '{') ++open;
    if ((text[i] == ']' || text[i] == '}') && open > 0) --open;
    if (open > kMaxOpenBrackets) return i;
  }
  return absl::string_view::npos;
}

std::string TooDeep() { return absl::StrCat("nested deeper than ", kMaxYamlDepth); }

}  // namespace

// YamlTreeBuilder turns yaml-cpp's events into nodes. After a limit is exceeded it ignores what
// follows; smaller errors are collected.
class YamlTreeBuilder : public YAML::EventHandler {
 public:
  YamlTreeBuilder(const SourceText& source, TextBuffer* input, Diagnostics* diagnostics)
      : source_(source), input_(input), diagnostics_(diagnostics) {}

  std::unique_ptr<const YamlTree> Take() { return std::move(tree_); }
  bool stopped() const { return stopped_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    open_.clear();
    anchors_.clear();
    // yaml-cpp begins a document wherever the last one could not go on; a reader that took only
    // the first would drop the rest without a word.
    const absl::string_view line = source_.Line(mark.line);
    const bool marked = mark.column == 0 && absl::StartsWith(line, "---");
    if (!first_document_ && !marked) {
      Stop(PositionOf(mark), ErrorCode::kSyntax, "text after the end of the document",
           "start another document with a line \"---\"");
    }
    first_document_ = false;
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Add(NullNode(mark), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (stopped_) return;
    const auto target = anchors_.find(anchor);
    const bool open = target != anchors_.end() &&
                      std::find(open_.begin(), open_.end(), target->second) != open_.end();
    if (target == anchors_.end() || open) {
      return Stop(PositionOf(mark), ErrorCode::kTooComplex, "an alias to what it is part of");
    }
    if (ExpectsKey()) return ReportKey(PositionOf(mark), "an alias");
    Attach(target->second);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node;
    node.kind = YamlNode::Kind::kScalar;
    node.quoted = tag == "!";
    node.position = PositionOf(mark);
    CheckTag(node.position, tag);
    if (ExpectsKey()) CheckKey(node, value);
    if (stopped_) return;
    node.scalar = value;
    Add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    Open(YamlNode::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    Open(YamlNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  YamlNode& Node(int32_t index) { return tree_->nodes_[static_cast<size_t>(index)]; }

  bool ExpectsKey() {
    if (stopped_ || open_.empty()) return false;
    const YamlNode& parent = Node(open_.back());
    return parent.kind == YamlNode::Kind::kMap && parent.children.size() % 2 == 0;
  }

  // NullNode places a null, which yaml-cpp marks at whatever follows, at its key or list.
  YamlNode NullNode(const YAML::Mark& mark) {
    YamlNode node;
    node.position = PositionOf(mark);
    if (stopped_ || open_.empty()) return node;
    if (ExpectsKey()) ReportKey(node.position, "nothing");
    if (stopped_) return node;
    const YamlNode& parent = Node(open_.back());
    const bool value = parent.kind == YamlNode::Kind::kMap;
    node.position = value ? Node(parent.children.back()).position : parent.position;
    return node;
  }

  void CheckTag(SourcePosition position, const std::string& tag) {
    if (stopped_ || tag.empty() || tag == "?" || tag == "!") return;
    Fail(position, ErrorCode::kUnsupportedYaml, absl::StrCat("tag \"", tag, "\" is not accepted"),
         "leave it out: each field knows its type");
  }

  void CheckKey(const YamlNode& key, const std::string& text) {
    if (text.size() > kMaxYamlKeyBytes) {
      Stop(key.position, ErrorCode::kTooComplex,
           absl::StrCat("a key of ", text.size(), " bytes; the limit is ", kMaxYamlKeyBytes));
    } else if (text == "<<" && !key.quoted) {
      Fail(key.position, ErrorCode::kUnsupportedYaml, "merge key \"<<\" is not accepted",
           "write the fields out");
    }
  }

  // ReportKey ends the reading: what follows is not shaped as it was meant.
  void ReportKey(SourcePosition position, absl::string_view found) {
    Stop(position, ErrorCode::kUnsupportedYaml,
         absl::StrCat("expected a name as key, found ", found),
         "a key is one word; or a bracket that opens here is not closed");
  }

  void Open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    if (stopped_) return;
    const SourcePosition position = PositionOf(mark);
    if (open_.size() >= kMaxYamlDepth) {
      return Stop(position, ErrorCode::kTooComplex, TooDeep());
    }
    CheckTag(position, tag);
    if (ExpectsKey()) ReportKey(position, kind == YamlNode::Kind::kMap ? "a map" : "a list");
    YamlNode node;
    node.kind = kind;
    node.position = position;
    const int32_t index = Add(std::move(node), anchor);
    if (!stopped_) open_.push_back(index);
  }

  void Close() {
    if (!stopped_) open_.pop_back();
  }

  // Add stores a node and hangs it below the open one. Returns its index.
  int32_t Add(YamlNode node, YAML::anchor_t anchor) {
    if (stopped_) return 0;
    const auto index = static_cast<int32_t>(tree_->nodes_.size());
    if (index >= kMaxYamlNodes) {
      Stop(node.position, ErrorCode::kTooComplex,
           absl::StrCat("more than ", kMaxYamlNodes, " values in one file"));
      return 0;
    }
    tree_->nodes_.push_back(std::move(node));
    if (anchor != 0) anchors_.insert_or_assign(anchor, index);
    Attach(index);
    return index;
  }

  void Attach(int32_t index) {
    if (!open_.empty()) {
      Node(open_.back()).children.push_back(index);
    } else if (Node(index).kind != YamlNode::Kind::kNull) {
      tree_->roots_.push_back(index);
    }
  }

  void Fail(SourcePosition position, ErrorCode code, absl::string_view message,
            absl::string_view help) {
    if (stopped_) return;
    source_.Report(position, code, message, help, diagnostics_);
  }

  void Stop(SourcePosition position, ErrorCode code, absl::string_view message,
            absl::string_view help = "") {
    Fail(position, code, message, help);
    stopped_ = true;
    input_->Stop();
  }

  const SourceText& source_;
  TextBuffer* input_;
  Diagnostics* diagnostics_;
  std::unique_ptr<YamlTree> tree_ = std::make_unique<YamlTree>();
  std::vector<int32_t> open_;
  absl::flat_hash_map<YAML::anchor_t, int32_t> anchors_;
  bool first_document_ = true;
  bool stopped_ = false;
};

std::unique_ptr<const YamlTree> ParseYamlTree(const SourceText& source, Diagnostics* diagnostics) {
  const int errors_before = diagnostics->error_count();
  const size_t bomb = FindBracketBomb(source.text());
  if (bomb != absl::string_view::npos) {
    source.Report(source.PositionOf(bomb), ErrorCode::kTooComplex, TooDeep(), "", diagnostics);
    return nullptr;
  }
  TextBuffer buffer(source.text());
  std::istream stream(&buffer);
  YamlTreeBuilder builder(source, &buffer, diagnostics);
  // The one place where yaml-cpp's exceptions end. After Stop() they speak of the cut, not the
  // file.
  try {
    YAML::Parser parser(stream);
    while (!builder.stopped() && parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::DeepRecursion& error) {
    if (!builder.stopped()) {
      source.Report(PositionOf(error.mark), ErrorCode::kTooComplex, TooDeep(), "", diagnostics);
    }
  } catch (const YAML::Exception& error) {
    if (!builder.stopped()) ReportSyntax(source, error, diagnostics);
  } catch (const std::exception& error) {
    source.Report({}, ErrorCode::kSyntax, absl::StrCat("cannot be read: ", error.what()), "",
                  diagnostics);
  }
  if (diagnostics->error_count() != errors_before) return nullptr;
  return builder.Take();
}

}  // namespace firebreak::config
